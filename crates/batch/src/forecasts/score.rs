//! Scores of everybody at a date, and of whom they have moved enough to say so.

use perennial_forecast::{CountModel, Discount, Groups, Horizon, Purchases, Unit};
use perennial_model::{Number, Symbols, Time};
use perennial_rules::project::Forecast;
use rayon::prelude::*;

use super::base::{self, Base, Seen};
use super::fit::Fitted;
use crate::scored::{AllScored, Scored};

/// Days of a year, for discounting.
const YEAR_DAYS: f64 = 365.25;

/// What was said of each customer last.
pub(super) struct Said {
    last: Vec<Option<Scores>>,
}

/// Scores in the order of tables; what an order is worth may not be known.
#[derive(Clone, Copy)]
struct Scores {
    alive: f64,
    expected: f64,
    clv: Option<f64>,
    churn: f64,
}

/// How customers are scored at a date.
pub(super) struct Scoring<'a> {
    fitted: &'a Fitted,
    horizon: Horizon,
    to_next: Option<Horizon>,
    discount: Option<Discount>,
    /// By how much a score has to move.
    step: f64,
}

/// What a group of customers who are alike is expected to do.
struct GroupScores {
    alive: f64,
    expected: f64,
    /// The present value of purchases, one unit of value each.
    present: f64,
    churn: f64,
    until_next: f64,
}

/// What was learned on the way.
pub(super) struct Known {
    /// By group: the chance to be a customer still.
    pub alive: Vec<f64>,
    /// The orders expected of everybody until the next date.
    pub expected_until_next: Option<f64>,
}

impl Said {
    pub(super) fn new(customers: usize) -> Self {
        Self {
            last: vec![None; customers],
        }
    }
}

impl Said {
    /// What scores that are known say last.
    pub(super) fn of(customers: usize, scored: &AllScored) -> Self {
        let mut said = Self::new(customers);
        for one in scored.latest() {
            let score = |place: usize| one.score(place).map(Number::to_float);
            if let (Some(alive), Some(expected), Some(churn)) = (score(0), score(1), score(3)) {
                said.last[one.customer as usize] = Some(Scores {
                    alive,
                    expected,
                    clv: score(2),
                    churn,
                });
            }
        }
        said
    }
}

impl Said {
    /// Customers of whom something was said and who have no order any more, since all came back: it is said no
    /// longer.
    pub(super) fn take_gone(&mut self, base: &Base<'_>) -> Vec<u32> {
        let mut gone = Vec::new();
        for (customer, last) in (0..).zip(&mut self.last) {
            if last.is_some() && !base.has_ordered(customer) {
                *last = None;
                gone.push(customer);
            }
        }
        gone
    }
}

impl Scores {
    /// Whether these differ from others by more than a step: chances by the step itself, the rest by that
    /// part of what they were, or of one order.
    fn moved(&self, before: &Self, step: f64, worth: f64) -> bool {
        let by = |now: f64, before: f64, least: f64| {
            (now - before).abs() > step * before.abs().max(least)
        };
        let clv = match (self.clv, before.clv) {
            (Some(now), Some(before)) => by(now, before, worth),
            (now, before) => now.is_some() != before.is_some(),
        };
        (self.alive - before.alive).abs() > step
            || (self.churn - before.churn).abs() > step
            || by(self.expected, before.expected, 1.0)
            || clv
    }

    fn numbers(&self) -> [Option<Number>; 4] {
        let number = |score: f64| Number::from_float(score).ok();
        [
            number(self.alive),
            number(self.expected),
            self.clv.and_then(number),
            number(self.churn),
        ]
    }
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        settings: &Forecast,
        fitted: &'a Fitted,
        horizon: Horizon,
        to_next: Option<Horizon>,
    ) -> Self {
        let unit: Unit = base::unit(settings.unit);
        let yearly = (f64::from(settings.discount_percent) / 100.0).ln_1p();
        Self {
            fitted,
            horizon,
            to_next,
            discount: Discount::new(yearly * unit.days() / YEAR_DAYS).ok(),
            step: f64::from(settings.step_percent) / 100.0,
        }
    }

    /// Scores everybody; `scored` receives those who have moved.
    #[expect(clippy::too_many_arguments, reason = "all of a date at once")]
    pub(super) fn score(
        &self,
        seen: &[Seen],
        groups: &Groups,
        group_of: &[u32],
        at: Time,
        said: &mut Said,
        symbols: &mut Symbols,
        scored: &mut Vec<Scored>,
    ) -> Known {
        let figures: Vec<GroupScores> = groups
            .purchases()
            .par_iter()
            .map(|one| self.of_group(one))
            .collect();
        let model = symbols.intern(&self.fitted.record.model);
        let spend = self.fitted.spend.as_ref();
        // The value of an order of whom nothing is known, which a step of value is held against.
        let worth = spend.and_then(|spend| spend.expected(&perennial_forecast::Spend::unknown()));
        let mut moved: Vec<(Scored, u32)> = Vec::new();
        for (one, &group) in seen.iter().zip(group_of) {
            let figures = &figures[group as usize];
            let value = spend.and_then(|spend| spend.expected(&one.spend));
            let now = Scores {
                alive: figures.alive,
                expected: figures.expected,
                clv: value.map(|value| value * figures.present),
                churn: figures.churn,
            };
            let last = &mut said.last[one.customer as usize];
            if last.is_none_or(|last| now.moved(&last, self.step, worth.unwrap_or(1.0))) {
                *last = Some(now);
                let new = Scored::new(one.customer, at.ms(), now.numbers(), Some(model));
                moved.push((new, group));
            }
        }
        self.add_ranges(groups, &mut moved);
        scored.extend(moved.into_iter().map(|(one, _)| one));
        let expected = |(group, figures): (usize, &GroupScores)| {
            groups.customers_in(group) as f64 * figures.until_next
        };
        let until_next: f64 = figures.iter().enumerate().map(expected).sum();
        Known {
            alive: figures.iter().map(|one| one.alive).collect(),
            expected_until_next: self.to_next.map(|_| until_next),
        }
    }

    fn of_group(&self, one: &Purchases) -> GroupScores {
        let model = &self.fitted.model;
        let alive = model.alive(one);
        let expected = model.expected(one, self.horizon);
        let buys = alive * model.at_least_if_alive(one, 1.0, self.horizon);
        GroupScores {
            alive,
            expected,
            present: match self.discount {
                Some(discount) => model.present_purchases(one, discount, Some(self.horizon)),
                None => expected,
            },
            churn: (1.0 - buys).clamp(0.0, 1.0),
            until_next: self
                .to_next
                .map_or(0.0, |horizon| model.expected(one, horizon)),
        }
    }

    /// Works out the ends of what they will buy, once for those who are alike.
    fn add_ranges(&self, groups: &Groups, moved: &mut [(Scored, u32)]) {
        let mut wanted: Vec<u32> = moved.iter().map(|(_, group)| *group).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let ends: Vec<(u32, u32)> = wanted
            .par_iter()
            .map(|&group| {
                let one = &groups.purchases()[group as usize];
                let interval = self.fitted.model.interval(one, self.horizon);
                (interval.low as u32, interval.high as u32)
            })
            .collect();
        for (one, group) in moved {
            if let Ok(place) = wanted.binary_search(group) {
                one.range = Some(ends[place]);
            }
        }
    }
}
