//! What a base of customers is expected to do: a model chosen and fitted as `fit` does it, everybody scored as
//! `score` does it, and the totals with the ranges that 90 of 100 cases lie in.

use perennial_forecast::{
    CountModel, Counts, GammaGamma, Groups, Horizon, Model, Orders, PurchaseModel, Purchases,
};

use super::base::Base;
use super::choose::Choice;
use super::fit;
use super::fitted::Fitted;
use super::refused;
use super::score::spend_model;
use super::scores::{Question, Scores};
use crate::args::ModelName;
use crate::failure::Failure;

/// Half of an interval that holds 90 of 100 cases, in standard deviations of what is about normal.
const HALF_90: f64 = 1.644_853_626_951_472_2;
/// By how much the logarithm of a parameter is moved to see what hangs on it.
const MOVED: f64 = 1e-4;

/// What is expected of a base within a horizon.
pub struct Outlook {
    /// The model of purchases.
    pub model: PurchaseModel,
    /// How it was chosen.
    pub choice: Option<Choice>,
    /// What to know before using it.
    pub warnings: Vec<String>,
    /// Everybody's scores, by place in the base.
    pub scores: Scores,
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
    let model = PurchaseModel::from_parameters(&found.fitted.model, &found.fitted.values());
    let model = model.map_err(refused)?;
    let money = found.spend.as_ref().map(spend_model).transpose()?;
    let models = [model.clone()];
    let question = Question {
        models: &models,
        spend: money.as_ref(),
        horizon,
        discount: None,
    };
    let scores = Scores::of(&question, &base.purchases, None, &base.spend);
    let (groups, _) = Groups::of(&base.purchases);
    let known = groups.purchases();
    let counts: Vec<Counts> = known
        .iter()
        .map(|one| Counts::of(&model, one, horizon))
        .collect();
    let sizes: Vec<f64> = (0..known.len())
        .map(|at| groups.customers_in(at) as f64)
        .collect();
    let of_all = |of: &dyn Fn(usize) -> f64| -> f64 {
        sizes
            .iter()
            .enumerate()
            .map(|(at, size)| size * of(at))
            .sum()
    };
    let chance = of_all(&|at| scores.groups[at].p_alive * (1.0 - scores.groups[at].p_alive));
    let spread =
        of_all(&|at| (counts[at].mean_square() - scores.groups[at].expected.powi(2)).max(0.0));
    let totals = |model: &PurchaseModel| {
        let sum = |of: &dyn Fn(&Purchases) -> f64| -> f64 {
            known
                .iter()
                .zip(&sizes)
                .map(|(one, size)| size * of(one))
                .sum()
        };
        [
            sum(&|one| model.alive(one)),
            sum(&|one| model.expected(one, horizon)),
        ]
    };
    let unsure = of_parameters(&found.fitted, |values| {
        let moved = PurchaseModel::from_parameters(&found.fitted.model, values).ok()?;
        Some(totals(&moved))
    });
    let expected = of_all(&|at| scores.groups[at].expected);
    let worth = money.as_ref().filter(|_| !scores.worth.is_empty());
    let worth = worth.map(|money| {
        let parts = Parts {
            base,
            scores: &scores,
            counts: &counts,
            purchases: Total::new(expected, unsure[1], f64::INFINITY),
        };
        parts.worth(money, found.spend.as_ref())
    });
    Ok(Outlook {
        if_alive: known
            .iter()
            .map(|one| model.expected_if_alive(one, horizon))
            .collect(),
        alive: Total::new(
            of_all(&|at| scores.groups[at].p_alive),
            chance + unsure[0],
            groups.customers() as f64,
        ),
        purchases: Total::new(expected, spread + unsure[1], f64::INFINITY),
        worth,
        warnings: found.fitted.warnings,
        choice: found.choice,
        model,
        scores,
    })
}

/// What totals of all customers' worth are worked out from.
struct Parts<'a> {
    base: &'a Base,
    scores: &'a Scores,
    counts: &'a [Counts],
    /// Purchases with the error of their model's parameters alone.
    purchases: Total,
}

impl Parts<'_> {
    /// Each customer's sum of purchases is gamma given her own rate, and that is gamma too: its variance has the
    /// chance of how many, of what each is worth, and of what she spends on average.
    fn worth(&self, money: &GammaGamma, fitted: Option<&Fitted>) -> Total {
        let [p, q, _] = money.parameters();
        let (mut sum, mut variance) = (0.0, 0.0);
        for (place, spend) in self.base.spend.iter().enumerate() {
            let group = self.scores.of[place] as usize;
            let (mean, square) = (
                self.scores.groups[group].expected,
                self.counts[group].mean_square(),
            );
            let shape = p * spend.x() + q;
            let unit = money.unit_of(spend);
            let (first, second) = (
                unit / (shape - 1.0),
                unit * unit / ((shape - 1.0) * (shape - 2.0)),
            );
            sum += mean * p * first;
            // Where the second moment is infinite there is no such range.
            variance += match shape > 2.0 {
                true => p * mean * second + p * p * (square * second - mean * mean * first * first),
                false if mean > 0.0 => f64::INFINITY,
                false => 0.0,
            };
        }
        let unsure = fitted.map_or([0.0], |fitted| {
            of_parameters(fitted, |values| {
                let value = |name| {
                    values
                        .iter()
                        .find(|(one, _)| one == name)
                        .map(|(_, value)| *value)
                };
                let [Some(p), Some(q), Some(gamma)] = GammaGamma::NAMES.map(value) else {
                    return None;
                };
                let moved = GammaGamma::of([p, q, gamma]).ok()?;
                let each = self.base.spend.iter().zip(&self.scores.of);
                let worth = each.map(|(spend, group)| {
                    let mean = moved.expected(spend).unwrap_or(f64::INFINITY);
                    mean * self.scores.groups[*group as usize].expected
                });
                Some([worth.sum()])
            })
        });
        // Errors of how many come are errors of what they are worth in the same proportion.
        let half = self
            .purchases
            .range
            .map_or(f64::INFINITY, |[low, high]| (high - low) / (2.0 * HALF_90));
        let share = half / self.purchases.expected.max(f64::MIN_POSITIVE);
        Total::new(
            sum,
            variance + unsure[0] + (share * sum).powi(2),
            f64::INFINITY,
        )
    }
}

/// The variance of totals that comes of the error of the parameters (delta method); 0 for what does not hang on them.
fn of_parameters<const N: usize>(
    fitted: &Fitted,
    totals: impl Fn(&[(String, f64)]) -> Option<[f64; N]>,
) -> [f64; N] {
    let values = fitted.values();
    let slope = |place: usize| {
        let moved = |by: f64| {
            let mut moved = values.clone();
            moved[place].1 *= by.exp();
            totals(&moved)
        };
        let (up, down) = (moved(MOVED)?, moved(-MOVED)?);
        Some(std::array::from_fn::<f64, N, _>(|at| {
            (up[at] - down[at]) / (2.0 * MOVED)
        }))
    };
    let places = fitted.covariance.len().min(values.len());
    let slopes: Vec<[f64; N]> = (0..places)
        .map(|at| slope(at).unwrap_or([0.0; N]))
        .collect();
    std::array::from_fn(|total| {
        let mut variance = 0.0;
        for (a, row) in fitted.covariance.iter().enumerate().take(places) {
            for (b, together) in row.iter().enumerate().take(places) {
                variance += slopes[a][total] * together * slopes[b][total];
            }
        }
        variance.max(0.0)
    })
}

/// Customers who bought again until the end of what is known.
pub fn repeaters(base: &Base) -> usize {
    base.purchases.iter().filter(|one| one.x() > 0).count()
}

/// What came of each customer of an earlier base until a day: days with an order, and what they were worth.
pub fn came(orders: &Orders, from: i32, to: i32) -> Vec<(f64, f64)> {
    let known = orders
        .each()
        .filter(|one| one.days.first().is_some_and(|first| *first <= from));
    let ahead = known.map(|one| one.until(to).after(from));
    ahead
        .map(|one| (one.days.len() as f64, one.values.iter().sum()))
        .collect()
}
