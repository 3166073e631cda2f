//! Shifted-beta-geometric: how long contracts last that are renewed or not, period by period.

use crate::error::Error;
use crate::fit::{Fit, Model, Sample, checked, fit};
use crate::purchases::MIN_CUSTOMERS;
use crate::special::{digamma, ln_rising};

/// The chance not to renew is beta(`alpha`, `beta`) among customers, and the same each time for each.
///
/// Fader & Hardie (2007), «How to project customer retention», Journal of Interactive Marketing 21:1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftedBetaGeometric {
    alpha: f64,
    beta: f64,
}

/// A cohort's contracts, renewal by renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewals {
    /// How many ended at each renewal, from the first.
    pub ended: Vec<u64>,
    /// How many were renewed each time.
    pub kept: u64,
}

impl Renewals {
    /// From the customers left: at first, after the first renewal, and so on.
    ///
    /// # Errors
    /// [`Error::Figure`] where more are left than before.
    pub fn of_survivors(left: &[u64]) -> Result<Self, Error> {
        let mut ended = Vec::with_capacity(left.len());
        for (row, pair) in left.windows(2).enumerate() {
            let lost = pair[0].checked_sub(pair[1]).ok_or(Error::Figure {
                row: Some(row + 1),
                name: "the number of customers left",
                value: pair[1] as f64,
                must: "at most that before",
            })?;
            ended.push(lost);
        }
        Ok(Self {
            ended,
            kept: left.last().copied().unwrap_or(0),
        })
    }
}

impl ShiftedBetaGeometric {
    /// The natural logarithm of the likelihood and its slopes by the logarithm of each parameter: equations
    /// (5) and (6).
    pub fn likelihood(&self, renewals: &Renewals) -> (f64, [f64; 2]) {
        let Self { alpha, beta } = *self;
        let (mut sum, mut by_alpha, mut by_beta) = (0.0, 0.0, 0.0);
        let mut add = |count: u64, renewed: usize, ends: f64| {
            let (count, renewed) = (count as f64, renewed as f64);
            let all = renewed + ends;
            let both = digamma(alpha + beta + all) - digamma(alpha + beta);
            sum += count
                * (ln_rising(alpha, ends) + ln_rising(beta, renewed)
                    - ln_rising(alpha + beta, all));
            by_alpha += count * (digamma(alpha + ends) - digamma(alpha) - both);
            by_beta += count * (digamma(beta + renewed) - digamma(beta) - both);
        };
        for (renewed, count) in renewals.ended.iter().enumerate() {
            add(*count, renewed, 1.0);
        }
        add(renewals.kept, renewals.ended.len(), 0.0);
        (sum, [alpha * by_alpha, beta * by_beta])
    }

    /// Fits the model to cohorts by maximum likelihood.
    ///
    /// # Errors
    /// [`Error::FewCustomers`], and [`Error::NoSpread`] if there was no renewal or nobody ended.
    pub fn fit(cohorts: &[Renewals]) -> Result<Fit<Self>, Error> {
        let ended: u64 = cohorts.iter().flat_map(|one| &one.ended).sum();
        let all = ended + cohorts.iter().map(|one| one.kept).sum::<u64>();
        if all < MIN_CUSTOMERS {
            return Err(Error::FewCustomers {
                customers: all,
                needed: MIN_CUSTOMERS,
            });
        }
        let at_first = cohorts.iter().filter_map(|one| one.ended.first()).sum();
        if ended == 0 || ended == at_first && ended == all {
            return Err(Error::NoSpread {
                name: "whether a contract was renewed",
            });
        }
        let sample = Sample {
            customers: all,
            repeaters: all,
            scale: 1.0,
        };
        let starts = [[1.0, 1.0], [0.5, 4.0], [5.0, 5.0]].map(|start: [f64; 2]| start.map(f64::ln));
        fit(&sample, [false; 2], &starts, |model: &Self| {
            let (mut sum, mut slopes) = (0.0, [0.0; 2]);
            for cohort in cohorts {
                let (value, by) = model.likelihood(cohort);
                sum += value;
                slopes = [slopes[0] + by[0], slopes[1] + by[1]];
            }
            (sum, slopes)
        })
    }

    /// The share of a cohort that is left after so many renewals: equation (4).
    pub fn survival(&self, renewals: u32) -> f64 {
        let renewals = f64::from(renewals);
        let ln = ln_rising(self.beta, renewals) - ln_rising(self.alpha + self.beta, renewals);
        ln.min(0.0).exp()
    }

    /// The share of those there after so many renewals who are there after so many more.
    pub fn stays(&self, renewals: u32, more: u32) -> f64 {
        let (at, more) = (self.beta + f64::from(renewals), f64::from(more));
        let ln = ln_rising(at, more) - ln_rising(self.alpha + at, more);
        ln.min(0.0).exp()
    }

    /// The odds that a contract there after so many renewals ends before so many more, rather than after: of those
    /// that nearly all go on, a share near 1 does not tell.
    pub(crate) fn ln_odds_to_end(&self, renewals: u32, more: u32) -> f64 {
        let (at, more) = (self.beta + f64::from(renewals), f64::from(more));
        let ln = (ln_rising(at, more) - ln_rising(self.alpha + at, more)).min(-f64::MIN_POSITIVE);
        (-ln.exp_m1()).ln() - ln
    }

    /// The share of those there who renew, at the renewal after so many: equation (8).
    pub fn retention(&self, renewals: u32) -> f64 {
        let renewals = f64::from(renewals);
        (self.beta + renewals) / (self.alpha + self.beta + renewals)
    }
}

impl Model<2> for ShiftedBetaGeometric {
    const NAMES: [&'static str; 2] = ["alpha", "beta"];

    fn of(parameters: [f64; 2]) -> Result<Self, Error> {
        let [alpha, beta] = checked(Self::NAMES, parameters)?;
        Ok(Self { alpha, beta })
    }

    fn parameters(&self) -> [f64; 2] {
        [self.alpha, self.beta]
    }
}
