//! Rates of counted people: their intervals, how two compare, and which of many comparisons to believe.

use std::f64::consts::{PI, SQRT_2};

/// Standard errors that hold 95 of 100 cases of a normal distribution between them.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// Below this the series for the error function is the faster one, above it the fraction.
const SERIES_UNTIL: f64 = 2.0;
/// Most terms of the series and of the fraction; both settle long before.
const MAX_TERMS: u32 = 200;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Of whom it is true.
    pub hits: u64,
    /// Of how many.
    pub people: u64,
}

/// Two ends, both inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

/// How two rates compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The difference, first less second, in standard errors.
    pub z: f64,
    /// How often chance alone brings one as large, either way.
    pub p: f64,
}

impl Rate {
    /// So many of so many.
    pub fn new(hits: u64, people: u64) -> Self {
        Self { hits, people }
    }

    /// From 0 to 1; `None` of nobody.
    pub fn value(self) -> Option<f64> {
        (self.people > 0).then(|| self.hits as f64 / self.people as f64)
    }

    /// The 95% interval of Wilson (1927), without correction for continuity; `None` of nobody.
    pub fn wilson(self) -> Option<Interval> {
        let rate = self.value()?;
        let (n, square) = (self.people as f64, Z_95 * Z_95);
        let middle = (rate + square / (2.0 * n)) / (1.0 + square / n);
        let spread = (rate * (1.0 - rate) / n + square / (4.0 * n * n)).sqrt();
        let half = Z_95 * spread / (1.0 + square / n);
        Some(Interval {
            low: if self.hits == 0 { 0.0 } else { middle - half },
            high: if self.hits == self.people {
                1.0
            } else {
                middle + half
            },
        })
    }

    /// Adds other people.
    pub fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.people += other.people;
    }

    /// The rest of a whole that these are part of.
    pub fn rest_of(self, whole: Self) -> Self {
        Self {
            hits: whole.hits.saturating_sub(self.hits),
            people: whole.people.saturating_sub(self.people),
        }
    }

    /// The test of two proportions with a pooled variance; `None` where one is of nobody, or where all or
    /// none of both hit, so that there is nothing to compare.
    pub fn compare(self, other: Self) -> Option<Comparison> {
        self.compared(other, 0.0)
    }

    /// The same with the correction for continuity of Yates (1934), which errs on the side of no difference.
    pub fn compare_cautiously(self, other: Self) -> Option<Comparison> {
        let half_step = 0.5 / self.people.max(1) as f64 + 0.5 / other.people.max(1) as f64;
        self.compared(other, half_step)
    }

    fn compared(self, other: Self, less: f64) -> Option<Comparison> {
        let difference = self.value()? - other.value()?;
        let people = (self.people + other.people) as f64;
        let pooled = (self.hits + other.hits) as f64 / people;
        let each = 1.0 / self.people as f64 + 1.0 / other.people as f64;
        let error = (pooled * (1.0 - pooled) * each).sqrt();
        if error <= 0.0 {
            return None;
        }
        let z = (difference.abs() - less).max(0.0) / error * difference.signum();
        Some(Comparison {
            z,
            p: (2.0 * above(z.abs())).min(1.0),
        })
    }
}

/// How much of a normal distribution lies above so many standard errors.
pub fn above(z: f64) -> f64 {
    let x = z.abs() / SQRT_2;
    let tail = if x < SERIES_UNTIL {
        0.5 * (1.0 - error_series(x))
    } else {
        0.5 * complement_fraction(x)
    };
    if z < 0.0 { 1.0 - tail } else { tail }
}

/// The error function by the series of Kummer (Abramowitz and Stegun 7.1.6).
fn error_series(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..MAX_TERMS {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// One less the error function by the fraction of Laplace (Abramowitz and Stegun 7.1.14), from its end.
fn complement_fraction(x: f64) -> f64 {
    let fraction = (1..MAX_TERMS)
        .rev()
        .fold(x, |below, n| x + f64::from(n) / 2.0 / below);
    (-x * x).exp() / (PI.sqrt() * fraction)
}

/// What share of false findings one has to put up with to believe a test, by test (Benjamini and Hochberg
/// 1995): those with at most `r` are findings at the rate `r`. Where there is no `p`, there is no answer.
pub fn false_discovery_rates(tests: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> = tests
        .iter()
        .enumerate()
        .filter_map(|(index, p)| Some(((*p)?, index)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut rates = vec![None; tests.len()];
    let (count, mut least) = (order.len() as f64, 1.0_f64);
    for (rank, &(p, index)) in order.iter().enumerate().rev() {
        least = least.min(p * count / (rank + 1) as f64);
        rates[index] = Some(least);
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457),
            (Z_95, 0.025),
            (3.0, 0.001_349_898_031_630),
            (6.0, 9.865_876_450e-10),
            (-1.0, 0.841_344_746_068_543),
        ] {
            assert!((above(z) / tail - 1.0).abs() < 1e-9, "{z}: {}", above(z));
        }
    }

    #[test]
    fn wilson_is_the_example_of_newcombe() {
        // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
        for (hits, people, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
        ] {
            let interval = Rate::new(hits, people).wilson().unwrap();
            assert!((interval.low - low).abs() < 6e-5, "{interval:?}");
            assert!((interval.high - high).abs() < 6e-5, "{interval:?}");
        }
        assert_eq!(Rate::new(0, 0).wilson(), None);
    }

    #[test]
    fn two_rates_compare_by_their_pooled_error() {
        let comparison = Rate::new(30, 100).compare(Rate::new(45, 100)).unwrap();
        // (0.30 - 0.45) / sqrt(0.375 * 0.625 * 0.02), worked by hand.
        assert!((comparison.z + 2.190_890).abs() < 1e-6, "{comparison:?}");
        assert!((comparison.p - 0.028_460).abs() < 1e-5, "{comparison:?}");
        let cautious = Rate::new(30, 100)
            .compare_cautiously(Rate::new(45, 100))
            .unwrap();
        assert!((cautious.z + 2.044_831).abs() < 1e-6, "{cautious:?}");
        assert_eq!(Rate::new(0, 9).compare(Rate::new(0, 9)), None);
    }

    #[test]
    fn findings_are_those_of_benjamini_and_hochberg() {
        // The fifteen tests of their paper's example: four are findings at 5%.
        let tests = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0000,
        ];
        let rates = false_discovery_rates(&tests.map(Some));
        let found = rates.iter().flatten().filter(|rate| **rate <= 0.05).count();
        assert_eq!(found, 4);
        assert_eq!(false_discovery_rates(&[None, Some(0.2)]), [None, Some(0.2)]);
    }
}
