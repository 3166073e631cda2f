//! What trees are fitted by: the loss, its slopes and the link from a score to a mean.

use crate::error::{Error, within};
use crate::judge::all_within;

/// Scores of the losses with a logarithm lie within this, either way: means from 1e-13 to 1e13.
const MAX_SCORE: f64 = 30.0;
/// The farthest that a leaf moves a score with a logarithm, before the rate.
const MAX_STEP: f64 = 2.0;
/// Means below this are taken as this before their logarithm is taken.
const LEAST_MEAN: f64 = 1e-9;
/// Steps of the search for the score that fits all rows.
const STEPS: usize = 50;

/// What a wrong forecast costs, by the kind of target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Any number; the score is its mean, the cost half the squared error.
    Squared,
    /// A count, 0 or more; the score is the logarithm of its mean.
    Poisson,
    /// An amount that is often 0 and has a long tail, as money; the score is the logarithm of its mean. The
    /// power of the variance, above 1 (as a count) and below 2 (as an amount that is never 0).
    Tweedie(f64),
    /// 0 or 1, or a share; the score is the logarithm of the odds.
    Logistic,
}

impl Loss {
    /// Its name, one word, and its power if it has one.
    pub fn name(self) -> (&'static str, Option<f64>) {
        match self {
            Self::Squared => ("squared", None),
            Self::Poisson => ("poisson", None),
            Self::Tweedie(power) => ("tweedie", Some(power)),
            Self::Logistic => ("logistic", None),
        }
    }

    /// The loss of this name and power; `None` if there is none.
    pub fn named(name: &str, power: Option<f64>) -> Option<Self> {
        match (name, power) {
            ("squared", None) => Some(Self::Squared),
            ("poisson", None) => Some(Self::Poisson),
            ("tweedie", Some(power)) if power > 1.0 && power < 2.0 => Some(Self::Tweedie(power)),
            ("logistic", None) => Some(Self::Logistic),
            _ => None,
        }
    }

    /// From a score to the mean it stands for.
    pub fn mean(self, score: f64) -> f64 {
        match self {
            Self::Squared => score,
            Self::Poisson | Self::Tweedie(_) => score.clamp(-MAX_SCORE, MAX_SCORE).exp(),
            Self::Logistic => {
                let small = (-score.abs()).exp();
                (if score > 0.0 { 1.0 } else { small }) / (1.0 + small)
            }
        }
    }

    /// From a mean to its score: what to start from where another model knows a mean.
    pub fn score(self, mean: f64) -> f64 {
        match self {
            Self::Squared => mean,
            Self::Poisson | Self::Tweedie(_) => {
                mean.max(LEAST_MEAN).ln().clamp(-MAX_SCORE, MAX_SCORE)
            }
            Self::Logistic => {
                let chance = mean.clamp(LEAST_MEAN, 1.0 - LEAST_MEAN);
                (chance / (1.0 - chance)).ln()
            }
        }
    }

    /// That a target can be one of this loss.
    pub(super) fn check(self, target: &[f64]) -> Result<(), Error> {
        let (ends, must) = match self {
            Self::Squared => ((-1e12, 1e12), "from -1e12 to 1e12"),
            Self::Poisson => ((0.0, 1e12), "from 0 to 1e12"),
            Self::Tweedie(power) => {
                let powers = (1.000_001, 1.999_999);
                within("the power of Tweedie", power, powers, "between 1 and 2")?;
                ((0.0, 1e12), "from 0 to 1e12")
            }
            Self::Logistic => ((0.0, 1.0), "from 0 to 1"),
        };
        all_within("the target", target, ends, must)
    }

    /// The first and the second derivative of the cost by the score.
    pub(super) fn slopes(self, score: f64, target: f64) -> (f64, f64) {
        match self {
            Self::Squared => (score - target, 1.0),
            Self::Poisson => {
                let mean = self.mean(score);
                (mean - target, mean)
            }
            Self::Tweedie(power) => {
                let score = score.clamp(-MAX_SCORE, MAX_SCORE);
                // Most customers buy nothing.
                let low = match target > 0.0 {
                    true => target * ((1.0 - power) * score).exp(),
                    false => 0.0,
                };
                let high = ((2.0 - power) * score).exp();
                (high - low, (2.0 - power) * high + (power - 1.0) * low)
            }
            Self::Logistic => {
                let mean = self.mean(score);
                (mean - target, (mean * (1.0 - mean)).max(1e-12))
            }
        }
    }

    /// The cost, but for what does not depend on the score.
    pub(super) fn cost(self, score: f64, target: f64) -> f64 {
        match self {
            Self::Squared => 0.5 * (score - target) * (score - target),
            Self::Poisson => {
                let score = score.clamp(-MAX_SCORE, MAX_SCORE);
                score.exp() - target * score
            }
            Self::Tweedie(power) => {
                let score = score.clamp(-MAX_SCORE, MAX_SCORE);
                let low = target * ((1.0 - power) * score).exp() / (power - 1.0);
                low + ((2.0 - power) * score).exp() / (2.0 - power)
            }
            Self::Logistic => {
                let smooth = score.max(0.0) + (-score.abs()).exp().ln_1p();
                smooth - target * score
            }
        }
    }

    /// The farthest that a leaf moves a score.
    pub(super) fn step(self) -> f64 {
        match self {
            Self::Squared => f64::INFINITY,
            Self::Poisson | Self::Tweedie(_) | Self::Logistic => MAX_STEP,
        }
    }

    /// The one score that fits all rows best on top of their own; rows are score, target and weight.
    pub(super) fn base(self, rows: impl Iterator<Item = (f64, f64, f64)> + Clone) -> f64 {
        let mut base = 0.0;
        for _ in 0..STEPS {
            let (mut first, mut second) = (0.0, 0.0);
            for (own, target, weight) in rows.clone() {
                let (slope, curve) = self.slopes(own + base, target);
                first += weight * slope;
                second += weight * curve;
            }
            if second <= 0.0 {
                break;
            }
            let step = (-first / second).clamp(-self.step(), self.step());
            base += step;
            if self != Self::Squared {
                base = base.clamp(-MAX_SCORE, MAX_SCORE);
            }
            if step.abs() < 1e-10 {
                break;
            }
        }
        base
    }
}
