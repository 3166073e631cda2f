//! Reads what a question asks of each row, and puts it to its customer's partition.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_buffer::NullBuffer;
use perennial_analytics::NO_TEXT;
use perennial_model::PARTITIONS;

use super::lane::{Lane, Lexicon};
use super::marks::Marker;
use super::open::Opened;
use super::sorts::{Measured, POINTS, Sorts};
use super::{Asked, Counts};
use crate::BatchError;
use crate::intern::{DROPPED, NONE};
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::Block;

/// The rows of one partition, in the order in which they were read.
#[derive(Default)]
pub(super) struct Bin {
    pub customer: Vec<u32>,
    pub at: Vec<i64>,
    pub event: Vec<u32>,
    pub mark: Vec<u32>,
    pub row: Vec<u32>,
    pub texts: Vec<Vec<u32>>,
    pub numbers: Vec<Vec<i64>>,
}

/// What was gathered.
pub(super) struct Gathered {
    pub bins: Vec<Bin>,
    pub events: Vec<String>,
    /// How often each event name came, rows left out by a condition or a range included.
    pub occurrences: Vec<u64>,
    /// The touchpoints that rows are, where they were read.
    pub points: Vec<String>,
    pub texts: Vec<Vec<String>>,
    pub marker: Marker,
    pub counts: Counts,
    /// Customers with rows, where not all of these are in bins.
    pub customers: Option<u64>,
    pub span: Option<(i64, i64)>,
}

/// The state of the pass.
pub(super) struct Pass<'a> {
    roster: &'a Roster,
    span: (i64, i64),
    /// The columns wanted as texts and as numbers.
    texts: Vec<(String, Lexicon)>,
    numbers: Vec<String>,
    /// Decimals of money in minor units.
    decimals: u32,
    events: Lexicon,
    occurrences: Vec<u64>,
    sorts: Sorts,
    measures: Vec<Measured>,
    marker: Marker,
    partition_of: Vec<u8>,
    only_marked: bool,
    /// By customer: whether a row of hers is used; empty where every used row is kept.
    came: Vec<bool>,
    bins: Vec<Bin>,
    counts: Counts,
    seen: (i64, i64),
}

impl<'a> Pass<'a> {
    pub fn new(
        asked: &Asked,
        opened: &Opened,
        roster: &'a Roster,
        marker: Marker,
    ) -> Result<Self, BatchError> {
        let field = |name: &String| opened.field("a column", name);
        let texts: Vec<String> = asked.texts.iter().map(field).collect::<Result<_, _>>()?;
        let numbers: Vec<String> = asked.numbers.iter().map(field).collect::<Result<_, _>>()?;
        let mut measures = Vec::new();
        for measure in &asked.measures {
            measures.push(Measured::new(measure, opened)?);
        }
        let mut partition_of = vec![0; roster.len()];
        for partition in 0..PARTITIONS {
            let range = roster.partition(partition);
            partition_of[range.start as usize..range.end as usize].fill(partition as u8);
        }
        let bin = || Bin {
            texts: vec![Vec::new(); texts.len()],
            numbers: vec![Vec::new(); numbers.len() + asked.measures.len()],
            ..Bin::default()
        };
        let (from, to) = asked.span;
        Ok(Self {
            roster,
            span: (
                from.map_or(i64::MIN, |from| from.ms()),
                to.map_or(i64::MAX, |to| to.ms()),
            ),
            bins: (0..PARTITIONS).map(|_| bin()).collect(),
            texts: texts.into_iter().map(|own| (own, Lexicon::new())).collect(),
            numbers,
            decimals: asked.decimals,
            events: Lexicon::new(),
            occurrences: Vec::new(),
            sorts: Sorts::new(asked.reads_points()),
            measures,
            marker,
            came: match asked.only_marked {
                true => vec![false; roster.len()],
                false => Vec::new(),
            },
            only_marked: asked.only_marked,
            partition_of,
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

    pub fn take(&mut self, block: &Block) -> Result<(), BatchError> {
        let at = block.times(columns::AT)?.values();
        let rows = at.len();
        let events = self.events_of(block)?;
        let sorts = self.sorts.of(block, &events, &self.events.words)?;
        self.marker.learn(&self.sorts.all);
        let mut measured = Vec::with_capacity(self.measures.len());
        for measure in &mut self.measures {
            measure.learn(&self.sorts.all);
            let lanes = measure.columns.iter();
            let lanes: Result<Vec<Lane>, _> = lanes
                .map(|own| self::lane(block, own, self.decimals))
                .collect();
            measured.push(lanes?);
        }
        let decimals = self.decimals;
        let lane = |own: &String| self::lane(block, own, decimals);
        // `event` is read by number, so its lane is only made where a rule of rows reads it too.
        let lanes: Vec<Lane> = self
            .marker
            .columns
            .iter()
            .map(lane)
            .collect::<Result<_, _>>()?;
        let mut texts: Vec<Vec<u32>> = Vec::with_capacity(self.texts.len());
        for (own, lexicon) in &mut self.texts {
            texts.push(lexicon.numbers(&self::lane(block, own, decimals)?, rows));
        }
        let numbers: Vec<Lane> = self.numbers.iter().map(lane).collect::<Result<_, _>>()?;
        let own;
        let customers = match block.rows() {
            Some(rows) => self.roster.of_rows(rows),
            None => {
                own = (0..rows)
                    .map(|index| self.roster.of_row(block.row(index)))
                    .collect::<Vec<u32>>();
                &own
            }
        };
        for index in 0..rows {
            let (customer, at, event) = (customers[index], at[index], events[index]);
            let left_out = match customer {
                NONE => &mut self.counts.without_customer,
                DROPPED => &mut self.counts.duplicates,
                _ => {
                    self.occurrences[event as usize] += 1;
                    if at < self.span.0 || at >= self.span.1 {
                        &mut self.counts.outside
                    } else if let Some(mark) = self.marker.mark(sorts[index], index, &lanes) {
                        self.seen = (self.seen.0.min(at), self.seen.1.max(at));
                        if self.only_marked {
                            self.came[customer as usize] = true;
                            let has_text = texts.iter().any(|own| own[index] != NO_TEXT);
                            if !has_text && self.marker.is_empty(mark) {
                                self.counts.used += 1;
                                continue;
                            }
                        }
                        let partition = self.partition_of[customer as usize];
                        let bin = &mut self.bins[usize::from(partition)];
                        bin.customer.push(customer);
                        bin.at.push(at);
                        bin.event.push(event);
                        bin.mark.push(mark);
                        bin.row.push(block.row(index));
                        for (column, own) in bin.texts.iter_mut().zip(&texts) {
                            column.push(own[index]);
                        }
                        let mut columns = bin.numbers.iter_mut();
                        for (own, column) in numbers.iter().zip(&mut columns) {
                            column.push(own.number(index));
                        }
                        for ((measure, lanes), column) in
                            self.measures.iter().zip(&measured).zip(columns)
                        {
                            column.push(measure.number(sorts[index], lanes, index));
                        }
                        &mut self.counts.used
                    } else {
                        &mut self.counts.by_rule
                    }
                }
            };
            *left_out += 1;
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

    pub fn finish(self) -> Gathered {
        let (first, last) = self.seen;
        let came = self.came.iter().filter(|came| **came).count() as u64;
        Gathered {
            customers: self.only_marked.then_some(came),
            bins: self.bins,
            points: self.sorts.points(),
            events: self.events.words,
            occurrences: self.occurrences,
            texts: self.texts.into_iter().map(|(_, own)| own.words).collect(),
            marker: self.marker,
            counts: self.counts,
            span: (first <= last).then_some((first, last)),
        }
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
