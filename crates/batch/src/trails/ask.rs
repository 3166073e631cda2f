//! Asking: every customer is shown once, on as many threads as there are, and what is counted is merged.

use std::collections::HashMap;

use perennial_analytics::{Analysis, NO_TEXT, Trail};
use rayon::prelude::*;

use super::Trails;
use super::lane::REST;
use super::sorted::Sorted;
use super::view::Part;

/// How `by` tells apart what a customer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Each value by itself: her rows with that value are a trail of their own.
    Rows,
    /// All that she did belongs to the first value that is there.
    First,
}

/// The values of a column that answers are told apart by.
pub struct Groups {
    /// Which of the columns of texts.
    column: usize,
    of: Of,
    /// By word of the column: its group.
    numbers: Vec<u32>,
    /// The names, the most frequent first, then that of all others, then `None` for no value.
    pub names: Vec<Option<String>>,
    /// Values that have no group of their own.
    pub others: u64,
}

impl Groups {
    fn number(&self, text: u32) -> u32 {
        match text {
            NO_TEXT => self.names.len() as u32 - 1,
            text => self.numbers[text as usize],
        }
    }
}

impl Trails {
    /// The groups of a column of texts: the `most` frequent values, and one for all others.
    pub fn groups(&self, column: usize, of: Of, most: usize) -> Groups {
        let words = &self.words.texts[column];
        let mut counts = vec![0_u64; words.len()];
        for partition in &self.rows.partitions {
            self.trails(partition, &mut |trail| {
                for &text in trail.texts[column].iter().filter(|text| **text != NO_TEXT) {
                    counts[text as usize] += 1;
                }
            });
        }
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        order.retain(|&word| counts[word as usize] > 0 && words[word as usize] != REST);
        order.sort_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            counts[b]
                .cmp(&counts[a])
                .then_with(|| words[a].cmp(&words[b]))
        });
        let kept = order.len().min(most);
        let mut numbers = vec![kept as u32; words.len()];
        for (number, &word) in order[..kept].iter().enumerate() {
            numbers[word as usize] = number as u32;
        }
        let name = |&word: &u32| Some(words[word as usize].clone());
        let mut names: Vec<Option<String>> = order[..kept].iter().map(name).collect();
        names.push(Some(REST.to_owned()));
        names.push(None);
        let beyond = counts
            .iter()
            .zip(words)
            .filter(|(count, word)| **count > 0 && *word == REST);
        Groups {
            column,
            of,
            numbers,
            names,
            others: (order.len() - kept + beyond.count()) as u64,
        }
    }

    /// Puts all but the `most` frequent values of a column of texts together, for analyses that tell apart
    /// by themselves; answers how many those are.
    pub fn keep_words(&mut self, column: usize, most: usize) -> u64 {
        let groups = self.groups(column, Of::Rows, most);
        if groups.others == 0 {
            return 0;
        }
        let known = self.view.renumbered.remove(&column);
        let numbers = match known {
            None => groups.numbers,
            Some(known) => known.iter().map(|&word| groups.number(word)).collect(),
        };
        self.view.renumbered.insert(column, numbers);
        // The last name is that of no value, which has no number here.
        self.words.texts[column] = groups.names.into_iter().flatten().collect();
        groups.others
    }

    /// The answer about all customers.
    pub fn ask<A: Analysis>(&self, analysis: &A) -> A::Answer {
        let count = |partition: &Sorted| {
            let mut tally = analysis.begin(&self.words);
            self.trails(partition, &mut |trail| analysis.count(&mut tally, trail));
            tally
        };
        let merge = |mut one: A::Tally, other: A::Tally| {
            analysis.merge(&mut one, other);
            one
        };
        let tally = self.threads.install(|| {
            self.rows
                .partitions
                .par_iter()
                .map(count)
                .reduce_with(merge)
        });
        let tally = tally.unwrap_or_else(|| analysis.begin(&self.words));
        analysis.answer(tally, &self.words)
    }

    /// An answer for each group that has any rows, in the order of the groups.
    pub fn ask_by<A: Analysis>(
        &self,
        analysis: &A,
        groups: &Groups,
    ) -> Vec<(Option<String>, A::Answer)> {
        let count = |partition: &Sorted| {
            let mut tallies: HashMap<u32, A::Tally> = HashMap::new();
            let mut cut = Cut::default();
            self.trails(partition, &mut |trail| {
                cut.by(trail, groups, &mut |group, part| {
                    let tally = tallies.entry(group);
                    let tally = tally.or_insert_with(|| analysis.begin(&self.words));
                    analysis.count(tally, part);
                });
            });
            tallies
        };
        let merge = |mut one: HashMap<u32, A::Tally>, other: HashMap<u32, A::Tally>| {
            for (group, tally) in other {
                match one.remove(&group) {
                    Some(mut known) => {
                        analysis.merge(&mut known, tally);
                        one.insert(group, known);
                    }
                    None => {
                        one.insert(group, tally);
                    }
                }
            }
            one
        };
        let tallies = self.threads.install(|| {
            self.rows
                .partitions
                .par_iter()
                .map(count)
                .reduce_with(merge)
        });
        let mut tallies: Vec<(u32, A::Tally)> = tallies.unwrap_or_default().into_iter().collect();
        tallies.sort_unstable_by_key(|(group, _)| *group);
        let answer = |(group, tally)| {
            let name = groups.names[group as usize].clone();
            (name, analysis.answer(tally, &self.words))
        };
        tallies.into_iter().map(answer).collect()
    }

    /// Shows the trail of each customer of a partition.
    fn trails(&self, partition: &Sorted, show: &mut dyn FnMut(&Trail<'_>)) {
        self.view.trails(partition, &self.rows.moves, show);
    }
}

/// Parts of a trail, in memory that is used again.
#[derive(Default)]
struct Cut {
    groups: Vec<u32>,
    seen: Vec<u32>,
    part: Part,
}

impl Cut {
    /// Shows the part of a trail that belongs to each group.
    fn by(&mut self, trail: &Trail<'_>, groups: &Groups, show: &mut dyn FnMut(u32, &Trail<'_>)) {
        let column = trail.texts[groups.column];
        if groups.of == Of::First {
            let first = column.iter().copied().find(|text| *text != NO_TEXT);
            return show(groups.number(first.unwrap_or(NO_TEXT)), trail);
        }
        self.groups.clear();
        self.groups
            .extend(column.iter().map(|&text| groups.number(text)));
        self.seen.clear();
        self.seen.extend_from_slice(&self.groups);
        self.seen.sort_unstable();
        self.seen.dedup();
        for &group in &self.seen {
            let own = &self.groups;
            let is_meant = |row: usize| own[row] == group;
            self.part
                .show(trail, &is_meant, &mut |part| show(group, part));
        }
    }
}
