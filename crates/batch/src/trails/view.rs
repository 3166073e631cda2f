//! What one question sees of rows that were read for several: its rows, its columns, its conditions.

use std::collections::HashMap;

use perennial_analytics::{NO_TEXT, Trail};

use super::moves::Moves;
use super::sorted::Sorted;

/// What a question sees.
#[derive(Clone, Default)]
pub(super) struct View {
    /// By mark: whether rows are its own; `None`: all are.
    pub kept: Option<Vec<bool>>,
    /// The instants from which and before which rows are its own, in milliseconds.
    pub span: Option<(i64, i64)>,
    /// Its columns of texts, and of numbers, among those that were read.
    pub texts: Vec<usize>,
    pub numbers: Vec<usize>,
    /// By own column of texts whose words have other numbers: by word the number.
    pub renumbered: HashMap<usize, Vec<u32>>,
    pub with_moves: bool,
}

impl View {
    /// Whether every row that was read is its own.
    pub fn is_whole(&self) -> bool {
        self.kept.is_none() && self.span.is_none()
    }

    /// Shows each customer's trail.
    pub fn trails(&self, sorted: &Sorted, moves: &Moves, show: &mut dyn FnMut(&Trail<'_>)) {
        let strip = &sorted.strip;
        let mut part = Part::default();
        let mut words: Vec<Vec<u32>> = vec![Vec::new(); self.texts.len()];
        let mut from = sorted.start as usize;
        for &(customer, end) in &sorted.ends {
            let own = self.within(&strip.at, from..end as usize);
            from = end as usize;
            if own.is_empty() {
                continue;
            }
            for (place, numbers) in &self.renumbered {
                let column = &strip.texts[self.texts[*place]][own.clone()];
                words[*place].clear();
                words[*place].extend(column.iter().map(|&word| renumbered(numbers, word)));
            }
            let texts = self.texts.iter().zip(&words).enumerate();
            let texts =
                texts.map(
                    |(place, (&column, words))| match self.renumbered.contains_key(&place) {
                        true => words.as_slice(),
                        false => &strip.texts[column][own.clone()],
                    },
                );
            let texts: Vec<&[u32]> = texts.collect();
            let numbers = self.numbers.iter();
            let numbers = numbers.map(|&column| &strip.numbers[column][own.clone()]);
            let numbers: Vec<&[i64]> = numbers.collect();
            let trail = Trail {
                customer,
                at_ms: &strip.at[own.clone()],
                event: &strip.event[own.clone()],
                mark: &strip.mark[own],
                texts: &texts,
                numbers: &numbers,
                moves: match self.with_moves {
                    true => moves.of(customer),
                    false => &[],
                },
            };
            match &self.kept {
                None => show(&trail),
                Some(kept) => part.show(&trail, &|row| kept[trail.mark[row] as usize], show),
            }
        }
    }

    /// The rows within the span, of rows in order of time.
    fn within(&self, at: &[i64], rows: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let Some((from, to)) = self.span else {
            return rows;
        };
        let own = &at[rows.clone()];
        rows.start + own.partition_point(|at| *at < from)
            ..rows.start + own.partition_point(|at| *at < to)
    }
}

/// A word's number; none stays none.
fn renumbered(numbers: &[u32], word: u32) -> u32 {
    match word {
        NO_TEXT => NO_TEXT,
        word => numbers[word as usize],
    }
}

/// Some rows of a trail, in memory that is used again.
#[derive(Default)]
pub(super) struct Part {
    rows: Vec<usize>,
    at: Vec<i64>,
    event: Vec<u32>,
    mark: Vec<u32>,
    texts: Vec<Vec<u32>>,
    numbers: Vec<Vec<i64>>,
}

impl Part {
    /// Shows the rows of a trail that are meant, if there are any.
    pub fn show(
        &mut self,
        trail: &Trail<'_>,
        is_meant: &dyn Fn(usize) -> bool,
        show: &mut dyn FnMut(&Trail<'_>),
    ) {
        self.rows.clear();
        self.rows
            .extend((0..trail.len()).filter(|&row| is_meant(row)));
        if self.rows.is_empty() {
            return;
        }
        if self.rows.len() == trail.len() {
            return show(trail);
        }
        put(&self.rows, trail.at_ms, &mut self.at);
        put(&self.rows, trail.event, &mut self.event);
        put(&self.rows, trail.mark, &mut self.mark);
        self.texts.resize_with(trail.texts.len(), Vec::new);
        for (column, own) in trail.texts.iter().zip(&mut self.texts) {
            put(&self.rows, column, own);
        }
        self.numbers.resize_with(trail.numbers.len(), Vec::new);
        for (column, own) in trail.numbers.iter().zip(&mut self.numbers) {
            put(&self.rows, column, own);
        }
        let texts: Vec<&[u32]> = self.texts.iter().map(Vec::as_slice).collect();
        let numbers: Vec<&[i64]> = self.numbers.iter().map(Vec::as_slice).collect();
        show(&Trail {
            customer: trail.customer,
            at_ms: &self.at,
            event: &self.event,
            mark: &self.mark,
            texts: &texts,
            numbers: &numbers,
            moves: trail.moves,
        });
    }
}

fn put<T: Copy>(rows: &[usize], column: &[T], own: &mut Vec<T>) {
    own.clear();
    own.extend(rows.iter().map(|&row| column[row]));
}
