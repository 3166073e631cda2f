//! How much each forecast counts in a mixture of several.

/// Rounds of the descent; it settles long before.
const ROUNDS: usize = 2_000;
/// A change of a weight below this is none.
const SETTLED: f64 = 1e-9;
/// The spread of outcomes about a forecast p grows with p; its square is taken as this many times their mean,
/// and p. At 0 errors count as those of counts do, which those who buy little decide; far above it all count
/// alike, which those who buy most decide.
const LEVEL: f64 = 4.0;

/// The weights, 0 or more, of forecasts whose mixture comes closest to what came: least squares without negative
/// weights (Lawson & Hanson 1974, by coordinate descent), each customer by the spread to be expected; brought to the
/// total of what came.
pub(super) fn weights(forecasts: &[Vec<f64>], came: &[f64]) -> Vec<f64> {
    let count = forecasts.len();
    let mean = came.iter().sum::<f64>() / came.len().max(1) as f64;
    let spread = |row: usize| {
        let sum: f64 = forecasts.iter().map(|one| one[row]).sum();
        LEVEL * mean + sum / count as f64
    };
    let shares: Vec<f64> = (0..came.len())
        .map(|row| 1.0 / spread(row).max(1e-12))
        .collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 {
        let pairs = a.iter().zip(b).zip(&shares);
        pairs.map(|((a, b), share)| a * b * share).sum()
    };
    let of = |one: &Vec<f64>| -> Vec<f64> { forecasts.iter().map(|two| dot(one, two)).collect() };
    let products: Vec<Vec<f64>> = forecasts.iter().map(of).collect();
    let aims: Vec<f64> = forecasts.iter().map(|one| dot(one, came)).collect();
    let mut weights = vec![1.0 / count.max(1) as f64; count];
    for _ in 0..ROUNDS {
        let mut most: f64 = 0.0;
        for at in 0..count {
            let own = products[at][at];
            if own <= 0.0 {
                continue;
            }
            let pairs = products[at].iter().zip(&weights);
            let off = pairs.map(|(a, b)| a * b).sum::<f64>() - aims[at];
            let next = (weights[at] - off / own).max(0.0);
            most = most.max((next - weights[at]).abs());
            weights[at] = next;
        }
        if most < SETTLED {
            break;
        }
    }
    // The total is to be right too, which squares alone do not see to.
    let all: f64 = (0..came.len())
        .map(|row| mix(&weights, forecasts, row))
        .sum();
    let level = came.iter().sum::<f64>() / all;
    if level.is_finite() && level > 0.0 {
        for weight in &mut weights {
            *weight *= level;
        }
        return weights;
    }
    // Nothing came: any mixture is as good as another.
    vec![1.0 / count.max(1) as f64; count]
}

/// The mixture of a row's forecasts.
pub(super) fn mix(weights: &[f64], forecasts: &[Vec<f64>], row: usize) -> f64 {
    let pairs = weights.iter().zip(forecasts);
    pairs.map(|(weight, one)| weight * one[row]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_mixture_is_found_and_none_is_negative() {
        let a: Vec<f64> = (0..100).map(|row| f64::from(row % 7)).collect();
        let b: Vec<f64> = (0..100).map(|row| f64::from(row % 5)).collect();
        let pairs = || a.iter().zip(&b);
        let came: Vec<f64> = pairs().map(|(a, b)| 0.3 * a + 0.6 * b).collect();
        let found = weights(&[a.clone(), b.clone()], &came);
        assert!((found[0] - 0.3).abs() < 1e-6 && (found[1] - 0.6).abs() < 1e-6);
        let came: Vec<f64> = pairs().map(|(a, b)| (a - 0.2 * b).max(0.0)).collect();
        let found = weights(&[a.clone(), b.clone()], &came);
        assert!(found[1] == 0.0 && found[0] > 0.5, "{found:?}");
        assert_eq!(weights(&[a, b], &[0.0; 100]), [0.5, 0.5]);
    }
}
