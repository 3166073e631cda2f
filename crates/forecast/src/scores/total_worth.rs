//! What the purchases of a whole base will be worth, with an interval.

use super::FittedModel;
use super::total::{Total, ends, mean_of_each, moments_of_each};
use crate::models::{GammaGamma, Interval, Spend};
use crate::purchases::{Groups, Horizon};

impl FittedModel {
    /// What all customers of a base will bring within the horizon, in units of money: of each customer the group
    /// that she is of, and what was seen of her spend. The errors of both models' parameters are in it: `covariance`
    /// is that of the model of spend ([`crate::Fit::covariance`]), empty where it is not known. `None` where the
    /// mean is infinite; where only the variance is (p x + q <= 2 of somebody), the interval is all there can be,
    /// from 0 to the largest number.
    pub fn total_worth(
        &self,
        groups: &Groups,
        customers: (&[u32], &[Spend]),
        (money, covariance): (&GammaGamma, &[Vec<f64>]),
        horizon: Horizon,
    ) -> Option<Total> {
        let each = moments_of_each(&self.model, groups, horizon);
        let [p, q, _] = money.parameters_of();
        let mut mean_worths = vec![0.0; each.len()];
        let (mut expected, mut by_chance) = (0.0, 0.0);
        for (group, spend) in customers.0.iter().zip(customers.1) {
            let group = *group as usize;
            let [mean, square] = *each.get(group)?;
            let worth = money.expected(spend)?;
            mean_worths[group] += worth;
            expected += mean * worth;
            // The sum of her purchases is gamma given her own rate, and that is gamma too: the variance has the
            // chance of how many, of what each is worth, and of what she spends on average. `first` and `second`
            // are the means of 1 over her rate, and of 1 over its square.
            let shape = p * spend.x() + q;
            let first = worth / p;
            let second = first * first * (shape - 1.0) / (shape - 2.0);
            by_chance += match shape > 2.0 {
                true => p * mean * second + p * p * (square * second - mean * mean * first * first),
                false if mean > 0.0 => f64::INFINITY,
                false => 0.0,
            };
        }
        let by_counts = self.around.iter().map(|model| {
            let means = mean_of_each(model, groups, horizon);
            means.iter().zip(&mean_worths).map(|(a, b)| a * b).sum()
        });
        let by_worths = money.around(covariance).into_iter().filter_map(|money| {
            let pairs = customers.0.iter().zip(customers.1);
            let worth =
                |(group, spend): (&u32, _)| Some(money.expected(spend)? * each[*group as usize][0]);
            pairs.map(worth).sum::<Option<f64>>()
        });
        // The two are fitted apart from each other, so their errors are unrelated.
        let unsure = off(by_counts.collect(), expected) + off(by_worths.collect(), expected);
        let variance = by_chance.max(0.0) + unsure;
        let interval = match variance.is_finite() {
            true => ends(expected, variance),
            false => Interval {
                low: 0.0,
                high: f64::MAX,
            },
        };
        expected.is_finite().then(|| Total {
            expected,
            interval,
            by_chance: by_chance.max(0.0).sqrt().min(f64::MAX),
            by_parameters: unsure.sqrt().min(f64::MAX),
        })
    }
}

/// The mean square by which others are off.
fn off(others: Vec<f64>, expected: f64) -> f64 {
    let sum: f64 = others.iter().map(|other| (other - expected).powi(2)).sum();
    sum / others.len().max(1) as f64
}
