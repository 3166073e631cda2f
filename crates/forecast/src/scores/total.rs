//! What a whole base will buy, with an interval that knows chance and the error of the parameters.

use super::FittedModel;
use crate::covariates::CovariateGroups;
use crate::error::Error;
use crate::models::{CountModel, Interval, PurchaseModel, TAIL};
use crate::purchases::{Groups, Horizon, Purchases};
use crate::special::{gamma_quantile, points};

/// Chances of counts are listed until one is this small, or less.
const LEAST: f64 = 1e-9;
/// Most doublings of a count beyond the list.
const MAX_DOUBLINGS: u32 = 40;

/// A figure of many customers together: purchases, customers who are still there, or money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// The mean.
    pub expected: f64,
    /// Two ends that hold 90 of 100 cases.
    pub interval: Interval,
    /// The standard deviation by chance, with the parameters as they are.
    pub by_chance: f64,
    /// That by the error of the parameters.
    pub by_parameters: f64,
}

impl FittedModel {
    /// What all customers of a base will buy within the horizon.
    pub fn total(&self, groups: &Groups, horizon: Horizon) -> Total {
        let base = [(&[][..], groups)];
        // Without covariates, no model refuses them.
        self.total_of(&base, horizon).unwrap_or(NOTHING)
    }

    /// The same, of a base whose covariates are known.
    ///
    /// # Errors
    /// What [`PurchaseModel::of_customer`] refuses.
    pub fn total_with(&self, groups: &CovariateGroups, horizon: Horizon) -> Result<Total, Error> {
        let patterns = groups.patterns().iter();
        let base: Vec<(&[f64], &Groups)> = patterns
            .map(|(values, groups)| (values.as_slice(), groups))
            .collect();
        self.total_of(&base, horizon)
    }

    fn total_of(&self, base: &[(&[f64], &Groups)], horizon: Horizon) -> Result<Total, Error> {
        let mean_by = |model: &PurchaseModel| -> Result<f64, Error> {
            let mut sum = 0.0;
            for (values, groups) in base {
                let model = if values.is_empty() {
                    model.clone()
                } else {
                    model.of_customer(values)?
                };
                sum += mean_of(&model, groups, horizon);
            }
            Ok(sum)
        };
        let expected = mean_by(&self.model)?;
        let mut by_chance = 0.0;
        for (values, groups) in base {
            let model = if values.is_empty() {
                self.model.clone()
            } else {
                self.model.of_customer(values)?
            };
            by_chance += variance_of(&model, groups, horizon);
        }
        let others: Vec<f64> = self
            .around
            .iter()
            .filter_map(|model| mean_by(model).ok())
            .collect();
        let off: f64 = others.iter().map(|other| (other - expected).powi(2)).sum();
        let by_parameters = off / others.len().max(1) as f64;
        Ok(Total {
            expected,
            interval: whole(ends(expected, by_chance + by_parameters)),
            by_chance: by_chance.sqrt(),
            by_parameters: by_parameters.sqrt(),
        })
    }

    /// How many of all customers of a base are still customers.
    pub fn total_alive(&self, groups: &Groups) -> Total {
        let sum = |model: &PurchaseModel, of: fn(f64) -> f64| -> f64 {
            let alive = model.alive_of(groups).into_iter().zip(&groups.parts);
            alive
                .map(|(alive, parts)| parts.customers * of(alive))
                .sum()
        };
        let expected = sum(&self.model, |alive| alive);
        let by_chance = sum(&self.model, |alive| alive * (1.0 - alive));
        let others = self.around.iter().map(|model| sum(model, |alive| alive));
        let off: f64 = others.map(|other| (other - expected).powi(2)).sum();
        let by_parameters = off / self.around.len().max(1) as f64;
        let interval = whole(ends(expected, by_chance + by_parameters));
        Total {
            expected,
            interval: Interval {
                high: interval.high.min(groups.customers() as f64),
                ..interval
            },
            by_chance: by_chance.sqrt(),
            by_parameters: by_parameters.sqrt(),
        }
    }
}

const NOTHING: Total = Total {
    expected: 0.0,
    interval: Interval {
        low: 0.0,
        high: 0.0,
    },
    by_chance: 0.0,
    by_parameters: 0.0,
};

/// Of a gamma distribution with this mean and variance: near to normal for large totals, and never below 0 for
/// small ones.
pub(super) fn ends(mean: f64, variance: f64) -> Interval {
    if !(mean > 0.0 && variance > 0.0) {
        return Interval {
            low: mean,
            high: mean,
        };
    }
    let (shape, scale) = (mean * mean / variance, variance / mean);
    let end = |chance: f64| (scale * gamma_quantile(shape, chance)).min(f64::MAX);
    Interval {
        low: end(TAIL),
        high: end(1.0 - TAIL),
    }
}

/// Whole numbers that may come are inside.
pub(super) fn whole(ends: Interval) -> Interval {
    Interval {
        low: ends.low.floor(),
        high: ends.high.ceil(),
    }
}

/// Means of each group, `ahead` being worked out once for each x, T and phase of whoever is still a customer.
fn of_each<const N: usize>(
    model: &PurchaseModel,
    groups: &Groups,
    ahead: impl Fn(&dyn CountModel, &Purchases) -> [f64; N],
) -> Vec<[f64; N]> {
    let phases = model.phases();
    let mut chances = vec![0.0; phases];
    let mut known: Vec<Option<[f64; N]>> = vec![None; phases * groups.nows.len()];
    let alive = model.alive_of(groups);
    let each = groups.purchases().iter().zip(&groups.parts).zip(alive);
    each.map(|((one, parts), alive)| {
        model.weigh_phases(one, &mut chances);
        let mut means = [0.0; N];
        for (phase, chance) in chances.iter().enumerate() {
            let place = &mut known[parts.now as usize * phases + phase];
            let own =
                place.get_or_insert_with(|| model.ask_in_phase(phase, |model| ahead(model, one)));
            for (mean, own) in means.iter_mut().zip(own) {
                *mean += alive * chance * *own;
            }
        }
        means
    })
    .collect()
}

/// The mean of the purchases of each group's customers.
pub(super) fn mean_of_each(model: &PurchaseModel, groups: &Groups, horizon: Horizon) -> Vec<f64> {
    let means = of_each(model, groups, |model, one| {
        [model.expected_if_alive(one, horizon)]
    });
    means.into_iter().map(|[mean]| mean).collect()
}

/// The means of the purchases of each group's customers, and of their square.
pub(super) fn moments_of_each(
    model: &PurchaseModel,
    groups: &Groups,
    horizon: Horizon,
) -> Vec<[f64; 2]> {
    of_each(model, groups, |model, one| moments(model, one, horizon))
}

fn mean_of(model: &PurchaseModel, groups: &Groups, horizon: Horizon) -> f64 {
    let means = mean_of_each(model, groups, horizon);
    let each = means.iter().zip(&groups.parts);
    each.map(|(mean, parts)| parts.customers * mean).sum()
}

/// Customers buy independently of each other, given the parameters.
fn variance_of(model: &PurchaseModel, groups: &Groups, horizon: Horizon) -> f64 {
    let moments = moments_of_each(model, groups, horizon);
    let each = moments.iter().zip(&groups.parts);
    let sum: f64 = each
        .map(|([mean, square], parts)| parts.customers * (square - mean * mean))
        .sum();
    sum.max(0.0)
}

/// The means of the purchases of a living customer and of their square: sums over the chances to reach a count,
/// and beyond the listed ones, where counts are so large that they run smoothly, an integral.
fn moments(model: &dyn CountModel, one: &Purchases, horizon: Horizon) -> [f64; 2] {
    let reaches = model.reaches_if_alive(one, horizon, LEAST);
    let (mut mean, mut square) = (0.0, 0.0);
    for (count, chance) in (1..).zip(&reaches) {
        mean += chance;
        square += (2.0 * f64::from(count) - 1.0) * chance;
    }
    let mut low = reaches.len() as f64 + 0.5;
    if reaches.last().is_some_and(|last| *last > LEAST) {
        for _ in 0..MAX_DOUBLINGS {
            let high = 2.0 * low;
            let mut most: f64 = 0.0;
            for (count, weight) in points(low, high) {
                let chance = model.at_least_if_alive(one, count, horizon);
                mean += weight * chance;
                square += weight * (2.0 * count - 1.0) * chance;
                most = most.max(chance);
            }
            if most <= LEAST {
                break;
            }
            low = high;
        }
    }
    [mean, square]
}
