//! What readings of parts of the rows have learned, put together: the words behind numbers have one number for all.

use std::collections::HashMap;

use super::Counts;
use super::lane::Lexicon;
use super::reading::{Reading, Strip};

/// What was learned of all rows.
#[derive(Default)]
pub(super) struct Learned {
    pub events: Lexicon,
    pub occurrences: Vec<u64>,
    /// The touchpoints that rows are, where they were read.
    pub points: Vec<String>,
    /// By column of texts.
    pub texts: Vec<Lexicon>,
    /// By mark: the conditions met.
    pub sets: Vec<Vec<u16>>,
    marks: HashMap<Vec<u16>, u32>,
    pub counts: Counts,
    /// The first and the last instant of rows that are used, in milliseconds.
    pub seen: Option<(i64, i64)>,
}

/// The numbers of a part, by number in the part.
struct Renumbered {
    events: Vec<u32>,
    marks: Vec<u32>,
    texts: Vec<Vec<u32>>,
}

impl Learned {
    /// Adds what a reading learned, and gives the numbers in its strips their meaning here.
    pub fn add<'s>(&mut self, reading: Reading, strips: impl Iterator<Item = &'s mut Strip>) {
        let numbers = self.learn(reading);
        for strip in strips {
            renumber(&numbers.events, &mut strip.event);
            renumber(&numbers.marks, &mut strip.mark);
            for (own, column) in numbers.texts.iter().zip(&mut strip.texts) {
                renumber(own, column);
            }
        }
    }

    fn learn(&mut self, reading: Reading) -> Renumbered {
        let events = self.events.learn(&reading.events);
        self.occurrences.resize(self.events.words.len(), 0);
        for (&number, count) in events.iter().zip(&reading.occurrences) {
            self.occurrences[number as usize] += count;
        }
        self.points.extend(reading.sorts.points());
        self.points.sort();
        self.points.dedup();
        self.texts.resize_with(reading.texts.len(), Lexicon::new);
        let texts = self.texts.iter_mut().zip(&reading.texts);
        let texts = texts.map(|(all, (_, own))| all.learn(own)).collect();
        let (first, last) = reading.seen;
        if first <= last {
            let seen = self.seen.unwrap_or((first, last));
            self.seen = Some((seen.0.min(first), seen.1.max(last)));
        }
        let counts = &reading.counts;
        self.counts.used += counts.used;
        self.counts.duplicates += counts.duplicates;
        self.counts.without_customer += counts.without_customer;
        self.counts.outside += counts.outside;
        self.counts.by_rule += counts.by_rule;
        let sets = reading.marker.sets().into_iter();
        Renumbered {
            events,
            marks: sets.map(|set| self.mark(set)).collect(),
            texts,
        }
    }

    fn mark(&mut self, set: Vec<u16>) -> u32 {
        let new = self.sets.len() as u32;
        *self.marks.entry(set).or_insert_with_key(|set| {
            self.sets.push(set.clone());
            new
        })
    }
}

/// Gives numbers their meaning; those beyond stand for «none».
fn renumber(numbers: &[u32], column: &mut [u32]) {
    let same = (0_u32..).zip(numbers).all(|(own, number)| own == *number);
    if same {
        return;
    }
    for number in column {
        *number = numbers.get(*number as usize).copied().unwrap_or(*number);
    }
}
