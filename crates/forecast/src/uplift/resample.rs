//! Intervals of what has no formula: customers are drawn again, arm by arm, and the figures worked out each time.

use super::bell::normal_quantile;
use super::experiment::Experiment;
use crate::random::Random;

/// Draws, where customers are few enough.
const DRAWS: u64 = 400;
/// Fewest draws.
const MIN_DRAWS: u64 = 100;
/// Customers drawn in all, beyond which there are fewer draws.
const MAX_DRAWN: u64 = 40_000_000;

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Where its interval begins.
    pub low: f64,
    /// Where its interval ends.
    pub high: f64,
}

impl Estimate {
    /// A figure with the interval of its standard error.
    pub fn new(value: f64, error: f64, level: f64) -> Self {
        let far = normal_quantile(0.5 + 0.5 * level) * error;
        Self {
            value,
            low: value - far,
            high: value + far,
        }
    }

    /// Whether the interval leaves 0 out.
    pub fn is_sure(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The standard errors of figures, by drawing customers of each arm again with replacement. `figures` takes each
/// customer's weight in a draw; figures that a draw does not have are left out of their error, which is `None` where
/// fewer than half of the draws have them.
pub(super) fn errors<const N: usize>(
    experiment: &Experiment,
    weights: &[f64],
    seed: u64,
    figures: impl Fn(&[f64]) -> [Option<f64>; N],
) -> [Option<f64>; N] {
    let customers = experiment.customers() as u64;
    let draws = (MAX_DRAWN / customers.max(1)).clamp(MIN_DRAWS, DRAWS);
    let mut random = Random::new(seed);
    let arms = [false, true].map(|arm| {
        let rows = 0..experiment.customers();
        rows.filter(|row| experiment.treated[*row] == arm)
            .collect::<Vec<usize>>()
    });
    let mut drawn = vec![0.0; weights.len()];
    let mut found = [(0.0, 0.0, 0.0); N];
    for _ in 0..draws {
        drawn.fill(0.0);
        for rows in &arms {
            for _ in 0..rows.len() {
                let row = rows[random.below(rows.len())];
                drawn[row] += weights[row];
            }
        }
        for ((count, mean, square), figure) in found.iter_mut().zip(figures(&drawn)) {
            if let Some(figure) = figure.filter(|figure| figure.is_finite()) {
                *count += 1.0;
                let off = figure - *mean;
                *mean += off / *count;
                *square += off * (figure - *mean);
            }
        }
    }
    found.map(|(count, _, square)| {
        (count * 2.0 >= draws as f64).then(|| (square / (count - 1.0)).max(0.0).sqrt())
    })
}
