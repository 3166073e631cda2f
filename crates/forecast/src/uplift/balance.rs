//! Whether treatment looks as if drawn by lot: features of the arms side by side, and how well they tell the arms apart.

use super::bell::{normal_below, normal_quantile};
use super::choice::ranks;
use super::experiment::{Experiment, Values};
use super::learner::{Ground, OVERLAP};
use super::ridge::frequent;

/// How unlikely chance must be before it is given up, for all features together.
const ALPHA: f64 = 1e-4;
/// Below this an AUC above one half says nothing that matters, however many customers there are.
const AUC_MATTERS: f64 = 0.52;
/// Below this a difference between arms does not matter, in standard deviations (Austin 2009 calls 0.1 large).
const DIFFERENCE_MATTERS: f64 = 0.02;

/// Whether the arms look alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// How often a treated customer is told from one of the control by her features: 0.5 by lot, 1 always. `None`
    /// where chances of treatment differ by what is known, or there is nothing to tell them by.
    pub auc: Option<f64>,
    /// The AUC's standard error if treatment was drawn by lot.
    pub auc_error: Option<f64>,
    /// The features, those that differ most first.
    pub features: Vec<Difference>,
    /// Whether nothing speaks against treatment having been drawn by lot.
    pub is_random: bool,
}

/// A feature, or one word of it, in both arms.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The feature's name.
    pub feature: String,
    /// The word; `None` for numbers.
    pub word: Option<String>,
    /// Its mean among the treated, or the share with the word.
    pub treated: f64,
    /// Its mean among the control.
    pub control: f64,
    /// The difference in standard deviations.
    pub standardized: f64,
    /// The chance of so large a difference by lot.
    pub p_value: f64,
}

/// Holds the arms against each other.
pub(super) fn balance(ground: &Ground<'_>, weights: &[f64]) -> Balance {
    let experiment = ground.experiment;
    let mut features = differences(experiment, weights);
    features.sort_by(|a, b| b.standardized.abs().total_cmp(&a.standardized.abs()));
    let tried = features.len().max(1) as f64;
    let stands_out = |one: &Difference| {
        one.p_value * tried < ALPHA && one.standardized.abs() > DIFFERENCE_MATTERS
    };
    let (mut auc, mut auc_error) = (None, None);
    if experiment.propensity.is_none() && !experiment.features.is_empty() {
        let told = ground.out_of_fold(|row| f64::from(u8::from(experiment.treated[row])));
        let found = area(&ranks(&told, &ground.fold), &experiment.treated);
        auc = Some(found.0);
        auc_error = Some(OVERLAP * found.1);
    }
    let far = normal_quantile(1.0 - ALPHA);
    let tells = auc
        .zip(auc_error)
        .is_some_and(|(auc, error)| auc - far * error > 0.5 && auc > AUC_MATTERS);
    Balance {
        auc,
        auc_error,
        is_random: !tells && !features.iter().any(stands_out),
        features,
    }
}

fn differences(experiment: &Experiment, weights: &[f64]) -> Vec<Difference> {
    let mut found = Vec::new();
    for feature in &experiment.features {
        match &feature.values {
            Values::Numbers(numbers) => {
                let own = difference(experiment, weights, |row| numbers[row]);
                found.extend(own.map(|own| named(own, &feature.name, None)));
            }
            Values::Words { codes, words } => {
                for word in frequent(codes, words.len()) {
                    let is = |row: usize| f64::from(u8::from(codes[row] as usize == word));
                    let own = difference(experiment, weights, is);
                    found.extend(own.map(|own| named(own, &feature.name, Some(&words[word]))));
                }
            }
        }
    }
    found
}

fn named(own: Difference, feature: &str, word: Option<&String>) -> Difference {
    Difference {
        feature: feature.to_owned(),
        word: word.cloned(),
        ..own
    }
}

/// `None` where an arm has fewer than two values, or the values do not vary.
fn difference(
    experiment: &Experiment,
    weights: &[f64],
    value: impl Fn(usize) -> f64,
) -> Option<Difference> {
    let arm = |arm: bool| {
        let (mut weight, mut mean, mut square, mut squares) = (0.0, 0.0, 0.0, 0.0);
        let rows = (0..experiment.customers()).filter(|row| experiment.treated[*row] == arm);
        for (own, value) in rows.map(|row| (weights[row], value(row))) {
            if value.is_finite() {
                weight += own;
                squares += own * own;
                let off = value - mean;
                mean += off * own / weight;
                square += own * off * (value - mean);
            }
        }
        // So many customers of equal weight would be as sure.
        let customers = if squares > 0.0 {
            weight * weight / squares
        } else {
            0.0
        };
        (customers > 1.0).then(|| (mean, square / weight, customers))
    };
    let (one, other) = (arm(true)?, arm(false)?);
    let deviation = (0.5 * (one.1 + other.1)).sqrt();
    let error = (one.1 / one.2 + other.1 / other.2).sqrt();
    let apart = one.0 - other.0;
    let is_usable = deviation > 0.0 && deviation.is_finite() && apart.is_finite();
    is_usable.then(|| Difference {
        feature: String::new(),
        word: None,
        treated: one.0,
        control: other.0,
        standardized: apart / deviation,
        p_value: (2.0 * normal_below(-(apart / error).abs())).clamp(0.0, 1.0),
    })
}

/// The area under the curve of ranks that tell the treated from the control (Mann & Whitney), and its standard
/// error where they tell nothing.
fn area(ranks: &[f64], treated: &[bool]) -> (f64, f64) {
    let mut rows: Vec<usize> = (0..ranks.len()).collect();
    rows.sort_by(|a, b| ranks[*a].total_cmp(&ranks[*b]));
    let (mut sum, mut count) = (0.0, 0.0);
    let mut from = 0;
    while from < rows.len() {
        let tied = |place: &usize| ranks[rows[*place]] == ranks[rows[from]];
        let to = (from..rows.len()).take_while(tied).count() + from;
        let of = rows[from..to].iter().filter(|row| treated[**row]).count() as f64;
        sum += of * 0.5 * (from + to + 1) as f64;
        count += of;
        from = to;
    }
    let others = rows.len() as f64 - count;
    let pairs = count * others;
    if pairs <= 0.0 {
        return (0.5, 0.5);
    }
    let auc = (sum - 0.5 * count * (count + 1.0)) / pairs;
    (auc, ((count + others + 1.0) / (12.0 * pairs)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_that_of_pairs() {
        let treated = [true, false, true, false, true];
        let ranks = [0.9, 0.1, 0.4, 0.4, 0.2];
        // Pairs won: (0.9: 2), (0.4: 1 and a half), (0.2: 1) of 6.
        assert!((area(&ranks, &treated).0 - 4.5 / 6.0).abs() < 1e-12);
        assert_eq!(area(&ranks, &[true; 5]), (0.5, 0.5));
    }
}
