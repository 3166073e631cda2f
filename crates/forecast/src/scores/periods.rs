//! What is ahead of donors and contracts, counted in periods, with the error of the parameters.

use std::collections::BTreeMap;

use super::total::{Total, ends, whole};
use crate::fit::{Fit, Model};
use crate::models::{BgBb, Donations, Interval, ShiftedBetaGeometric, models_around};
use crate::special::{beta_below, points};

/// How many standard errors a normal distribution leaves 5 of 100 cases above.
const NORMAL_TAIL: f64 = 1.644_853_626_951_472_7;
/// How many standard errors the error of a parameter is followed.
const REACH: f64 = 6.0;

/// A fitted model of periods, [`BgBb`] or [`ShiftedBetaGeometric`], and those around it by the errors of its
/// parameters, as [`crate::FittedModel`] is one of purchases.
#[derive(Clone, Debug)]
pub struct FittedPeriods<M> {
    model: M,
    around: Vec<M>,
}

/// What is ahead of a donor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DonorScore {
    /// The chance that she is still a customer in the next period.
    pub alive: f64,
    /// In how many of the periods asked about it will happen, on average.
    pub expected: f64,
    /// The fewest and the most that hold 90 of 100 cases, as nearly as whole numbers can.
    pub interval: Interval,
}

/// What is ahead of a contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContractScore {
    /// The chance that the next renewal comes.
    pub renews: f64,
    /// Where that lies in 90 of 100 cases, by the error of the parameters.
    pub renews_interval: Interval,
    /// The chance that it is there still after all periods asked about.
    pub stays: f64,
    /// The mean number of renewals until then.
    pub expected: f64,
    /// The fewest and the most renewals that hold 90 of 100 cases, as nearly as whole numbers can.
    pub interval: Interval,
}

impl<M> FittedPeriods<M> {
    /// A model, and the covariance of its parameters ([`Fit::covariance`]); of another size, or empty, it is not
    /// known, and the intervals lack the error of the parameters.
    pub fn new<const N: usize>(model: M, covariance: &[Vec<f64>]) -> Self
    where
        M: Model<N>,
    {
        let around = models_around(&model, covariance);
        Self { model, around }
    }

    /// Of a fit.
    pub fn of<const N: usize>(fit: &Fit<M>) -> Self
    where
        M: Model<N> + Clone,
    {
        Self::new(fit.model.clone(), &fit.covariance)
    }

    /// The model itself.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The mean of what the models say by whose chances intervals are drawn.
    fn mean(&self, says: impl Fn(&M) -> f64) -> f64 {
        match self.around.len() {
            0 => says(&self.model),
            all => self.around.iter().map(says).sum::<f64>() / all as f64,
        }
    }

    /// How far the models around are from what the model says: a standard deviation.
    fn off(&self, says: impl Fn(&M) -> f64) -> f64 {
        let (own, all) = (says(&self.model), self.around.len().max(1) as f64);
        let squares = self.around.iter().map(|one| (says(one) - own).powi(2));
        (squares.sum::<f64>() / all).sqrt()
    }
}

impl FittedPeriods<BgBb> {
    /// What is ahead of a donor within so many periods, 10,000 at most.
    pub fn score(&self, one: &Donations, periods: u32) -> DonorScore {
        let weighed = match &self.around[..] {
            [] => std::slice::from_ref(&self.model),
            around => around,
        };
        let stayed: Vec<f64> = weighed.iter().map(|model| model.stayed(one)).collect();
        let reaches = |count: f64| {
            let each = weighed.iter().zip(&stayed);
            let each = each.map(|(model, stayed)| {
                stayed * model.at_least_if_stayed(one, count as u32, periods)
            });
            each.sum::<f64>() / weighed.len() as f64
        };
        DonorScore {
            alive: self.model.alive(one),
            expected: self.model.expected(one, periods),
            interval: Interval::of_chances(reaches),
        }
    }

    /// The chance that it will happen `count` times or more in so many periods, with the error of the parameters.
    pub fn at_least(&self, one: &Donations, count: u32, periods: u32) -> f64 {
        self.mean(|model| model.at_least(one, count, periods))
    }

    /// How often it will happen to all of them within so many periods.
    pub fn total(&self, customers: &BTreeMap<Donations, u64>, periods: u32) -> Total {
        let sum = |of: &dyn Fn(&Donations) -> f64| -> f64 {
            let each = customers.iter();
            each.map(|(one, count)| *count as f64 * of(one)).sum()
        };
        let mean = |model: &BgBb| sum(&|one| model.expected(one, periods));
        let variance = sum(&|one| {
            let (first, second) = self.model.moments_if_stayed(one, periods);
            let stayed = self.model.stayed(one);
            (stayed * (second - stayed * first * first)).max(0.0)
        });
        total(mean(&self.model), variance, self.off(mean))
    }
}

impl FittedPeriods<ShiftedBetaGeometric> {
    /// What is ahead of a contract that was renewed so often, within so many periods.
    pub fn score(&self, renewals: u32, periods: u32) -> ContractScore {
        // Of the logarithm of the odds not to renew, so that both ends are chances.
        let odds = |model: &ShiftedBetaGeometric| model.ln_odds_to_end(renewals, 1);
        let off = NORMAL_TAIL * self.off(odds);
        let own = odds(&self.model);
        let at = |odds: f64| 1.0 / (1.0 + odds.exp());
        let renews = self.model.retention(renewals);
        let reaches = |count: f64| match count <= f64::from(periods) {
            true => self.reaches(renewals, count as u32),
            false => 0.0,
        };
        ContractScore {
            renews,
            // Both ways to the chance round, each on its own.
            renews_interval: Interval {
                low: at(own + off).min(renews),
                high: at(own - off).max(renews),
            },
            stays: self.model.stays(renewals, periods),
            expected: moments(&self.model, renewals, periods).0,
            interval: Interval::of_chances(reaches),
        }
    }

    /// The chance that a contract renewed so often is renewed so many times more, with the error of the parameters.
    pub fn reaches(&self, renewals: u32, more: u32) -> f64 {
        self.mean(|model| model.stays(renewals, more))
    }

    /// How many of so many contracts, each renewed so often by now, are there still after so many periods: binomial,
    /// with a chance whose odds err as the parameters do.
    pub fn left(&self, contracts: u64, renewals: u32, periods: u32) -> Total {
        let (all, stays) = (contracts as f64, self.model.stays(renewals, periods));
        let odds = |model: &ShiftedBetaGeometric| model.ln_odds_to_end(renewals, periods);
        let (own, off) = (odds(&self.model), self.off(odds));
        let chances: Vec<(f64, f64)> = if off > 0.0 {
            let halves = [(-REACH, 0.0), (0.0, REACH)].into_iter();
            let nodes = halves.flat_map(|(low, high)| points(low, high));
            let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
            nodes
                .map(|(z, weight)| (own + off * z, weight * density(z)))
                .collect()
        } else {
            vec![(own, 1.0)]
        };
        let reaches = |count: f64| -> f64 {
            if count > all || periods == 0 {
                return f64::from(u8::from(count <= all));
            }
            let beyond = |(odds, weight): &(f64, f64)| {
                let (stays, ends) = (1.0 / (1.0 + odds.exp()), 1.0 / (1.0 + (-odds).exp()));
                weight * beta_below(count, all - count + 1.0, stays, ends)
            };
            chances.iter().map(beyond).sum()
        };
        Total {
            expected: all * stays,
            interval: Interval::of_chances(reaches),
            by_chance: (all * stays * (1.0 - stays)).sqrt(),
            by_parameters: all * self.off(|model| model.stays(renewals, periods)),
        }
    }

    /// How many renewals these contracts will make within so many periods.
    pub fn renewed(&self, contracts: u64, renewals: u32, periods: u32) -> Total {
        let all = contracts as f64;
        let (mean, square) = moments(&self.model, renewals, periods);
        let off = self.off(|model| moments(model, renewals, periods).0);
        let variance = all * (square - mean * mean).max(0.0);
        total(all * mean, variance, all * off)
    }
}

/// The mean number of renewals ahead of one contract, and of its square.
fn moments(model: &ShiftedBetaGeometric, renewals: u32, periods: u32) -> (f64, f64) {
    let (mut stays, mut mean, mut square) = (1.0, 0.0, 0.0);
    for ahead in 0..periods {
        stays *= model.retention(renewals.saturating_add(ahead));
        mean += stays;
        square += (2.0 * f64::from(ahead) + 1.0) * stays;
    }
    (mean, square)
}

/// A sum over many customers, who are unrelated given the parameters.
fn total(expected: f64, variance: f64, by_parameters: f64) -> Total {
    Total {
        expected,
        interval: whole(ends(expected, variance + by_parameters * by_parameters)),
        by_chance: variance.sqrt(),
        by_parameters,
    }
}
