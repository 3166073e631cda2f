//! What a forecast of stages says: a fan of numbers for each stage, and what a change would do to it.

use crate::special::gamma_quantile;

/// Standard errors on either side of the middle that hold 90 per cent.
pub(super) const NINETY: f64 = 1.644_853_626_951_472_2;
/// Below this shape nearly everything lies at nought.
const LEAST_SHAPE: f64 = 1e-3;

/// Customers in a stage, ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// The stage, by its place from 0.
    pub stage: u8,
    /// Customers in it at the end of the day that is looked ahead from.
    pub now: u64,
    /// What is expected, for each day asked about.
    pub points: Vec<FanPoint>,
}

/// What is expected at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FanPoint {
    /// So many days ahead.
    pub days: u32,
    /// Customers expected.
    pub mean: f64,
    /// The variance that comes from chance in who moves,
    pub chance: f64,
    /// from how many will arrive,
    pub arrivals: f64,
    /// and from estimated shares.
    pub estimate: f64,
}

/// What is likely, of a number of customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The middle: it is as likely to be more as to be less.
    pub median: f64,
    /// The middle half, 50 per cent.
    pub half: [f64; 2],
    /// 90 per cent.
    pub most: [f64; 2],
}

/// What a change of moves would do to a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The stage, by its place from 0.
    pub stage: u8,
    /// For each day asked about: so many customers more, or fewer,
    pub difference: Vec<f64>,
    /// with the standard error that estimated shares and arrivals give it.
    pub error: Vec<f64>,
}

impl FanPoint {
    /// All variance together.
    pub fn variance(&self) -> f64 {
        self.chance + self.arrivals + self.estimate
    }

    /// What is likely: a gamma distribution with this mean and the variance, the standard error `widened` so many
    /// times.
    pub fn band(&self, widened: f64) -> Band {
        let variance = self.variance() * widened * widened;
        let quantile = |chance: f64| {
            if self.mean <= 0.0 || variance <= 0.0 {
                return self.mean.max(0.0);
            }
            let shape = self.mean * self.mean / variance;
            if shape < LEAST_SHAPE {
                return 0.0;
            }
            gamma_quantile(shape, chance) * variance / self.mean
        };
        Band {
            median: quantile(0.5),
            half: [quantile(0.25), quantile(0.75)],
            most: [quantile(0.05), quantile(0.95)],
        }
    }
}

impl Effect {
    /// The difference at a point with its interval of 90 per cent.
    pub fn at(&self, point: usize) -> Option<(f64, [f64; 2])> {
        let (own, error) = (*self.difference.get(point)?, *self.error.get(point)?);
        Some((own, [own - NINETY * error, own + NINETY * error]))
    }
}
