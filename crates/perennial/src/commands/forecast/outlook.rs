//! What a base of customers is expected to do: a model chosen and fitted as `fit` does it, everybody scored as
//! `score` does it, and the totals with the ranges that 90 of 100 cases lie in.

use std::collections::HashMap;

use perennial_forecast::{
    CountModel, FittedModel, GammaGamma, Groups, Horizon, Model, PurchaseModel, Purchases, Question,
};

use super::base::Base;
use super::choose::Choice;
use super::fit;
use super::fitted::Fitted;
use super::refused;
use super::score::spend_model;
use super::scores::{Everybody, Table};
use crate::args::ModelName;
use crate::failure::Failure;

/// Half of an interval that holds 90 of 100 cases, in standard deviations of what is about normal.
const HALF_90: f64 = 1.644_853_626_951_472_2;
/// By how much the logarithm of a parameter is moved to see what hangs on it.
const MOVED: f64 = 1e-4;
/// Chances of more purchases than these are left out of their spread.
const LEAST: f64 = 1e-6;

/// What is expected of a base within a horizon.
pub struct Outlook {
    /// The model of purchases, with the errors of its parameters.
    pub model: FittedModel,
    /// How it was chosen.
    pub choice: Option<Choice>,
    /// What to know before using it.
    pub warnings: Vec<String>,
    /// Everybody's scores.
    pub scores: Table,
    /// What each customer's purchases are worth: mean and both ends; empty where no amounts are known.
    pub worths: [Vec<f64>; 3],
    /// Purchases of each group within the horizon if they are still there.
    pub if_alive: Vec<f64>,
    /// Customers who are still there.
    pub alive: Total,
    /// Purchases to come.
    pub purchases: Total,
    /// What they are worth; `None` where no amounts are known.
    pub worth: Option<Total>,
}

/// A figure of all customers together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// The mean.
    pub expected: f64,
    /// Where it lies in 90 of 100 cases: chance, and the error of the parameters; `None` where that has no end.
    pub range: Option<[f64; 2]>,
}

impl Total {
    fn new(expected: f64, variance: f64, most: f64) -> Self {
        let half = HALF_90 * variance.sqrt();
        let range = [(expected - half).max(0.0), (expected + half).min(most)];
        Self {
            expected,
            range: half.is_finite().then_some(range),
        }
    }
}

/// Fits and asks.
///
/// # Errors
/// What no model can be fitted to.
pub fn outlook(base: &Base, horizon: Horizon) -> Result<Outlook, Failure> {
    let found = fit::purchases(base, ModelName::Auto, None)?;
    let fitted = &found.fitted;
    let model = PurchaseModel::from_parameters(&fitted.model, &fitted.values());
    let model = FittedModel::new(model.map_err(refused)?, &fitted.covariance);
    let money = found.spend.as_ref().map(spend_model).transpose()?;
    let question = Question {
        horizon,
        discount: None,
        lifetime: false,
    };
    let everybody = Everybody::of(model.model(), None, base)?;
    let scores = Table::of(&model, everybody, &question, money.as_ref())?;
    let worths = match (&money, base.spend.is_empty()) {
        (Some(_), false) => scores.worth(&base.spend),
        _ => [(); 3].map(|()| Vec::new()),
    };
    let (groups, _) = Groups::of(&base.purchases);
    let count = groups.purchases().len();
    let sizes: Vec<f64> = (0..count)
        .map(|at| groups.customers_in(at) as f64)
        .collect();
    let alive = |of: &dyn Fn(f64) -> f64| -> f64 {
        let each = sizes.iter().zip(&scores.groups);
        each.map(|(size, one)| size * of(one.alive)).sum()
    };
    let unsure = of_parameters(fitted, |values| {
        let moved = PurchaseModel::from_parameters(&fitted.model, values).ok()?;
        let each = sizes.iter().zip(groups.purchases());
        Some(each.map(|(size, one)| size * moved.alive(one)).sum())
    });
    let still = Total::new(
        alive(&|chance| chance),
        alive(&|chance| chance * (1.0 - chance)) + unsure,
        groups.customers() as f64,
    );
    let purchases = model.total(&base.groups()?, horizon);
    let worth = money.filter(|_| !worths[0].is_empty()).map(|money| {
        let parts = Parts {
            base,
            scores: &scores,
            squares: squares(model.model(), groups.purchases(), horizon),
            share_unsure: purchases.by_parameters / purchases.expected.max(f64::MIN_POSITIVE),
        };
        parts.worth(&money, found.spend.as_ref())
    });
    let if_alive = groups.purchases().iter();
    let if_alive = if_alive.map(|one| model.model().expected_if_alive(one, horizon));
    Ok(Outlook {
        if_alive: if_alive.collect(),
        alive: still,
        purchases: Total {
            expected: purchases.expected,
            range: Some([purchases.interval.low, purchases.interval.high]),
        },
        worth,
        warnings: found.fitted.warnings,
        choice: found.choice,
        model,
        scores,
        worths,
    })
}

/// The mean of the square of each group's purchases.
fn squares(model: &PurchaseModel, known: &[Purchases], horizon: Horizon) -> Vec<f64> {
    let by_pair = !matches!(model, PurchaseModel::MbgCnbd(_));
    let mut pairs: HashMap<(u32, u64), f64> = HashMap::new();
    let if_alive = |one: &Purchases| {
        let reaches = model.reaches_if_alive(one, horizon, LEAST);
        let parts = reaches.iter().enumerate();
        parts.map(|(at, reach)| (2 * at + 1) as f64 * reach).sum()
    };
    let square = |one: &Purchases| {
        // Of the other models, what is ahead of whoever is there depends on x and T alone.
        let ahead = match by_pair {
            true => *pairs
                .entry((one.x(), one.age().to_bits()))
                .or_insert_with(|| if_alive(one)),
            false => if_alive(one),
        };
        model.alive(one) * ahead
    };
    known.iter().map(square).collect()
}

/// What totals of all customers' worth are worked out from.
struct Parts<'a> {
    base: &'a Base,
    scores: &'a Table,
    squares: Vec<f64>,
    /// The standard deviation of all purchases by the error of their model's parameters, as a share of them.
    share_unsure: f64,
}

impl Parts<'_> {
    /// Each customer's sum of purchases is gamma given her own rate, and that is gamma too: its variance has the
    /// chance of how many, of what each is worth, and of what she spends on average.
    fn worth(&self, money: &GammaGamma, fitted: Option<&Fitted>) -> Total {
        let [p, q, _] = money.parameters();
        let (mut sum, mut variance) = (0.0, 0.0);
        for (spend, group) in self.base.spend.iter().zip(&self.scores.of) {
            let group = *group as usize;
            let (mean, square) = (self.scores.groups[group].expected, self.squares[group]);
            let shape = p * spend.x() + q;
            // The means of 1 over her rate, and of 1 over its square.
            let first = money.expected(spend).unwrap_or(f64::INFINITY) / p;
            let second = first * first * (shape - 1.0) / (shape - 2.0);
            sum += mean * p * first;
            // Where the second moment is infinite there is no such range.
            variance += match shape > 2.0 {
                true => p * mean * second + p * p * (square * second - mean * mean * first * first),
                false if mean > 0.0 => f64::INFINITY,
                false => 0.0,
            };
        }
        let unsure = fitted.map_or(0.0, |fitted| {
            of_parameters(fitted, |values| self.worth_by(values))
        });
        // Errors of how many come are errors of what they are worth in the same proportion.
        let counts = (self.share_unsure * sum).powi(2);
        Total::new(sum, variance + unsure + counts, f64::INFINITY)
    }

    /// The mean with other parameters of the model of spend.
    fn worth_by(&self, values: &[(String, f64)]) -> Option<f64> {
        let value = |name| {
            let found = values.iter().find(|(one, _)| one == name);
            found.map(|(_, value)| *value)
        };
        let [Some(p), Some(q), Some(gamma)] = GammaGamma::NAMES.map(value) else {
            return None;
        };
        let moved = GammaGamma::of([p, q, gamma]).ok()?;
        let each = self.base.spend.iter().zip(&self.scores.of);
        let worth = |(spend, group): (_, &u32)| {
            Some(moved.expected(spend)? * self.scores.groups[*group as usize].expected)
        };
        each.map(worth).sum()
    }
}

/// The variance of a total that comes of the error of the parameters (delta method).
fn of_parameters(fitted: &Fitted, total: impl Fn(&[(String, f64)]) -> Option<f64>) -> f64 {
    let values = fitted.values();
    let slope = |place: usize| {
        let moved = |by: f64| {
            let mut moved = values.clone();
            moved[place].1 *= by.exp();
            total(&moved)
        };
        Some((moved(MOVED)? - moved(-MOVED)?) / (2.0 * MOVED))
    };
    let places = fitted.covariance.len().min(values.len());
    let slopes: Vec<f64> = (0..places).map(|at| slope(at).unwrap_or(0.0)).collect();
    let mut variance = 0.0;
    for (a, row) in slopes.iter().zip(&fitted.covariance) {
        for (b, together) in slopes.iter().zip(row) {
            variance += a * together * b;
        }
    }
    variance.max(0.0)
}

/// Customers who bought again until the end of what is known.
pub fn repeaters(base: &Base) -> usize {
    base.purchases.iter().filter(|one| one.x() > 0).count()
}
