//! The moves between stages that a run's table of transitions holds, by customer.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, StringArray};
use perennial_analytics::{LifecycleWords, OUTSIDE, StageMove};

use crate::BatchError;
use crate::customer_ids::CustomerIds;
use crate::results::Results;

/// The columns read.
const COLUMNS: [&str; 6] = ["customer_id", "lifecycle", "at", "from", "to", "touch"];

/// Every customer's moves in order of time.
#[derive(Default)]
pub(super) struct Moves {
    all: Vec<StageMove>,
    /// By customer: where her moves begin; empty where no moves were asked for.
    starts: Vec<u32>,
}

impl Moves {
    /// A customer's moves.
    pub fn of(&self, customer: u32) -> &[StageMove] {
        let place = customer as usize;
        match self.starts.get(place..place + 2) {
            Some(ends) => &self.all[ends[0] as usize..ends[1] as usize],
            None => &[],
        }
    }

    /// Reads the moves of a run's lifecycles.
    pub fn read(
        results: &Results,
        ids: &CustomerIds,
    ) -> Result<(Self, Vec<LifecycleWords>), BatchError> {
        let words = |own: &crate::manifest::LifecycleNames| LifecycleWords {
            name: own.name.clone(),
            stages: own.stages.clone(),
        };
        let lifecycles: Vec<LifecycleWords> =
            results.manifest.lifecycles.iter().map(words).collect();
        let names: Vec<&str> = lifecycles.iter().map(|own| own.name.as_str()).collect();
        let mut found: Vec<(u32, StageMove)> = Vec::new();
        let mut customers = Customers::new(ids);
        results.read("transitions", &COLUMNS, &mut |batch| {
            let column = |name: &str| batch.column_by_name(name).ok_or(MISSING);
            let ids = column("customer_id")?
                .as_string_opt::<i32>()
                .ok_or(MISSING)?;
            let times = column("at")?;
            let times = times
                .as_primitive_opt::<TimestampMillisecondType>()
                .ok_or(MISSING)?;
            let own = Numbers::of(column("lifecycle")?, &names)?;
            let (from, to) = (column("from")?, column("to")?);
            // Stages have names of their own in each lifecycle.
            let mut stages = Vec::new();
            for lifecycle in &lifecycles {
                let names: Vec<&str> = lifecycle.stages.iter().map(String::as_str).collect();
                stages.push((Numbers::of(from, &names)?, Numbers::of(to, &names)?));
            }
            let touches = column("touch")?;
            for row in 0..batch.num_rows() {
                let (Some(lifecycle), Some(customer)) =
                    (own.of_row(row), customers.number(ids.value(row)))
                else {
                    continue;
                };
                let (from, to) = &stages[lifecycle];
                let stage = |place: Option<usize>| place.map_or(OUTSIDE, |place| place as u8);
                let step = StageMove {
                    at_ms: times.value(row),
                    lifecycle: lifecycle as u16,
                    from: stage(from.of_row(row)),
                    to: stage(to.of_row(row)),
                    by_time: touches.is_null(row),
                };
                found.push((customer, step));
            }
            Ok(())
        })?;
        // Stable: moves of one instant stay in the order of the ledger.
        let key = |(customer, step): &(u32, StageMove)| (*customer, step.at_ms);
        if !found.is_sorted_by_key(key) {
            found.sort_by_key(key);
        }
        let mut starts = Vec::with_capacity(ids.len() + 1);
        for customer in 0..=ids.len() as u32 {
            let from = starts.last().copied().unwrap_or(0) as usize;
            let before = found[from..].iter().take_while(|(own, _)| *own < customer);
            starts.push((from + before.count()) as u32);
        }
        let all = found.into_iter().map(|(_, step)| step).collect();
        Ok((Self { all, starts }, lifecycles))
    }
}

/// What is said of a table of transitions that lacks a column.
const MISSING: BatchError =
    BatchError::Internal("a column of transitions is missing or of another type");

/// Customers by id, fast where they come in the order of their numbers.
struct Customers<'r> {
    ids: &'r CustomerIds,
    last: u32,
    numbers: Option<HashMap<&'r str, u32>>,
}

impl<'r> Customers<'r> {
    fn new(ids: &'r CustomerIds) -> Self {
        Self {
            ids,
            last: 0,
            numbers: None,
        }
    }

    fn number(&mut self, id: &str) -> Option<u32> {
        let count = self.ids.len() as u32;
        let near = (self.last..count).take(2);
        if let Some(found) = near
            .into_iter()
            .find(|&customer| self.ids.id(customer) == id)
        {
            self.last = found;
            return Some(found);
        }
        let ids = self.ids;
        let all = || {
            (0..count)
                .map(|customer| (ids.id(customer), customer))
                .collect()
        };
        let found = self.numbers.get_or_insert_with(all).get(id).copied();
        self.last = found.unwrap_or(self.last);
        found
    }
}

/// By row: the place of its word among some.
struct Numbers<'a> {
    keys: &'a arrow_array::Int32Array,
    places: Vec<Option<usize>>,
}

impl<'a> Numbers<'a> {
    fn of(column: &'a ArrayRef, words: &[&str]) -> Result<Self, BatchError> {
        let dictionary = column.as_dictionary_opt::<Int32Type>().ok_or(MISSING)?;
        let own: &StringArray = dictionary.values().as_string_opt().ok_or(MISSING)?;
        let place = |word: Option<&str>| words.iter().position(|known| Some(*known) == word);
        Ok(Self {
            keys: dictionary.keys(),
            places: own.iter().map(place).collect(),
        })
    }

    fn of_row(&self, row: usize) -> Option<usize> {
        let valid = self.keys.is_valid(row);
        valid.then(|| self.places[self.keys.value(row) as usize])?
    }
}
