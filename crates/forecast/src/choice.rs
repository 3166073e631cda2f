//! Which model of purchases to take: the one that forecasts the last part of the time best.

use std::borrow::Cow;

use crate::error::Error;
use crate::fit::{Convergence, Fit};
use crate::judge::{Figures, Trial};
use crate::models::{CountModel, PurchaseModel};
use crate::orders::{OrdersOf, Unit};
use crate::purchases::{Groups, Horizon, Purchases};

/// The share of the time that is held out.
const HELD_OUT: f64 = 1.0 / 3.0;
/// Fewest units of time that are held out.
const MIN_HELD_OUT: f64 = 1.0;
/// Fewest purchases in the part held out by which models are told apart.
const MIN_PURCHASES: f64 = 20.0;
/// Differences in deviance below this, as a share, are chance.
const ALIKE: f64 = 0.001;

/// What models are compared by: purchases of the last third of the time, as forecast from those before it; where
/// that cannot be, the likelihood of everybody.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    unit: Unit,
    /// Those whom models are fitted to.
    groups: Cow<'a, Groups>,
    ahead: Option<HeldOut>,
}

/// The part held out.
#[derive(Clone, Debug)]
struct HeldOut {
    length: Horizon,
    /// The group of each customer, who is known where it begins.
    of: Vec<u32>,
    /// The purchases of each in it.
    came: Vec<f64>,
}

/// A model that was compared with others.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its name, one of [`PurchaseModel::NAMES`].
    pub model: String,
    /// How good its forecast of the part held out was; none where the likelihood of all data decided.
    pub figures: Option<Figures>,
    /// The natural logarithm of its likelihood on the data that it was fitted to.
    pub log_likelihood: f64,
    /// Whether the search for its parameters settled.
    pub settled: bool,
}

/// Models compared, and which is the best.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What times are counted in.
    pub unit: Unit,
    /// Units of time held out; none where the likelihood of all data decided.
    pub held_out: Option<f64>,
    /// The best first, at least one.
    pub models: Vec<Candidate>,
}

impl<'a> Comparison<'a> {
    /// By the last third of the time where orders are known until the end of a day, else by everybody.
    pub fn of(orders: Option<(&[OrdersOf<'_>], i32)>, unit: Unit, all: &'a Groups) -> Self {
        let held_out = orders.and_then(|(orders, until)| Self::held_out(orders, until, unit));
        held_out.unwrap_or(Self {
            unit,
            groups: Cow::Borrowed(all),
            ahead: None,
        })
    }

    /// By the last third of the time; none where that is too short, has fewer than 20 purchases, or leaves too
    /// few customers before it.
    pub fn held_out(orders: &[OrdersOf<'_>], until: i32, unit: Unit) -> Option<Self> {
        let first = orders.iter().filter_map(|one| one.days.first()).min();
        let first = *first?;
        let span = (f64::from(until) - f64::from(first)) / unit.days();
        let length = (span * HELD_OUT).floor();
        if length < MIN_HELD_OUT {
            return None;
        }
        let cut = until - (length * unit.days()) as i32;
        let (mut purchases, mut came): (Vec<Purchases>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut ln_gaps = 0.0;
        for one in orders {
            if let Some(known) = one.purchases(cut, unit) {
                ln_gaps += one.ln_gaps(cut, unit);
                purchases.push(known);
                came.push(one.until(until).after(cut).days.len() as f64);
            }
        }
        if came.iter().sum::<f64>() < MIN_PURCHASES {
            return None;
        }
        let (groups, of) = Groups::of(&purchases);
        groups.check().ok()?;
        let length = Horizon::new(length).ok()?;
        Some(Self {
            unit,
            groups: Cow::Owned(groups.with_gaps(ln_gaps).ok()?),
            ahead: Some(HeldOut { length, of, came }),
        })
    }

    /// How a model does; none where it cannot be fitted.
    pub fn candidate(&self, name: &str) -> Option<Candidate> {
        let fit = PurchaseModel::fit(name, &self.groups).ok()?;
        let figures = match &self.ahead {
            Some(ahead) => Some(ahead.figures(&fit.model, &self.groups)?),
            None => None,
        };
        Some(Candidate {
            model: name.to_owned(),
            figures,
            log_likelihood: fit.log_likelihood,
            settled: fit.convergence != Convergence::Unsettled,
        })
    }

    /// The best of these; none where there is not one.
    pub fn choice(&self, candidates: impl IntoIterator<Item = Candidate>) -> Option<Choice> {
        let mut models: Vec<Candidate> = candidates.into_iter().collect();
        // Where a search did not settle, another model is better told apart.
        if models.iter().any(|one| one.settled) {
            models.retain(|one| one.settled);
        }
        let worth = |one: &Candidate| -one.deviance().unwrap_or(-one.log_likelihood);
        models.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        (!models.is_empty()).then_some(Choice {
            unit: self.unit,
            held_out: self.ahead.as_ref().map(|ahead| ahead.length.span()),
            models,
        })
    }
}

impl HeldOut {
    fn figures(&self, model: &PurchaseModel, groups: &Groups) -> Option<Figures> {
        let known = groups.purchases().iter();
        let expected: Vec<f64> = known.map(|one| model.expected(one, self.length)).collect();
        let forecast: Vec<f64> = self.of.iter().map(|at| expected[*at as usize]).collect();
        Some(Trial::new(&forecast, &self.came, None).ok()?.figures())
    }
}

impl Candidate {
    fn deviance(&self) -> Option<f64> {
        self.figures.map(|figures| figures.deviance)
    }
}

impl Choice {
    /// Chooses among all models of purchases as [`Comparison::of`] compares them; none where not one can be
    /// fitted.
    pub fn make(orders: Option<(&[OrdersOf<'_>], i32)>, unit: Unit, all: &Groups) -> Option<Self> {
        let comparison = Comparison::of(orders, unit, all);
        let names = PurchaseModel::NAMES.iter();
        comparison.choice(names.filter_map(|name| comparison.candidate(name)))
    }

    /// Fits the best model to everybody. Where the search for its parameters does not settle then, or it cannot
    /// be fitted, the next one is the best, as long as there is one.
    ///
    /// # Errors
    /// Why the last one cannot be fitted.
    pub fn fit(&mut self, all: &Groups) -> Result<Fit<PurchaseModel>, Error> {
        loop {
            let name = self.models.first().map(|best| best.model.as_str());
            let fit = PurchaseModel::fit(name.unwrap_or(PurchaseModel::NAMES[0]), all);
            let is_good = fit
                .as_ref()
                .is_ok_and(|fit| fit.convergence != Convergence::Unsettled);
            if is_good || self.models.len() < 2 {
                return fit;
            }
            self.models.remove(0);
        }
    }

    /// The reason, in a sentence.
    pub fn told(&self) -> String {
        let title = |one: &Candidate| PurchaseModel::title(&one.model).unwrap_or("no model");
        let Some(best) = self.models.first() else {
            return "no model can be fitted".to_owned();
        };
        let name = title(best);
        let Some(held_out) = self.held_out else {
            return format!(
                "{name}: the greatest likelihood; nothing could be held out, since there are no orders with dates or too few"
            );
        };
        let on = format!("on {held_out} held-out {}s", self.unit.name());
        let Some(next) = self.models.get(1) else {
            let bias = best.figures.and_then(|figures| figures.bias).unwrap_or(0.0);
            return format!("{name}: {:+.1} % in all {on}", 100.0 * bias);
        };
        let deviance = |one: &Candidate| one.deviance().unwrap_or(0.0);
        let better = 1.0 - deviance(best) / deviance(next);
        let next = title(next);
        // A deviance of nothing is not divided by.
        match better.is_nan() || better < ALIKE {
            true => format!("{name}: as good as {next} {on}"),
            false => format!(
                "{name}: {:.1} % better than {next} {on} (Poisson deviance)",
                100.0 * better
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::Orders;

    /// Customers who buy at a steady pace of their own until they leave.
    fn orders(days: i32) -> Orders {
        let mut rows = Vec::new();
        for customer in 0..120_u32 {
            let pace = 3 + (customer * 7 % 20) as i32;
            let leaves = 20 + (customer * 31 % 300) as i32;
            let first = (customer % 40) as i32;
            let mut day = first;
            while day <= days && day - first <= leaves {
                rows.push((customer, day, 1.0));
                day += pace;
            }
        }
        Orders::gather(120, rows).expect("valid")
    }

    fn everybody(orders: &Orders, until: i32, unit: Unit) -> Groups {
        let known = orders.each().filter_map(|one| one.purchases(until, unit));
        let gaps = orders.each().map(|one| one.ln_gaps(until, unit)).sum();
        let (groups, _) = Groups::of(&known.collect::<Vec<_>>());
        groups.with_gaps(gaps).expect("valid")
    }

    #[test]
    fn regular_buyers_are_for_the_regular_model_and_the_sentence_says_by_how_much() {
        let orders = orders(210);
        let all = everybody(&orders, 210, Unit::Week);
        let each: Vec<OrdersOf<'_>> = orders.each().collect();
        let mut choice = Choice::make(Some((&each, 210)), Unit::Week, &all).expect("a choice");
        assert_eq!(choice.held_out, Some(10.0));
        assert_eq!(choice.models[0].model, "mbgcnbd", "{choice:#?}");
        let told = choice.told();
        assert!(
            told.starts_with("MBG/CNBD-k: ") && told.contains("on 10 held-out weeks"),
            "{told}"
        );
        let fit = choice.fit(&all).expect("a fit");
        assert_eq!(fit.model.name(), choice.models[0].model);
    }

    #[test]
    fn what_came_after_the_day_does_not_matter() {
        let (short, long) = (orders(140), orders(210));
        let all = everybody(&short, 140, Unit::Week);
        let same = everybody(&long, 140, Unit::Week);
        assert_eq!(same.purchases(), all.purchases());
        let choice = |orders: &Orders| {
            let each: Vec<OrdersOf<'_>> = orders.each().collect();
            Choice::make(Some((&each, 140)), Unit::Week, &all)
        };
        assert!(choice(&short).is_some());
        assert_eq!(choice(&short), choice(&long));
    }

    #[test]
    fn without_anything_to_hold_out_the_likelihood_decides() {
        let orders = orders(210);
        let all = everybody(&orders, 210, Unit::Week);
        let each: Vec<OrdersOf<'_>> = orders.each().collect();
        for choice in [
            Choice::make(None, Unit::Week, &all),
            // Less than three weeks.
            Choice::make(Some((&each, 20)), Unit::Week, &all),
        ] {
            let choice = choice.expect("a choice");
            assert!(choice.held_out.is_none() && choice.models[0].figures.is_none());
            assert!(choice.told().contains("the greatest likelihood"));
            let sorted = choice
                .models
                .is_sorted_by(|a, b| a.log_likelihood >= b.log_likelihood);
            assert!(sorted, "{choice:#?}");
        }
        let nobody = Groups::of(&[]).0;
        assert!(Choice::make(None, Unit::Day, &nobody).is_none());
    }
}
