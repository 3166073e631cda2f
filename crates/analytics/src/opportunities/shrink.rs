//! Rates of many segments, each drawn towards all by how little is known of it.

use crate::proportion::Rate;

/// How rates of segments vary: a beta distribution.
///
/// Fitted by moments (Kleinman 1973): with weights `w = n / N`, the variance `Σ w (rate - mean)²` is what
/// chance alone brings, `mean (1 - mean) Σ w (1 - w) / n`, and the rest that segments differ by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// The mean of all.
    pub mean: f64,
    /// As how many people the mean counts in each segment; infinite where segments differ by chance alone.
    pub weight: f64,
}

/// What is known of a segment's rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// Its mean: `(hits + mean × weight) / (people + weight)`.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
}

impl Prior {
    /// Of segments' rates; `None` where there is nobody.
    pub fn of(rates: &[Rate]) -> Option<Self> {
        let mut all = Rate::default();
        rates.iter().for_each(|rate| all.add(*rate));
        let mean = all.value()?;
        let (mut between, mut chance, mut whole) = (0.0, 0.0, 0.0);
        for rate in rates {
            let Some(value) = rate.value() else { continue };
            let weight = rate.people as f64 / all.people as f64;
            between += weight * (value - mean).powi(2);
            chance += weight * (1.0 - weight) / rate.people as f64;
            whole += weight * (1.0 - weight);
        }
        let spread = mean * (1.0 - mean);
        let share = (between - spread * chance) / (spread * (whole - chance));
        let weight = if share > 0.0 {
            (1.0 / share - 1.0).max(0.0)
        } else {
            f64::INFINITY
        };
        Some(Self { mean, weight })
    }

    /// What is known of a segment.
    pub fn posterior(&self, rate: Rate) -> Posterior {
        if self.weight.is_infinite() {
            return Posterior {
                mean: self.mean,
                variance: 0.0,
            };
        }
        let all = rate.people as f64 + self.weight;
        let mean = (rate.hits as f64 + self.mean * self.weight) / all.max(f64::MIN_POSITIVE);
        Posterior {
            mean,
            variance: mean * (1.0 - mean) / (all + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_segment_is_drawn_to_the_mean_and_a_large_one_is_not() {
        let rates = [
            Rate::new(100, 1_000),
            Rate::new(300, 1_000),
            Rate::new(4, 5),
        ];
        let prior = Prior::of(&rates).unwrap();
        assert!((prior.mean - 404.0 / 2_005.0).abs() < 1e-12);
        let [low, high, small] = rates.map(|rate| prior.posterior(rate).mean);
        assert!((low - 0.1).abs() < 0.01 && (high - 0.3).abs() < 0.01);
        assert!(small < 0.5, "0.8 of five people is little known: {small}");
    }

    #[test]
    fn with_equal_sizes_the_weight_is_that_of_the_textbook() {
        // By hand: rates 0.2 and 0.4 of 100 each: mean 0.3, between 0.01, chance 0.21 * 0.005 = 0.00105,
        // so the share is 0.00895 / (0.21 * 0.495) and the weight its inverse less 1.
        let prior = Prior::of(&[Rate::new(20, 100), Rate::new(40, 100)]).unwrap();
        assert!((prior.weight - (0.21 * 0.495 / 0.00895 - 1.0)).abs() < 1e-9);
    }

    #[test]
    fn segments_that_differ_by_chance_alone_are_one() {
        let prior = Prior::of(&[Rate::new(30, 100), Rate::new(31, 100)]).unwrap();
        assert_eq!(prior.weight, f64::INFINITY);
        assert_eq!(prior.posterior(Rate::new(0, 9)).mean, 0.305);
        assert_eq!(Prior::of(&[Rate::new(0, 0)]), None);
        assert_eq!(Prior::of(&[Rate::new(0, 7)]).unwrap().mean, 0.0);
    }
}
