//! Rows that were not taken: kept with their reasons, counted by file and by reason.

use std::collections::{HashMap, HashSet};

use crate::read::Reject;

/// Most rejected rows kept with their text; further ones are counted.
pub const MAX_REJECTS_KEPT: usize = 1_000_000;

/// Rows that were not taken.
#[derive(Default)]
pub(crate) struct Rejects {
    seen: HashSet<(usize, u64)>,
    pub kept: Vec<Reject>,
    /// By file.
    pub counts: HashMap<usize, u64>,
    /// By reason.
    pub reasons: HashMap<&'static str, u64>,
}

impl Rejects {
    /// Takes a rejected row of a file.
    pub(crate) fn note(&mut self, file: usize, reject: Reject) {
        // A second pass over a Parquet file may find the same row bad again.
        if self.seen.insert((file, reject.row)) {
            *self.counts.entry(file).or_insert(0) += 1;
            *self.reasons.entry(reject.reason.code()).or_insert(0) += 1;
            if self.kept.len() < MAX_REJECTS_KEPT {
                self.kept.push(reject);
            }
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Those kept, by file and row.
    pub(crate) fn in_order(&self) -> Vec<Reject> {
        let mut kept = self.kept.clone();
        kept.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
        kept
    }

    /// How many by reason, the most frequent first.
    pub(crate) fn by_reason(&self) -> Vec<(String, u64)> {
        let mut reasons: Vec<(String, u64)> = self
            .reasons
            .iter()
            .map(|(reason, count)| ((*reason).to_owned(), *count))
            .collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        reasons
    }
}
