//! BG/BB: what may happen once in a period, like a yearly donation, until she leaves at a period's end.

use std::collections::BTreeMap;

use crate::error::{Error, within};
use crate::fit::{Fit, Model, Sample, checked, fit};
use crate::purchases::{MIN_CUSTOMERS, all_of};
use crate::special::{digamma, ln_rising};

/// Most periods that a customer is followed for, and that a forecast looks ahead.
const MAX_PERIODS: u32 = 10_000;
/// Sums greater than this are scaled down.
const LARGE: f64 = 1e250;

/// The chance to buy in a period is beta(`alpha`, `beta`), that to leave after it beta(`gamma`, `delta`).
///
/// Fader, Hardie & Shang (2010), «Customer-base analysis in a discrete-time noncontractual setting»,
/// Marketing Science 29:6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

/// In which of a customer's periods something happened, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Donations {
    n: u32,
    t_x: u32,
    x: u32,
}

impl Donations {
    /// In `x` of `n` periods after the first, the last time in period `t_x`, counted from 1; 0 for never.
    ///
    /// # Errors
    /// [`Error::Figure`] unless `x` <= `t_x` <= `n` <= 10,000, and `t_x` = 0 only where `x` = 0.
    pub fn new(x: u32, t_x: u32, n: u32) -> Result<Self, Error> {
        let must = "whole and at most 10000";
        within("n", f64::from(n), (0.0, f64::from(MAX_PERIODS)), must)?;
        within("t_x", f64::from(t_x), (0.0, f64::from(n)), "at most n")?;
        let least = if t_x == 0 { 0.0 } else { 1.0 };
        let must = "from 1 to t_x, or 0 where t_x is 0";
        within("x", f64::from(x), (least, f64::from(t_x)), must)?;
        Ok(Self { n, t_x, x })
    }
}

/// One way to have left, or none: its logarithm, and its slopes by alpha, beta, gamma and delta.
struct Way {
    ln: f64,
    by: [f64; 4],
}

impl BgBb {
    /// The likelihood of `x` of `seen` periods, with leaving after them, or not if `stays`.
    fn way(&self, x: u32, seen: u32, stays: bool) -> Way {
        let Self {
            alpha,
            beta,
            gamma,
            delta,
        } = *self;
        let (x, misses, seen) = (f64::from(x), f64::from(seen - x), f64::from(seen));
        let (leaves, all) = if stays {
            (0.0, seen)
        } else {
            (1.0, seen + 1.0)
        };
        let ln = ln_rising(alpha, x) + ln_rising(beta, misses) - ln_rising(alpha + beta, seen)
            + ln_rising(gamma, leaves)
            + ln_rising(delta, seen)
            - ln_rising(gamma + delta, all);
        let rise = |y: f64, by: f64| digamma(y + by) - digamma(y);
        let (bought, lived) = (rise(alpha + beta, seen), rise(gamma + delta, all));
        Way {
            ln,
            by: [
                rise(alpha, x) - bought,
                rise(beta, misses) - bought,
                rise(gamma, leaves) - lived,
                rise(delta, seen) - lived,
            ],
        }
    }

    /// ln of one customer's likelihood, its slopes, and the chance that she is still a customer: equation (4).
    fn of_one(&self, one: &Donations) -> (f64, [f64; 4], f64) {
        let stays = self.way(one.x, one.n, true);
        let left = (one.t_x..one.n).map(|seen| self.way(one.x, seen, false));
        let ways: Vec<Way> = std::iter::once(stays).chain(left).collect();
        let top = ways
            .iter()
            .fold(f64::NEG_INFINITY, |top, way| top.max(way.ln));
        let (mut whole, mut by) = (0.0, [0.0; 4]);
        for way in &ways {
            let weight = (way.ln - top).exp();
            whole += weight;
            for (sum, slope) in by.iter_mut().zip(way.by) {
                *sum += weight * slope;
            }
        }
        let alive = (ways[0].ln - top).exp() / whole;
        (top + whole.ln(), by.map(|sum| sum / whole), alive)
    }

    /// The natural logarithm of the likelihood and its slopes by the logarithm of each parameter.
    pub fn likelihood(&self, customers: &BTreeMap<Donations, u64>) -> (f64, [f64; 4]) {
        let (mut sum, mut slopes) = (0.0, [0.0; 4]);
        for (one, count) in customers {
            let count = *count as f64;
            let (ln, by, _) = self.of_one(one);
            sum += count * ln;
            for (slope, (by, parameter)) in
                slopes.iter_mut().zip(by.into_iter().zip(self.parameters()))
            {
                *slope += count * by * parameter;
            }
        }
        (sum, slopes)
    }

    /// Fits the model by maximum likelihood to customers and their number.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] and [`Error::NoRepeats`].
    pub fn fit(customers: &BTreeMap<Donations, u64>) -> Result<Fit<Self>, Error> {
        let all = all_of(customers.values().copied());
        let repeaters = customers.iter().filter(|(one, _)| one.x > 0);
        let repeaters = all_of(repeaters.map(|(_, count)| *count));
        if all < MIN_CUSTOMERS {
            return Err(Error::FewCustomers {
                customers: all,
                needed: MIN_CUSTOMERS,
            });
        }
        if repeaters == 0 {
            return Err(Error::NoRepeats { customers: all });
        }
        let sample = Sample {
            customers: all,
            repeaters,
            scale: 1.0,
        };
        let starts = [
            [1.0, 1.0, 1.0, 1.0],
            [1.0, 0.5, 0.5, 3.0],
            [0.5, 5.0, 0.5, 10.0],
        ]
        .map(|start: [f64; 4]| start.map(f64::ln));
        fit(&sample, [false; 4], &starts, |model: &Self| {
            model.likelihood(customers)
        })
    }

    /// The chance that she is still a customer in the period after the last seen, from 0 to 1: equation (11).
    pub fn alive(&self, one: &Donations) -> f64 {
        let n = f64::from(one.n);
        self.of_one(one).2 * (self.delta + n) / (self.gamma + self.delta + n)
    }

    /// The chance that she had not left when the last period seen was over, from 0 to 1.
    pub(crate) fn stayed(&self, one: &Donations) -> f64 {
        self.of_one(one).2
    }

    /// The chance that it will happen `count` times or more in so many periods to come (10,000 at most): equation
    /// (12), the number of times given what was seen, by the period of the last of them that counts.
    pub fn at_least(&self, one: &Donations, count: u32, periods: u32) -> f64 {
        self.stayed(one) * self.at_least_if_stayed(one, count, periods)
    }

    /// The same of whoever had not left when the last period seen was over. The `count`th time is in period j with
    /// C(j - 1, count - 1) p^count (1 - p)^(j - count) if she lives to see it: over both betas, a sum of positive
    /// terms, each by its ratio to that before.
    pub(crate) fn at_least_if_stayed(&self, one: &Donations, count: u32, periods: u32) -> f64 {
        let periods = periods.min(MAX_PERIODS);
        if count == 0 || count > periods {
            return f64::from(u8::from(count == 0));
        }
        let (n, x, times) = (f64::from(one.n), f64::from(one.x), f64::from(count));
        let (buys, misses) = (self.alpha + x, self.beta + (n - x));
        let (all, still) = (self.alpha + self.beta + n, self.delta + n);
        let first = ln_rising(buys, times) - ln_rising(all, times) + ln_rising(still, times)
            - ln_rising(self.gamma + still, times);
        let (mut term, mut sum, mut scale) = (1.0, 1.0, 0.0);
        for period in count..periods {
            let (j, missed) = (f64::from(period), f64::from(period - count));
            term *= j / (missed + 1.0) * ((misses + missed) / (all + j));
            term *= (still + j) / (self.gamma + still + j);
            sum += term;
            if term > LARGE {
                (term, sum, scale) = (term / LARGE, sum / LARGE, scale + LARGE.ln());
            }
        }
        (first + sum.ln() + scale).min(0.0).exp()
    }

    /// The mean number of times in so many periods to come, and that of its square, of whoever had not left when the
    /// last period seen was over: sums over one period, and over two.
    pub(crate) fn moments_if_stayed(&self, one: &Donations, periods: u32) -> (f64, f64) {
        let (n, x) = (f64::from(one.n), f64::from(one.x));
        let (mut still, mut sum, mut pairs) = (1.0, 0.0, 0.0);
        for period in 0..periods.min(MAX_PERIODS) {
            let at = self.delta + n + f64::from(period);
            still *= at / (self.gamma + at);
            sum += still;
            pairs += 2.0 * f64::from(period) * still;
        }
        let all = self.alpha + self.beta + n;
        let buys = (self.alpha + x) / all;
        let mean = buys * sum;
        (
            mean,
            mean + buys * (self.alpha + x + 1.0) / (all + 1.0) * pairs,
        )
    }

    /// In how many of so many periods to come (10,000 at most) it will happen, on average: equation (13), as
    /// the sum that its gamma functions abbreviate, so that gamma = 1 is no exception.
    pub fn expected(&self, one: &Donations, periods: u32) -> f64 {
        self.discounted(one, periods.min(MAX_PERIODS), 1.0)
    }

    /// The present value of all to come, where what comes a period later is worth 1 / (1 + `rate`) as much:
    /// DERT, equation (14), the first period counting in full as in the paper.
    ///
    /// # Errors
    /// [`Error::Figure`] unless `rate` lies from 0.001 to 1000 per period.
    pub fn present_purchases(&self, one: &Donations, rate: f64) -> Result<f64, Error> {
        let rate = within(
            "the discount rate",
            rate,
            (1e-3, 1e3),
            "from 0.001 to 1000 a period",
        )?;
        // After so many periods of the smallest rate, less than 1e-15 of the value is left out.
        let periods = ((40.0 / rate.ln_1p()).ceil() + 1.0) as u32;
        Ok(self.discounted(one, periods, 1.0 / (1.0 + rate)))
    }

    fn discounted(&self, one: &Donations, periods: u32, keeps: f64) -> f64 {
        let (n, x) = (f64::from(one.n), f64::from(one.x));
        let (mut still, mut sum, mut worth) = (1.0, 0.0, 1.0);
        for period in 0..periods {
            let at = self.delta + n + f64::from(period);
            still *= at / (self.gamma + at);
            sum += still * worth;
            worth *= keeps;
        }
        let buys = (self.alpha + x) / (self.alpha + self.beta + n);
        self.of_one(one).2 * buys * sum
    }
}

impl Model<4> for BgBb {
    const NAMES: [&'static str; 4] = ["alpha", "beta", "gamma", "delta"];

    fn of(parameters: [f64; 4]) -> Result<Self, Error> {
        let [alpha, beta, gamma, delta] = checked(Self::NAMES, parameters)?;
        Ok(Self {
            alpha,
            beta,
            gamma,
            delta,
        })
    }

    fn parameters(&self) -> [f64; 4] {
        [self.alpha, self.beta, self.gamma, self.delta]
    }
}
