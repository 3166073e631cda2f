//! What uplift goes with: for each feature, the effect measured among customers who have little or much of it.

use super::effect::{Asking, Effect, measured};
use super::experiment::{Experiment, Feature, Values};
use crate::special::gamma_below;

/// Groups that the customers of a number are cut into.
const GROUPS: usize = 4;
/// Most words of a feature with a group of their own.
const MAX_WORDS: usize = 6;
/// Fewest customers of either arm in a group.
const MIN_ARM: usize = 30;

/// A feature and the effect along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// The feature.
    pub feature: String,
    /// How much of the differences between customers' scores goes with it, 0 to 1.
    pub share: f64,
    /// The chance that measured effects would differ so between the groups if they were all one; for all features
    /// together (Holm 1979).
    pub p_value: f64,
    /// The groups, numbers from low to high, words by their customers.
    pub groups: Vec<Group>,
}

/// Customers alike in a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common.
    pub of: Of,
    /// The effect measured among them; not held against others.
    pub effect: Effect,
    /// The mean of their scores, in units of the outcome, above that of all.
    pub score: f64,
}

/// What customers of a group have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum Of {
    /// A number from `low` to `high`, both included.
    Numbers {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// A word.
    Word(String),
    /// Any other word.
    OtherWords,
    /// No value.
    Unknown,
}

/// The drivers, those that most of the scores go with first.
pub(super) fn drivers(
    experiment: &Experiment,
    weights: &[f64],
    scores: &[f64],
    level: f64,
) -> Vec<Driver> {
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let spread: f64 = scores.iter().map(|one| (one - mean) * (one - mean)).sum();
    let driver = |feature: &Feature| {
        let mut share = 0.0;
        let mut groups = Vec::new();
        for (of, rows) in cut(&feature.values) {
            let own = rows.iter().map(|row| scores[*row]).sum::<f64>() / rows.len() as f64 - mean;
            share += rows.len() as f64 * own * own;
            groups.extend(
                group(experiment, weights, &rows, level).map(|effect| Group {
                    of,
                    effect,
                    score: own,
                }),
            );
        }
        Driver {
            feature: feature.name.clone(),
            share: if spread > 0.0 {
                (share / spread).clamp(0.0, 1.0)
            } else {
                0.0
            },
            p_value: apart(&groups),
            groups,
        }
    };
    let mut drivers: Vec<Driver> = experiment.features.iter().map(driver).collect();
    holm(&mut drivers);
    drivers.sort_by(|a, b| {
        b.share
            .total_cmp(&a.share)
            .then_with(|| a.feature.cmp(&b.feature))
    });
    drivers
}

/// The effect among some customers; `None` where an arm has too few of them.
pub(super) fn group(
    experiment: &Experiment,
    weights: &[f64],
    rows: &[usize],
    level: f64,
) -> Option<Effect> {
    let treated = rows.iter().filter(|row| experiment.treated[**row]).count();
    if treated.min(rows.len() - treated) < MIN_ARM {
        return None;
    }
    let part = Experiment {
        treated: rows.iter().map(|row| experiment.treated[*row]).collect(),
        outcome: rows.iter().map(|row| experiment.outcome[*row]).collect(),
        ..Experiment::default()
    };
    let weights: Vec<f64> = rows.iter().map(|row| weights[*row]).collect();
    let asking = Asking {
        level,
        ..Asking::default()
    };
    let effect = measured(&part, &weights, &asking);
    (effect.error > 0.0).then_some(effect)
}

/// Cochran's test that effects are one, by chi squared.
fn apart(groups: &[Group]) -> f64 {
    let parts = || {
        groups
            .iter()
            .map(|group| (&group.effect, group.effect.error.powi(-2)))
    };
    let weight: f64 = parts().map(|(_, weight)| weight).sum();
    if groups.len() < 2 || !weight.is_finite() {
        return 1.0;
    }
    let mean = parts()
        .map(|(own, weight)| weight * own.effect)
        .sum::<f64>()
        / weight;
    let apart: f64 = parts()
        .map(|(own, weight)| weight * (own.effect - mean).powi(2))
        .sum();
    (1.0 - gamma_below(0.5 * (groups.len() - 1) as f64, 0.5 * apart)).clamp(0.0, 1.0)
}

fn holm(drivers: &mut [Driver]) {
    drivers.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let count = drivers.len();
    let mut least: f64 = 0.0;
    for (place, driver) in drivers.iter_mut().enumerate() {
        least = least.max((driver.p_value * (count - place) as f64).min(1.0));
        driver.p_value = least;
    }
}

/// The customers of a feature in groups; each has somebody.
fn cut(values: &Values) -> Vec<(Of, Vec<usize>)> {
    let mut groups = match values {
        Values::Numbers(numbers) => cut_numbers(numbers),
        Values::Words { codes, words } => cut_words(codes, words),
    };
    groups.retain(|(_, rows)| !rows.is_empty());
    groups
}

fn cut_numbers(numbers: &[f64]) -> Vec<(Of, Vec<usize>)> {
    let (mut rows, unknown): (Vec<usize>, Vec<usize>) =
        (0..numbers.len()).partition(|row| numbers[*row].is_finite());
    rows.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let mut groups = Vec::new();
    let mut from = 0;
    for number in 1..=GROUPS {
        let mut to = (rows.len() * number / GROUPS).max(from);
        // Equal numbers stay together.
        while to > 0 && to < rows.len() && numbers[rows[to]] == numbers[rows[to - 1]] {
            to += 1;
        }
        if to > from {
            let (low, high) = (numbers[rows[from]], numbers[rows[to - 1]]);
            groups.push((Of::Numbers { low, high }, rows[from..to].to_vec()));
        }
        from = to;
    }
    groups.push((Of::Unknown, unknown));
    groups
}

fn cut_words(codes: &[u32], words: &[String]) -> Vec<(Of, Vec<usize>)> {
    let mut by_word = vec![Vec::new(); words.len() + 1];
    for (row, code) in codes.iter().enumerate() {
        by_word[(*code as usize).min(words.len())].push(row);
    }
    let unknown = by_word.pop().unwrap_or_default();
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by_key(|word| (std::cmp::Reverse(by_word[*word].len()), *word));
    let mut groups = Vec::new();
    let mut others = Vec::new();
    for (place, word) in order.into_iter().enumerate() {
        let rows = std::mem::take(&mut by_word[word]);
        match place < MAX_WORDS {
            true => groups.push((Of::Word(words[word].clone()), rows)),
            false => others.extend(rows),
        }
    }
    groups.push((Of::OtherWords, others));
    groups.push((Of::Unknown, unknown));
    groups
}
