//! How likely a customer buys an item within the horizon, learned of what customers did in the one before.
//!
//! History is cut one horizon before its end. What was known at the cut is held against who bought what after it:
//! of items that a customer had bought, and of items new to her, by a logistic regression each. The chances
//! are those of a customer who is still one: of customers who never came again after the cut only the part
//! counts by which they may still be customers. History too short for a cut leaves rates alone.

use crate::error::Error;

use super::baskets::{Baskets, BoughtItem};
use super::logistic::{Case, Logistic};
use super::snapshot::{CustomerFacts, Relating, Rhythm, Snapshot};

/// Most customers whose next purchases are learned of; of more, every so many-th is taken.
const MAX_CUSTOMERS: usize = 5_000;
/// The new items of a customer that are learned of and offered: those with most that speaks for them.
pub(super) const NEW_ITEMS: usize = 100;
/// Fewest purchases that a chance is learned of.
const MIN_CAME: usize = 50;
/// Added where a logarithm is taken of what speaks for an item: below, differences are noise.
const SCORE_FLOOR: f64 = 0.01;
/// The most that a chance can be where it is no more than a rate.
const MOST_BY_RATE: f64 = 0.95;

/// Figures of an item that was bought before.
pub(super) const AGAIN: usize = 13;
/// Figures of a new item.
pub(super) const NEW: usize = 4;

/// Chances of purchases within the horizon.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chances {
    again: Option<Logistic<AGAIN>>,
    new: Option<Logistic<NEW>>,
}

impl Chances {
    /// Learns at the cut one horizon before a day. `alive` is by customer the chance that she is still one at
    /// the end of that day.
    pub fn learn(
        baskets: &Baskets,
        day: i32,
        horizon_days: i32,
        relating: Relating,
        alive: &[f64],
    ) -> Result<Self, Error> {
        let cut = day - horizon_days;
        let first = baskets.span().map_or(day, |(first, _)| first);
        if cut - first < horizon_days {
            return Ok(Self::default());
        }
        let then = Snapshot::at(baskets, cut, horizon_days, relating)?;
        let (mut again, mut new) = (Vec::new(), Vec::new());
        for customer in
            (0..baskets.customers()).step_by(baskets.customers().div_ceil(MAX_CUSTOMERS).max(1))
        {
            let Some(facts) = then.customer(baskets, customer) else {
                continue;
            };
            let came_again = baskets.of(customer).any(|one| one.is_within(cut, day));
            let weight = if came_again {
                1.0
            } else {
                alive.get(customer).copied().unwrap_or(1.0)
            };
            let mut bought_new = Vec::new();
            for one in baskets.of(customer) {
                let came = one.is_within(cut, day);
                match one.until(cut) {
                    Some(seen) => again.push(Case {
                        figures: then.again(&facts, &seen),
                        came,
                        weight,
                    }),
                    None if came => bought_new.push(one.item),
                    None => {}
                }
            }
            new.extend(
                then.lacking(baskets, customer, &facts)
                    .into_iter()
                    .map(|item| Case {
                        figures: then.lacked(&facts, item),
                        came: bought_new.contains(&item),
                        weight,
                    }),
            );
        }
        Ok(Self {
            again: learned(&again),
            new: learned(&new),
        })
    }

    /// Whether chances of items bought before, and of new ones, were learned.
    pub fn is_learned(&self) -> (bool, bool) {
        (self.again.is_some(), self.new.is_some())
    }

    /// The chance that a customer buys again what she has bought, if she is still one.
    pub fn again(&self, now: &Snapshot, facts: &CustomerFacts, seen: &BoughtItem<'_>) -> f64 {
        match &self.again {
            Some(learned) => learned.chance(&now.again(facts, seen)),
            None => now.rate(seen),
        }
    }

    /// The chance that a customer buys an item that is new to her, if she is still one.
    pub fn of_new(&self, now: &Snapshot, facts: &CustomerFacts, item: u32) -> f64 {
        match &self.new {
            Some(learned) => learned.chance(&now.lacked(facts, item)),
            None => now.new_rate(facts, item),
        }
    }
}

fn learned<const N: usize>(cases: &[Case<N>]) -> Option<Logistic<N>> {
    let came = cases.iter().filter(|case| case.came).count();
    (came >= MIN_CAME).then(|| Logistic::learn(cases)).flatten()
}

impl Snapshot {
    /// The items that a customer lacks with most that speaks for them.
    pub fn lacking(&self, baskets: &Baskets, customer: usize, facts: &CustomerFacts) -> Vec<u32> {
        let has: Vec<u32> = baskets
            .of(customer)
            .filter_map(|one| one.until(self.day))
            .map(|one| one.item)
            .collect();
        let items = self.ease.items().iter().zip(&facts.scores);
        let lacks = items.filter(|(item, _)| has.binary_search(item).is_err());
        let mut lacks: Vec<(u32, f32)> = lacks.map(|(item, score)| (*item, *score)).collect();
        let by_score = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if lacks.len() > NEW_ITEMS {
            lacks.select_nth_unstable_by(NEW_ITEMS, by_score);
            lacks.truncate(NEW_ITEMS);
        }
        lacks.sort_unstable_by(by_score);
        lacks.into_iter().map(|(item, _)| item).collect()
    }

    /// The figures of an item that a customer has bought.
    fn again(&self, facts: &CustomerFacts, seen: &BoughtItem<'_>) -> [f64; AGAIN] {
        let own = &self.items[seen.item as usize];
        let rhythm = Rhythm::of(seen, self.day);
        let idle = f64::from(rhythm.idle_days).ln_1p();
        let due = rhythm.every_days.map_or(0.0, |every| idle - every.ln_1p());
        let again = (f64::from(own.again) + 1.0) / (f64::from(own.owners) + 4.0);
        let horizon = f64::from(self.horizon_days);
        let (owns, counts) = self.score(facts, seen.item);
        let near = super::owned::faded(seen.days, self.day, self.short_days);
        let long = super::owned::faded(seen.days, self.day, self.long_days);
        [
            // By her time, which is longer now than at the cut that was learned of.
            (f64::from(rhythm.times) + 0.3).ln() - (f64::from(facts.history_days) + horizon).ln(),
            (near + 0.1).ln(),
            (long + 0.1).ln(),
            idle - horizon.ln_1p(),
            due,
            // Once much is overdue she has most likely turned away.
            due.max(0.0),
            if rhythm.times == 1 { 1.0 } else { 0.0 },
            (again / (1.0 - again)).ln(),
            (f64::from(own.recent) + 1.0).ln() - f64::from(self.customers + 1).ln(),
            (facts.visits.1).ln_1p(),
            (facts.visits.0 + 0.1).ln() - (facts.visits.1 + 0.1).ln(),
            (owns.max(0.0) + 0.05).ln(),
            (counts.max(0.0) + 0.05).ln(),
        ]
    }

    /// The figures of an item that a customer lacks. How many bought it lately is not among them: what it adds in
    /// one season misleads in the next.
    fn lacked(&self, facts: &CustomerFacts, item: u32) -> [f64; NEW] {
        let score = self.score(facts, item).0.max(0.0);
        [
            (score + SCORE_FLOOR).ln(),
            (facts.visits.1).ln_1p(),
            (facts.visits.0 + 0.1).ln() - (facts.visits.1 + 0.1).ln(),
            (facts.owned.len() as f64).ln_1p(),
        ]
    }

    /// The chance of a purchase at a steady rate: the customer's own, drawn to that of the item's customers by
    /// as much as one purchase says.
    fn rate(&self, seen: &BoughtItem<'_>) -> f64 {
        let own = &self.items[seen.item as usize];
        let all = (f64::from(own.repeats) + 0.5) / (own.exposure_days + 1.0);
        let age = seen
            .days
            .first()
            .map_or(0.0, |first| f64::from(self.day - first));
        let rate = (seen.days.len() as f64 - 1.0 + 1.0) / (age + 1.0 / all);
        (-(-rate * f64::from(self.horizon_days)).exp_m1()).clamp(0.0, MOST_BY_RATE)
    }

    /// The chance of a first purchase at a steady rate: that of customers who lacked the item, as many times as the
    /// closest item that she owns makes it likelier.
    fn new_rate(&self, facts: &CustomerFacts, item: u32) -> f64 {
        let own = self.items[item as usize];
        let lacked = f64::from(self.customers - own.owners + own.fresh);
        let lift = |(owned, _): &(u32, f64)| self.related.between(*owned, item).map(|one| one.lift);
        let lift = facts.owned.iter().filter_map(lift).fold(1.0, f64::max);
        (lift * (f64::from(own.fresh) + 0.5) / (lacked + 1.0)).clamp(0.0, MOST_BY_RATE)
    }
}
