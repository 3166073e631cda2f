//! Boosted trees over an experiment's features, sized for the faint differences that uplift is made of.

use super::experiment::{Feature, Values};
use super::ridge::frequent;
use crate::trees::{Lesson, Loss, MAX_COLUMNS, Options, Table, Trees};

/// Features as columns of a table: numbers as they are, and a column for each frequent word.
#[derive(Clone, Debug)]
pub(super) struct Forest {
    table: Table,
    seed: u64,
}

impl Forest {
    pub fn new(features: &[Feature], seed: u64) -> Self {
        let rows = features.first().map_or(0, |feature| feature.values.len());
        let mut table = Table::new(rows);
        let mut add = |name: String, values: Vec<f64>| {
            if table.names().len() < MAX_COLUMNS {
                // Columns have the rows of the table, since the experiment was checked.
                let _ = table.push(name, values);
            }
        };
        for feature in features {
            match &feature.values {
                Values::Numbers(numbers) => add(feature.name.clone(), numbers.clone()),
                Values::Words { codes, words } => {
                    for word in frequent(codes, words.len()) {
                        let is = |code: &u32| f64::from(u8::from(*code as usize == word));
                        let name = format!("{} {}", feature.name, words[word]);
                        add(name, codes.iter().map(is).collect());
                    }
                }
            }
        }
        Self { table, seed }
    }

    /// Fits to some rows with their targets and weights above 0, and gives forecasts for others.
    pub fn fit(&self, rows: &[usize], target: &[f64], weight: &[f64], at: &[usize]) -> Vec<f64> {
        let whole: f64 = weight.iter().sum();
        let sum: f64 = target.iter().zip(weight).map(|(y, w)| y * w).sum();
        let mean = if whole > 0.0 { sum / whole } else { 0.0 };
        let scale = target
            .iter()
            .fold(0.0, |most: f64, y| most.max((y - mean).abs()));
        // Around 0 and within 1, whatever the unit is.
        let scaled: Vec<f64> = match scale > 0.0 {
            true => target.iter().map(|y| (y - mean) / scale).collect(),
            false => vec![0.0; target.len()],
        };
        let known = self.table.take(&numbers(rows));
        let lesson = Lesson::of(&scaled).weighted(weight);
        let asked = self.table.take(&numbers(at));
        let found = Trees::fit(&known, lesson, Loss::Squared, &self.options(rows.len()))
            .and_then(|trees| trees.predict(&asked));
        match found {
            Ok(found) => found.into_iter().map(|y| mean + scale * y).collect(),
            // Nothing that could be learned from: the mean is what is left.
            Err(_) => vec![mean; at.len()],
        }
    }

    fn options(&self, rows: usize) -> Options {
        Options {
            rounds: 200,
            rate: 0.05,
            leaves: 8,
            depth: 4,
            min_rows: (rows / 40).clamp(20, 500),
            bins: 64,
            held_out: 0.2,
            patience: 20,
            seed: self.seed,
            ..Options::default()
        }
    }
}

fn numbers(rows: &[usize]) -> Vec<u32> {
    rows.iter().map(|row| *row as u32).collect()
}
