//! Reads what questions ask of each row: its event, its mark, its texts and its numbers.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_buffer::NullBuffer;
use perennial_analytics::NO_TEXT;

use super::lane::{Lane, Lexicon};
use super::marks::Marker;
use super::open::{Checked, Opened};
use super::sorts::{Measured, POINTS, Sorts};
use super::{Asked, Counts};
use crate::BatchError;
use crate::block::Block;
use crate::intern::{DROPPED, NONE};
use crate::read::columns;

/// Rows of one customer after the other, or as they were read: what is asked of each, in columns.
#[derive(Default)]
pub(super) struct Strip {
    pub at: Vec<i64>,
    pub event: Vec<u32>,
    pub mark: Vec<u32>,
    pub texts: Vec<Vec<u32>>,
    pub numbers: Vec<Vec<i64>>,
}

impl Strip {
    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.at.clear();
        self.event.clear();
        self.mark.clear();
        self.texts.iter_mut().for_each(Vec::clear);
        self.numbers.iter_mut().for_each(Vec::clear);
    }

    /// Adds a row of another.
    pub fn push(&mut self, other: &Self, row: usize) {
        self.at.push(other.at[row]);
        self.event.push(other.event[row]);
        self.mark.push(other.mark[row]);
        for (column, own) in self.texts.iter_mut().zip(&other.texts) {
            column.push(own[row]);
        }
        for (column, own) in self.numbers.iter_mut().zip(&other.numbers) {
            column.push(own[row]);
        }
    }
}

/// What was found of a block's rows.
struct Found<'b> {
    at: &'b [i64],
    events: &'b [u32],
    sorts: &'b [u32],
    texts: &'b [Vec<u32>],
    customers: &'b [u32],
}

/// What is known of the rows read so far, and the words behind the numbers in their columns.
pub(super) struct Reading {
    span: (i64, i64),
    /// The columns wanted as texts and as numbers.
    pub texts: Vec<(String, Lexicon)>,
    numbers: Vec<String>,
    /// Decimals of money in minor units.
    decimals: u32,
    pub events: Lexicon,
    /// How often each event name came, rows left out by a condition or a range included.
    pub occurrences: Vec<u64>,
    pub sorts: Sorts,
    measures: Vec<Measured>,
    pub marker: Marker,
    only_marked: bool,
    /// By customer: whether a row of hers is used; empty where every used row is kept.
    pub came: Vec<bool>,
    pub counts: Counts,
    /// The first and the last instant of rows that are used, in milliseconds; none: the first is later.
    pub seen: (i64, i64),
}

impl Reading {
    /// Nothing read yet.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn new(
        asked: &Asked,
        opened: &Opened,
        checked: &[Checked<'_>],
    ) -> Result<Self, BatchError> {
        let field = |name: &String| opened.field("a column", name);
        let texts: Vec<String> = asked.texts.iter().map(field).collect::<Result<_, _>>()?;
        let numbers = asked.numbers.iter().map(field).collect::<Result<_, _>>()?;
        let measures = asked.measures.iter();
        let measures = measures.map(|measure| Measured::new(measure, opened));
        let (from, to) = asked.span;
        Ok(Self {
            span: (
                from.map_or(i64::MIN, |from| from.ms()),
                to.map_or(i64::MAX, |to| to.ms()),
            ),
            texts: texts.into_iter().map(|own| (own, Lexicon::new())).collect(),
            numbers,
            decimals: asked.decimals,
            events: Lexicon::new(),
            occurrences: Vec::new(),
            sorts: Sorts::new(asked.reads_points()),
            measures: measures.collect::<Result<_, _>>()?,
            marker: Marker::new(checked, columns::EVENT, &|name| opened.field_of_rule(name)),
            only_marked: asked.only_marked,
            came: Vec::new(),
            counts: Counts::default(),
            seen: (i64::MAX, i64::MIN),
        })
    }

    /// The columns to be read.
    pub fn columns(&self) -> Vec<String> {
        let mut wanted = vec![columns::EVENT.to_owned(), columns::AT.to_owned()];
        wanted.extend(self.texts.iter().map(|(own, _)| own.clone()));
        wanted.extend(self.numbers.iter().cloned());
        wanted.extend(self.marker.columns.iter().cloned());
        if self.sorts.reads_points {
            wanted.push(POINTS.to_owned());
        }
        let measures = self.measures.iter();
        wanted.extend(measures.flat_map(|measure| measure.columns.iter().cloned()));
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// An empty strip for what is read.
    pub fn strip(&self) -> Strip {
        Strip {
            texts: vec![Vec::new(); self.texts.len()],
            numbers: vec![Vec::new(); self.numbers.len() + self.measures.len()],
            ..Strip::default()
        }
    }

    /// Reads a block whose rows are of these customers, and adds the rows that are used to a strip;
    /// answers which those are.
    pub fn take(
        &mut self,
        block: &Block,
        customers: &[u32],
        strip: &mut Strip,
    ) -> Result<Vec<u32>, BatchError> {
        let at = block.times(columns::AT)?.values();
        let rows = at.len();
        let events = self.events_of(block)?;
        let sorts = self.sorts.of(block, &events, &self.events.words)?;
        self.marker.learn(&self.sorts.all);
        let decimals = self.decimals;
        let lane = |own: &String| self::lane(block, own, decimals);
        // `event` is read by number, so its lane is only made where a rule of rows reads it too.
        let columns = self.marker.columns.iter();
        let lanes: Vec<Lane> = columns.map(lane).collect::<Result<_, _>>()?;
        let mut texts: Vec<Vec<u32>> = Vec::with_capacity(self.texts.len());
        for (own, lexicon) in &mut self.texts {
            texts.push(lexicon.numbers(&self::lane(block, own, decimals)?, rows));
        }
        let found = Found {
            at,
            events: &events,
            sorts: &sorts,
            texts: &texts,
            customers,
        };
        let kept = match self.marker.by_sort().filter(|_| self.takes_all(customers)) {
            Some(marks) => self.keep_by_sort(&found, &marks, strip),
            None => self.keep(&found, &lanes, strip),
        };
        put(at, &kept, &mut strip.at);
        put(&events, &kept, &mut strip.event);
        for (own, column) in texts.iter().zip(&mut strip.texts) {
            put(own, &kept, column);
        }
        self.take_numbers(block, &sorts, &kept, strip)?;
        Ok(kept)
    }

    /// Whether rows are left out for nothing but their sort.
    fn takes_all(&self, customers: &[u32]) -> bool {
        let is_nobody = |customer: &u32| matches!(*customer, NONE | DROPPED);
        self.span == (i64::MIN, i64::MAX) && !customers.iter().any(is_nobody)
    }

    /// Which rows are used, where their sort decides it. It does what [`Self::keep`] does, in less time.
    fn keep_by_sort(
        &mut self,
        found: &Found<'_>,
        marks: &[Option<u32>],
        strip: &mut Strip,
    ) -> Vec<u32> {
        for &event in found.events {
            self.occurrences[event as usize] += 1;
        }
        let (mut kept, mut used) = (Vec::with_capacity(found.at.len()), 0);
        let (mut first, mut last) = self.seen;
        let mut noted = NONE;
        for (row, &sort) in found.sorts.iter().enumerate() {
            let Some(mark) = marks[sort as usize] else {
                continue;
            };
            used += 1;
            (first, last) = (first.min(found.at[row]), last.max(found.at[row]));
            if self.only_marked {
                if noted != found.customers[row] {
                    noted = found.customers[row];
                    note(&mut self.came, noted);
                }
                if !self.plays_a_part(mark, row, found.texts) {
                    continue;
                }
            }
            strip.mark.push(mark);
            kept.push(row as u32);
        }
        self.seen = (first, last);
        self.counts.used += used;
        self.counts.by_rule += found.at.len() as u64 - used;
        kept
    }

    /// Whether a row is anything but counted, where only marked ones are.
    fn plays_a_part(&self, mark: u32, row: usize, texts: &[Vec<u32>]) -> bool {
        !self.marker.is_empty(mark) || texts.iter().any(|own| own[row] != NO_TEXT)
    }

    /// Which rows are used.
    fn keep(&mut self, found: &Found<'_>, lanes: &[Lane], strip: &mut Strip) -> Vec<u32> {
        let mut kept = Vec::with_capacity(found.at.len());
        for (index, &customer) in found.customers.iter().enumerate() {
            let left_out = match customer {
                NONE => &mut self.counts.without_customer,
                DROPPED => &mut self.counts.duplicates,
                customer => {
                    let (at, sort) = (found.at[index], found.sorts[index]);
                    self.occurrences[found.events[index] as usize] += 1;
                    if at < self.span.0 || at >= self.span.1 {
                        &mut self.counts.outside
                    } else if let Some(mark) = self.marker.mark(sort, index, lanes) {
                        self.seen = (self.seen.0.min(at), self.seen.1.max(at));
                        if self.only_marked {
                            note(&mut self.came, customer);
                        }
                        if !self.only_marked || self.plays_a_part(mark, index, found.texts) {
                            kept.push(index as u32);
                            strip.mark.push(mark);
                        }
                        &mut self.counts.used
                    } else {
                        &mut self.counts.by_rule
                    }
                }
            };
            *left_out += 1;
        }
        kept
    }

    /// Adds the numbers of the rows that are kept.
    fn take_numbers(
        &mut self,
        block: &Block,
        sorts: &[u32],
        kept: &[u32],
        strip: &mut Strip,
    ) -> Result<(), BatchError> {
        let mut columns = strip.numbers.iter_mut();
        for (own, column) in self.numbers.iter().zip(&mut columns) {
            lane(block, own, self.decimals)?.numbers(kept, column);
        }
        for (measure, column) in self.measures.iter_mut().zip(columns) {
            measure.learn(&self.sorts.all);
            let lanes = measure.columns.iter();
            let lanes = lanes.map(|own| self::lane(block, own, self.decimals));
            let lanes: Vec<Lane> = lanes.collect::<Result<_, _>>()?;
            let number = |&row: &u32| measure.number(sorts[row as usize], &lanes, row as usize);
            column.extend(kept.iter().map(number));
        }
        Ok(())
    }

    /// The events' numbers of a block's rows.
    fn events_of(&mut self, block: &Block) -> Result<Vec<u32>, BatchError> {
        let missing = || BatchError::Internal("the event column is missing or of another type");
        let column = block
            .batch
            .column_by_name(columns::EVENT)
            .ok_or_else(missing)?;
        let dictionary = column
            .as_dictionary_opt::<Int32Type>()
            .ok_or_else(missing)?;
        let lane = Lane::Words {
            keys: dictionary.keys().clone(),
            words: dictionary.values().clone(),
            nulls: dictionary.logical_nulls().filter(has_nulls),
        };
        let mut events = self.events.numbers(&lane, column.len());
        if events.contains(&NO_TEXT) {
            let nameless = self.events.number("");
            for event in &mut events {
                if *event == NO_TEXT {
                    *event = nameless;
                }
            }
        }
        self.occurrences.resize(self.events.words.len(), 0);
        Ok(events)
    }
}

/// Takes note that a row of a customer's is used.
fn note(came: &mut Vec<bool>, customer: u32) {
    let place = customer as usize;
    if came.len() <= place {
        came.resize(place + 1, false);
    }
    came[place] = true;
}

/// Adds some of a column's values to another.
fn put<T: Copy>(from: &[T], rows: &[u32], to: &mut Vec<T>) {
    if rows.len() == from.len() {
        to.extend_from_slice(from);
    } else {
        to.extend(rows.iter().map(|&row| from[row as usize]));
    }
}

fn has_nulls(nulls: &NullBuffer) -> bool {
    nulls.null_count() > 0
}

/// A column of a block; nothing where its file has none of that name.
pub(super) fn lane(block: &Block, own: &str, decimals: u32) -> Result<Lane, BatchError> {
    match block.batch.schema_ref().column_with_name(own) {
        Some((place, field)) => Lane::new(block.batch.column(place), field, decimals),
        None => Ok(Lane::Nothing),
    }
}
