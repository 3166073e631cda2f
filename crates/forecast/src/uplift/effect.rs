//! The average effect: a difference of means, how sure it is, and what it could not have missed.

use std::collections::HashMap;

use super::bell::{beyond, normal_quantile, reach};
use super::experiment::Experiment;
use super::refusal::Refusal;

/// How often an experiment is to find an effect of the size that is called detectable.
pub const POWER: f64 = 0.8;
/// Where fewer customers of an arm than this did, or did not, a rate's own spread is too small to trust.
const RARE: f64 = 10.0;

/// What treatment did on average, in units of the outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The mean of the treated less that of the control.
    pub effect: f64,
    /// Where its interval begins.
    pub low: f64,
    /// Where its interval ends.
    pub high: f64,
    /// The chance that no effect at all would look so large.
    pub p_value: f64,
    /// Its standard error.
    pub error: f64,
    /// The smallest effect that a experiment like this finds in four of five cases.
    pub detectable: f64,
    /// Those treated.
    pub treated: Arm,
    /// Those left out.
    pub control: Arm,
    /// The share of the variance that what was known before has explained away, where it was asked for.
    pub explained: Option<f64>,
}

/// An arm of an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// Its customers.
    pub customers: usize,
    /// The mean of their outcomes.
    pub mean: f64,
}

impl Effect {
    /// The effect in parts of the control's mean, where that is above 0.
    pub fn lift(&self) -> Option<f64> {
        (self.control.mean > 0.0).then(|| self.effect / self.control.mean)
    }

    /// Whether the interval leaves 0 out.
    pub fn is_sure(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// What an average effect is asked with.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// How often intervals are to cover: 0.95.
    pub level: f64,
    /// The same figure from before the experiment, a row a customer, NaN where it is not known: what of the outcome it
    /// foretells is taken off (CUPED: Deng, Xu, Kohavi & Walker 2013).
    pub before: Option<&'a [f64]>,
    /// Whose row it is, where customers have several: rows of one customer are not told apart from luck.
    pub clusters: Option<&'a [u32]>,
}

impl Default for Asking<'_> {
    fn default() -> Self {
        Self {
            level: 0.95,
            before: None,
            clusters: None,
        }
    }
}

/// The sums of an arm.
#[derive(Clone, Copy, Default)]
struct Sums {
    customers: usize,
    weight: f64,
    mean: f64,
    /// Of the mean.
    variance: f64,
    /// Degrees of freedom of the variance.
    degrees: f64,
}

/// The average effect of an experiment, by Welch's interval; with known propensities by their inverses.
///
/// Rates of which fewer than ten customers of an arm did, or did not, take Agresti & Caffo's interval (2000).
///
/// # Errors
/// What [`Experiment::check`] gives, columns of another length, and a level that is none.
pub fn average_effect(experiment: &Experiment, asking: &Asking<'_>) -> Result<Effect, Refusal> {
    experiment.check()?;
    if !(0.5..1.0).contains(&asking.level) {
        let (name, must) = ("the level", "from 0.5 to less than 1, such as 0.95");
        return Err(Refusal::Option { name, must });
    }
    let needed = experiment.customers();
    let lengths = [
        ("the figure before", asking.before.map(<[f64]>::len)),
        ("the customer", asking.clusters.map(<[u32]>::len)),
    ];
    for (name, rows) in lengths {
        if let Some(rows) = rows.filter(|rows| *rows != needed) {
            let name = name.to_owned();
            return Err(Refusal::Length { name, rows, needed });
        }
    }
    let weights = experiment.weights();
    Ok(measured(experiment, &weights, asking))
}

/// The same of customers that were checked before, or of some of them: an arm may be without any spread.
pub(super) fn measured(experiment: &Experiment, weights: &[f64], asking: &Asking<'_>) -> Effect {
    let plain = [false, true].map(|arm| {
        sums(
            experiment,
            &experiment.outcome,
            weights,
            arm,
            asking.clusters,
        )
    });
    let (mut used, mut explained) = (plain, None);
    if let Some(before) = asking.before {
        let adjusted = adjusted(experiment, before, weights);
        used = [false, true].map(|arm| sums(experiment, &adjusted, weights, arm, asking.clusters));
        let whole = plain[0].variance + plain[1].variance;
        let left = used[0].variance + used[1].variance;
        explained = Some(if whole > 0.0 { 1.0 - left / whole } else { 0.0 });
    }
    let rare = asking.before.is_none()
        && asking.clusters.is_none()
        && experiment.propensity.is_none()
        && experiment.is_binary()
        && plain.iter().any(|arm| {
            let did = arm.mean * arm.weight;
            did < RARE || arm.weight - did < RARE
        });
    let effect = used[1].mean - used[0].mean;
    if rare {
        used = used.map(plus_four);
    }
    let [control, treated] = used;
    let variance = treated.variance + control.variance;
    let error = variance.max(0.0).sqrt();
    let degrees = degrees(&treated, &control, rare);
    let center = treated.mean - control.mean;
    let far = reach(asking.level, degrees);
    let p_value = match error > 0.0 {
        true => beyond(center / error, degrees),
        false => f64::from(u8::from(center == 0.0)),
    };
    let arm = |sums: &Sums| Arm {
        customers: sums.customers,
        mean: sums.mean,
    };
    Effect {
        effect,
        low: center - far * error,
        high: center + far * error,
        p_value,
        error,
        detectable: (far + normal_quantile(POWER)) * error,
        treated: arm(&plain[1]),
        control: arm(&plain[0]),
        explained,
    }
}

/// Welch's degrees of freedom.
fn degrees(a: &Sums, b: &Sums, is_normal: bool) -> f64 {
    let variance = a.variance + b.variance;
    let parts = [a, b].map(|arm| arm.variance * arm.variance / arm.degrees.max(1.0));
    let below = parts[0] + parts[1];
    if is_normal || below <= 0.0 {
        return f64::MAX;
    }
    (variance * variance / below).max(1.0)
}

/// A success and a failure more in the arm.
fn plus_four(arm: Sums) -> Sums {
    let customers = arm.weight + 2.0;
    let mean = (arm.mean * arm.weight + 1.0) / customers;
    Sums {
        mean,
        variance: mean * (1.0 - mean) / customers,
        ..arm
    }
}

fn sums(
    experiment: &Experiment,
    outcome: &[f64],
    weights: &[f64],
    arm: bool,
    clusters: Option<&[u32]>,
) -> Sums {
    let rows = || (0..experiment.customers()).filter(|row| experiment.treated[*row] == arm);
    let mut sums = Sums::default();
    let mut total = 0.0;
    for row in rows() {
        sums.customers += 1;
        sums.weight += weights[row];
        total += weights[row] * outcome[row];
    }
    sums.mean = if sums.weight > 0.0 {
        total / sums.weight
    } else {
        0.0
    };
    let off = |row: usize| weights[row] * (outcome[row] - sums.mean);
    let (square, count) = match clusters {
        None => {
            let square: f64 = rows().map(|row| off(row) * off(row)).sum();
            (square, sums.customers as f64)
        }
        Some(clusters) => {
            let mut of: HashMap<u32, f64> = HashMap::new();
            for row in rows() {
                *of.entry(clusters[row]).or_default() += off(row);
            }
            // In an order of their own, so that the same rows give the same bits.
            let mut parts: Vec<f64> = of.values().map(|sum| sum * sum).collect();
            parts.sort_by(f64::total_cmp);
            (parts.iter().sum(), of.len() as f64)
        }
    };
    sums.degrees = count - 1.0;
    let small = count / (count - 1.0).max(1.0);
    sums.variance = match sums.weight > 0.0 {
        true => square * small / (sums.weight * sums.weight),
        false => 0.0,
    };
    sums
}

/// The outcome less what the figure before foretells of it, by one slope for both arms.
fn adjusted(experiment: &Experiment, before: &[f64], weights: &[f64]) -> Vec<f64> {
    let known = |row: &usize| before[*row].is_finite();
    let rows: Vec<usize> = (0..experiment.customers()).filter(known).collect();
    let (mut together, mut square) = (0.0, 0.0);
    for arm in [false, true] {
        let of_arm = || rows.iter().filter(|row| experiment.treated[**row] == arm);
        let weight: f64 = of_arm().map(|row| weights[*row]).sum();
        let mean = |values: &[f64]| {
            let sum: f64 = of_arm().map(|row| weights[*row] * values[*row]).sum();
            sum / weight
        };
        let (x, y) = (mean(before), mean(&experiment.outcome));
        for row in of_arm() {
            together += weights[*row] * (before[*row] - x) * (experiment.outcome[*row] - y);
            square += weights[*row] * (before[*row] - x) * (before[*row] - x);
        }
    }
    let slope = match square > 0.0 && (together / square).is_finite() {
        true => together / square,
        false => 0.0,
    };
    // The mean is that of everybody: what differs between the arms by luck is what is taken off.
    let middle = rows.iter().map(|row| before[*row]).sum::<f64>() / rows.len().max(1) as f64;
    let adjust = |row: usize| match before[row].is_finite() {
        true => experiment.outcome[row] - slope * (before[row] - middle),
        false => experiment.outcome[row],
    };
    (0..experiment.customers()).map(adjust).collect()
}
