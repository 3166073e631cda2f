//! The rolling back-test: forecasts from earlier days, each made of what was known then, against what came.

use std::collections::HashMap;

use perennial_forecast::judge::{Beyond, Trial, coverage_by_chance, past_rate, two_gaps};
use perennial_forecast::{
    CountModel, Fit, FittedModel, Groups, Horizon, Orders, PurchaseModel, Purchases, Total,
};

use super::base::{About, Base, date_of, unit_name};
use super::choose::choose_by;
use super::log::of_orders;
use super::refused;
use super::stacked::{self, STACK};
use crate::failure::Failure;

/// Goes on at the past rate; a forecast that needs no model.
pub const PAST_RATE: &str = "past_rate";
/// The model that the program would have chosen on the day.
pub const AUTO: &str = "auto";
const TWO_GAPS: &str = "two_gaps";
/// The forecasts that need no model.
pub const NAIVE: [&str; 2] = [PAST_RATE, TWO_GAPS];
/// The share of cases that intervals are made for.
const SHARE: f64 = 0.9;

/// Orders whose earlier days are gone back to.
pub struct Backtest<'a> {
    orders: &'a Orders,
    about: &'a About,
    /// The last day that is known.
    pub until: i32,
    horizon: Horizon,
}

/// A day at which forecasts are made.
pub struct Origin<'a> {
    test: &'a Backtest<'a>,
    /// The last day that was known.
    pub from: i32,
    /// The last day that forecasts are about.
    pub to: i32,
    known: Base,
    groups: Groups,
    of: Vec<u32>,
    came: Vec<f64>,
}

/// What was forecast for customers, and what came.
#[derive(Default)]
pub struct Told {
    forecast: Vec<f64>,
    came: Vec<f64>,
    /// The chances that they buy again; empty of forecasts that say none.
    chances: Vec<f64>,
    beyond: Vec<Beyond>,
    /// The model of purchases behind it, if it is one.
    fit: Option<Fit<PurchaseModel>>,
}

/// How good a forecast was.
pub struct Judged {
    /// By purchases.
    pub trial: Trial,
    /// What part of outcomes lay in their intervals; `None` of forecasts without any.
    pub coverage: Option<f64>,
}

impl<'a> Backtest<'a> {
    /// # Errors
    /// No orders with their dates.
    pub fn of(base: &'a Base, horizon: Horizon) -> Result<Self, Failure> {
        let (Some(orders), Some(until)) = (&base.orders, base.about.until) else {
            return Err(Failure::failed("no orders are there"));
        };
        Ok(Self {
            orders,
            about: &base.about,
            until,
            horizon,
        })
    }

    /// The days at which forecasts are made, the oldest first: a horizon apart, or less where history is short.
    ///
    /// # Errors
    /// Too short a history.
    pub fn days(&self, count: u32) -> Result<Vec<i32>, Failure> {
        let until = self.until;
        let first = self.orders.span().map_or(until, |span| span.0);
        let length = f64::from(self.length_days()).max(1.0);
        let span = f64::from(until - first);
        let last = span - length;
        // Before the first of them there must be something to learn from.
        let earliest = (span / 4.0).max(length / 2.0).min(last);
        let steps = f64::from(count - 1);
        let step = match steps > 0.0 {
            true => ((last - earliest) / steps).min(length),
            false => 0.0,
        };
        if last < length / 2.0 || last < 1.0 || (steps > 0.0 && step < 1.0) {
            return Err(Failure::failed(format!(
                "the orders from {} to {} are too few days for {count} forecasts of {} {}s: ask for a shorter --horizon or fewer --origins",
                date_of(first),
                date_of(until),
                self.horizon.span(),
                unit_name(self.about.unit)
            )));
        }
        let day = |at: u32| first + (last - step * f64::from(at)).round() as i32;
        Ok((0..count).rev().map(day).collect())
    }

    /// How far ahead is looked, in days.
    fn length_days(&self) -> i32 {
        (self.horizon.span() * self.about.unit.days()).round() as i32
    }

    /// What was known at the end of a day, and what came.
    ///
    /// # Errors
    /// Times between orders that cannot be.
    pub fn origin(&self, from: i32) -> Result<Origin<'_>, Failure> {
        let about = About {
            until: Some(from),
            ..self.about.clone()
        };
        // What orders are worth is not asked here.
        let known = of_orders(self.orders, from, self.about.unit, false, about);
        let to = from + self.length_days();
        let end = to.min(self.until);
        let customers = self.orders.each();
        let known_then = customers.filter(|one| !one.until(from).days.is_empty());
        let came = known_then.map(|one| one.until(end).after(from).days.len() as f64);
        Ok(Origin {
            test: self,
            from,
            to,
            groups: known.groups()?,
            of: Groups::of(&known.purchases).1,
            came: came.collect(),
            known,
        })
    }
}

impl Origin<'_> {
    /// Customers who had bought again by then.
    pub fn repeaters(&self) -> usize {
        self.known.repeaters()
    }

    /// What a forecast says of everybody, from what was known on the day.
    ///
    /// # Errors
    /// What no model can be fitted to.
    pub fn ask(&self, name: &str, notes: &mut Vec<String>) -> Result<Told, Failure> {
        let naive = match name {
            PAST_RATE => Some(past_rate as fn(&Purchases, Horizon) -> f64),
            TWO_GAPS => Some(two_gaps as fn(&Purchases, Horizon) -> f64),
            _ => None,
        };
        if let Some(naive) = naive {
            let each = self.known.purchases.iter();
            return Ok(Told {
                forecast: each.map(|one| naive(one, self.test.horizon)).collect(),
                came: self.came.clone(),
                ..Told::default()
            });
        }
        if name == STACK {
            let (unit, days) = (self.test.about.unit, self.test.length_days());
            match stacked::forecasts(self.test.orders, self.from, days, unit) {
                Ok(said) => {
                    return Ok(Told {
                        forecast: said.expected,
                        chances: said.buys,
                        came: self.came.clone(),
                        ..Told::default()
                    });
                }
                Err(error) => notes.push(format!(
                    "the stack at {}: too little to learn from in the horizon before, so the chosen model stands in ({})",
                    date_of(self.from),
                    error.message
                )),
            }
        }
        let chosen = match name {
            AUTO | STACK => self.chosen()?,
            name => name.to_owned(),
        };
        let fit = PurchaseModel::fit(&chosen, &self.groups).map_err(refused)?;
        Ok(self.of_fit(fit))
    }

    /// The model that the program would have chosen on the day.
    fn chosen(&self) -> Result<String, Failure> {
        let (orders, unit) = (self.test.orders, self.test.about.unit);
        let choice = choose_by((orders, self.from), unit, &self.groups);
        let best = choice.and_then(|choice| Some(choice.models.first()?.model.clone()));
        best.ok_or_else(|| Failure::failed("no model could be fitted"))
    }

    fn of_fit(&self, fit: Fit<PurchaseModel>) -> Told {
        let (model, horizon) = (&fit.model, self.test.horizon);
        let known = self.groups.purchases();
        let alive: Vec<f64> = known.iter().map(|one| model.alive(one)).collect();
        let at_least = |group: usize, count: f64| match count < 1.0 {
            true => 1.0,
            false => {
                let chance = model.at_least_if_alive(&known[group], count, horizon);
                (alive[group] * chance).clamp(0.0, 1.0)
            }
        };
        let expected: Vec<f64> = known
            .iter()
            .map(|one| model.expected(one, horizon))
            .collect();
        let again: Vec<f64> = (0..known.len()).map(|group| at_least(group, 1.0)).collect();
        let mut known_beyond: HashMap<(u32, u64), Beyond> = HashMap::new();
        let beyond = self.of.iter().zip(&self.came).map(|(group, came)| {
            *known_beyond
                .entry((*group, *came as u64))
                .or_insert_with(|| Beyond {
                    at_least: at_least(*group as usize, *came),
                    more: at_least(*group as usize, came + 1.0),
                })
        });
        let beyond = beyond.collect();
        let of = |values: &[f64]| {
            let each = self.of.iter();
            each.map(|group| values[*group as usize]).collect()
        };
        Told {
            forecast: of(&expected),
            chances: of(&again),
            came: self.came.clone(),
            beyond,
            fit: Some(fit),
        }
    }

    /// All purchases that were forecast, with an interval; `None` where no model of purchases did it.
    pub fn total(&self, told: &Told) -> Option<Total> {
        let fitted = FittedModel::of(told.fit.as_ref()?);
        Some(fitted.total(&self.groups, self.test.horizon))
    }
}

impl Told {
    /// Adds what was told of other customers, or at another day.
    pub fn add(&mut self, other: Self) {
        self.forecast.extend(other.forecast);
        self.came.extend(other.came);
        self.chances.extend(other.chances);
        self.beyond.extend(other.beyond);
        self.fit = None;
    }

    /// How good it was.
    ///
    /// # Errors
    /// Figures that cannot be.
    pub fn judged(&self) -> Result<Judged, Failure> {
        let chances = (!self.chances.is_empty()).then_some(&self.chances[..]);
        let trial = Trial::new(&self.forecast, &self.came, chances).map_err(refused)?;
        // Of a stack that a model stood in for at some days only, no coverage is told.
        let coverage = match self.beyond.len() < self.came.len() {
            true => None,
            false => {
                let coverage = coverage_by_chance(&self.beyond, SHARE, false);
                Some(coverage.map_err(refused)?.inside)
            }
        };
        Ok(Judged { trial, coverage })
    }
}
