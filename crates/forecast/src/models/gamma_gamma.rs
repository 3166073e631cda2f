//! Gamma-Gamma: what a purchase of a customer is worth on average, from the few that were seen.

use super::around::models_around;
use super::count::Interval;
use crate::error::{Error, within};
use crate::fit::{Fit, Model, PARAMETERS, Sample, Warning, checked, fit};
use crate::purchases::{MIN_CUSTOMERS, all_of};
use crate::special::{digamma, gamma_quantile, ln_gamma, ln_rising};

/// The mean values that can be, in units of money.
const VALUES: (f64, f64) = (1e-9, 1e12);
/// Purchases are taken to be unrelated to their worth below this correlation.
const UNRELATED: f64 = 0.3;
/// Means that differ by less than this share are the same: what is left is rounding.
const SAME: f64 = 1e-9;
/// What of 100 cases lies below and above an interval, each, as a share.
const TAIL: f64 = 0.05;

/// Purchases vary around each customer's mean as gamma of shape `p`, and these means among customers as
/// inverse gamma of shape `q` and scale `p` `gamma`.
///
/// Fader & Hardie (2013), «The Gamma-Gamma model of monetary value», which takes spend and frequency to be
/// unrelated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    gamma: f64,
}

/// What was seen of a customer's spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    x: f64,
    mean: f64,
}

impl Spend {
    /// Of whoever has no purchase that counts.
    pub fn unknown() -> Self {
        Self { x: 0.0, mean: 0.0 }
    }

    /// The purchases that were seen.
    pub fn x(&self) -> f64 {
        self.x
    }

    /// Their mean value, in units of money; 0 if there were none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `x` purchases of a mean value in units of money; the papers count repeat purchases. Nothing is known
    /// of whoever has none: the mean of `x` = 0 is not looked at.
    ///
    /// # Errors
    /// [`Error::Figure`] for a mean that is not a number from 1e-9 to 1e12: refunds and gifts are no spend.
    pub fn new(x: u32, mean: f64) -> Result<Self, Error> {
        let x = f64::from(x);
        if x == 0.0 {
            return Ok(Self { x, mean: 0.0 });
        }
        let mean = value(mean)?;
        Ok(Self { x, mean })
    }
}

/// A mean value that can be.
fn value(mean: f64) -> Result<f64, Error> {
    within(
        "the mean value of purchases",
        mean,
        VALUES,
        "from 1e-9 to 1e12",
    )
}

/// Customers who bought as often as each other at the same mean value, once, and their number.
#[derive(Clone, Debug, Default)]
pub struct SpendGroups {
    groups: Vec<(Spend, f64)>,
    /// By purchases: customers, and the sum of the logarithms of their means.
    by_x: Vec<(f64, f64, f64)>,
    customers: u64,
    /// Those left out because nothing is known of their spend.
    without: u64,
}

impl SpendGroups {
    /// Groups customers; the same in any order.
    pub fn of(customers: &[Spend]) -> Self {
        Self::counted(customers.iter().map(|one| (*one, 1)))
    }

    /// Groups customers who come counted already; the same spend may come more than once.
    pub fn counted(customers: impl IntoIterator<Item = (Spend, u64)>) -> Self {
        let mut without = 0_u64;
        let known = customers.into_iter().filter(|(one, count)| {
            without = without.saturating_add(if one.x > 0.0 { 0 } else { *count });
            one.x > 0.0 && *count > 0
        });
        let mut sorted: Vec<(Spend, u64)> = known.collect();
        sorted
            .sort_unstable_by(|(a, _), (b, _)| a.x.total_cmp(&b.x).then(a.mean.total_cmp(&b.mean)));
        let mut groups: Vec<(Spend, f64)> = Vec::new();
        let mut by_x: Vec<(f64, f64, f64)> = Vec::new();
        for (one, count) in &sorted {
            let times = *count as f64;
            match groups.last_mut() {
                Some((kept, count)) if kept == one => *count += times,
                _ => groups.push((*one, times)),
            }
            if by_x.last().is_none_or(|last| last.0 != one.x) {
                by_x.push((one.x, 0.0, 0.0));
            }
            if let Some((_, count, sum)) = by_x.last_mut() {
                *count += times;
                *sum += times * one.mean.ln();
            }
        }
        Self {
            groups,
            by_x,
            customers: all_of(sorted.iter().map(|(_, count)| *count)),
            without,
        }
    }

    /// Customers whose spend is known.
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// Customers left out because they have no purchase that counts.
    pub fn without(&self) -> u64 {
        self.without
    }

    /// The mean value of all, in units of money, if it is the same for everybody whose spend is known.
    pub fn same_mean(&self) -> Option<f64> {
        let means = self.groups.iter().map(|(one, _)| one.mean);
        let (least, most) = means.fold((f64::INFINITY, 0.0_f64), |(least, most), mean| {
            (least.min(mean), most.max(mean))
        });
        (most > 0.0 && most - least <= SAME * most).then_some(most)
    }

    /// The correlation (Pearson) of purchases and their mean value; 0 if either is the same for all.
    pub fn correlation(&self) -> f64 {
        let all = self.customers.max(1) as f64;
        let mean = |of: fn(&Spend) -> f64| {
            let sum: f64 = self.groups.iter().map(|(one, count)| count * of(one)).sum();
            sum / all
        };
        let (x, value) = (mean(|one| one.x), mean(|one| one.mean));
        let (mut xx, mut vv, mut xv) = (0.0, 0.0, 0.0);
        for (one, count) in &self.groups {
            let (dx, dv) = (one.x - x, one.mean - value);
            xx += count * dx * dx;
            vv += count * dv * dv;
            xv += count * dx * dv;
        }
        let product = xx.sqrt() * vv.sqrt();
        if product > 0.0 { xv / product } else { 0.0 }
    }
}

impl Model<3> for GammaGamma {
    const NAMES: [&'static str; 3] = ["p", "q", "gamma"];

    fn of(parameters: [f64; 3]) -> Result<Self, Error> {
        let [p, q, gamma] = checked(Self::NAMES, parameters)?;
        Ok(Self { p, q, gamma })
    }

    fn parameters(&self) -> [f64; 3] {
        [self.p, self.q, self.gamma]
    }
}

impl GammaGamma {
    /// The model of those who all spend the same on every purchase: the end that p and q go to without limit, where no
    /// likelihood has a maximum ([`SpendGroups::same_mean`]). Nothing that is seen of a customer moves it.
    ///
    /// # Errors
    /// [`Error::Figure`] for a mean that is not a number from 1e-9 to 1e12, in units of money.
    pub fn constant(mean: f64) -> Result<Self, Error> {
        let mean = value(mean)?;
        Self::of([PARAMETERS.1, PARAMETERS.1, mean])
    }

    /// What everybody spends on every purchase, if that is the model.
    pub(crate) fn same_for_all(&self) -> Option<f64> {
        (self.p >= PARAMETERS.1 && self.q >= PARAMETERS.1).then_some(self.gamma)
    }

    /// The natural logarithm of the likelihood and its slopes by the logarithm of each parameter: equation
    /// (1a) of the paper.
    pub fn likelihood(&self, groups: &SpendGroups) -> (f64, [f64; 3]) {
        let Self { p, q, gamma } = *self;
        let (mut sum, mut by_p, mut by_q, mut by_gamma) = (0.0, 0.0, 0.0, 0.0);
        for (x, count, ln_means) in &groups.by_x {
            let (shape, ln_x) = (p * x, x.ln());
            // Γ(px + q) / (Γ(px) Γ(q)), without a difference of large logarithms.
            let front = ln_rising(shape, q) - ln_gamma(q);
            sum += count * (front + q * gamma.ln() + shape * ln_x) + (shape - 1.0) * ln_means;
            let both = digamma(shape + q);
            by_p += count * x * (both - digamma(shape) + ln_x) + x * ln_means;
            by_q += count * (both - digamma(q) + gamma.ln());
            by_gamma += count * q / gamma;
        }
        for (one, count) in &groups.groups {
            let total = gamma + one.x * one.mean;
            let (ln, power) = (total.ln(), p * one.x + q);
            sum -= count * power * ln;
            by_p -= count * one.x * ln;
            by_q -= count * ln;
            by_gamma -= count * power / total;
        }
        (sum, [p * by_p, q * by_q, gamma * by_gamma])
    }

    /// Fits the model to customers by maximum likelihood.
    ///
    /// # Errors
    /// [`Error::FewCustomers`], and [`Error::NoSpread`] if all means are the same.
    pub fn fit(groups: &SpendGroups) -> Result<Fit<Self>, Error> {
        if groups.customers < MIN_CUSTOMERS {
            return Err(Error::FewCustomers {
                customers: groups.customers,
                needed: MIN_CUSTOMERS,
            });
        }
        if groups.same_mean().is_some() {
            return Err(Error::NoSpread {
                name: "the mean value of purchases",
            });
        }
        let ln: f64 = groups.by_x.iter().map(|(_, _, ln_means)| ln_means).sum();
        let sample = Sample {
            customers: groups.customers,
            repeaters: groups.customers,
            scale: (ln / groups.customers as f64).exp(),
        };
        let starts = [(1.0, 2.0), (5.0, 4.0), (30.0, 2.0)]
            .map(|(p, q): (f64, f64)| [p.ln(), q.ln(), (q / p).ln()]);
        let mut found = fit(&sample, [false, false, true], &starts, |model: &Self| {
            model.likelihood(groups)
        })?;
        let correlation = groups.correlation();
        if correlation.abs() > UNRELATED {
            found.warnings.push(Warning::Correlated(correlation));
        }
        Ok(found)
    }

    /// The mean value of her purchases to come, in units of money: equation (5) of the paper, which leans on
    /// the population's mean the more the less was seen of her. `None` where that is infinite: p x + q <= 1.
    pub fn expected(&self, spend: &Spend) -> Option<f64> {
        if let Some(mean) = self.same_for_all() {
            return Some(mean);
        }
        let power = self.p * spend.x + self.q;
        let mean = self.p * (self.gamma + spend.x * spend.mean) / (power - 1.0);
        (power > 1.0 && mean.is_finite()).then_some(mean)
    }

    /// The models around this one by the covariance of its parameters, as [`crate::PurchaseModel::around`].
    pub(crate) fn around(&self, covariance: &[Vec<f64>]) -> Vec<Self> {
        models_around(self, covariance)
    }

    /// p, q and gamma.
    pub(crate) fn parameters_of(&self) -> [f64; 3] {
        [self.p, self.q, self.gamma]
    }

    /// gamma and what was seen of her spend, in units of money: what her purchases to come scale with.
    pub(crate) fn scale_of(&self, spend: &Spend) -> f64 {
        self.gamma + spend.x * spend.mean
    }

    /// The ends that her own mean value lies between in 90 of 100 cases, in units of money: quantiles of the
    /// inverse gamma distribution that it has given what was seen. The error of the parameters is not in it.
    pub fn interval(&self, spend: &Spend) -> Interval {
        if let Some(mean) = self.same_for_all() {
            return Interval {
                low: mean,
                high: mean,
            };
        }
        let shape = self.p * spend.x + self.q;
        let scale = self.p * (self.gamma + spend.x * spend.mean);
        let end = |chance: f64| (scale / gamma_quantile(shape, chance)).min(f64::MAX);
        Interval {
            low: end(1.0 - TAIL),
            high: end(TAIL),
        }
    }
}
