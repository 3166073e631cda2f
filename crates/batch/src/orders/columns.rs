//! Batches of rows become orders: whose, on which day, for how much.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use perennial_model::{Time, Zone, customer_hash};
use perennial_rules::project::normalize_event_name;

use super::{CustomerNames, OrderCounts};
use crate::BatchError;
use crate::intern::NONE;
use crate::read::ReadError;
use crate::read::columns::{AT, EVENT};

/// Events that are named where it was not said which of them are orders.
const TOLD_EVENTS: usize = 5;
/// Millionths in a unit of money.
const MILLIONTHS: f64 = 1e6;

/// What has been taken so far.
pub(super) struct Taken {
    zone: Zone,
    /// Only rows of this event, by its normalized name.
    event: Option<String>,
    customers: CustomerNames,
    rows: Vec<(u32, i32, f64)>,
    /// Of each row with an amount: a hash of who, when and how much.
    prints: Vec<u64>,
    pub counts: OrderCounts,
}

impl Taken {
    pub fn new(zone: Zone, event: Option<String>, hint: usize) -> Self {
        Self {
            zone,
            event,
            customers: CustomerNames::default(),
            rows: Vec::with_capacity(hint),
            prints: Vec::new(),
            counts: OrderCounts::default(),
        }
    }

    pub fn finish(mut self) -> (CustomerNames, Vec<(u32, i32, f64)>, OrderCounts) {
        self.customers.forget_lookup();
        self.prints.sort_unstable();
        let again = self.prints.windows(2).filter(|pair| pair[0] == pair[1]);
        self.counts.same_again = again.count() as u64;
        (self.customers, self.rows, self.counts)
    }

    /// Takes a batch.
    pub fn take(
        &mut self,
        batch: &RecordBatch,
        customer: &str,
        amount: &str,
        named_events: bool,
    ) -> Result<(), ReadError> {
        self.all(batch, customer, amount, named_events)
            .map_err(|error| ReadError::Caller(Box::new(error)))
    }

    fn all(
        &mut self,
        batch: &RecordBatch,
        customer: &str,
        amount: &str,
        named_events: bool,
    ) -> Result<(), BatchError> {
        let missing = BatchError::Internal("a column of orders is missing");
        let (Some(ids), Some(at)) = (batch.column_by_name(customer), whole(batch, AT)) else {
            return Err(missing);
        };
        let asked = match batch.column_by_name(EVENT) {
            Some(events) if named_events => self.asked_events(events),
            _ => None,
        };
        let amounts = batch.column_by_name(amount);
        let amounts = amounts.and_then(|column| column.as_primitive_opt::<Int64Type>());
        let customers = self.customers.numbers(ids)?;
        self.rows.reserve(batch.num_rows());
        for (row, customer) in customers.into_iter().enumerate() {
            if asked.as_ref().is_some_and(|asked| !asked[row]) {
                self.counts.other_events += 1;
                continue;
            }
            if customer == NONE {
                self.counts.without_customer += 1;
                continue;
            }
            let value = match amounts {
                Some(amounts) if amounts.is_valid(row) => {
                    let amount = amounts.value(row);
                    self.prints.push(print(customer, at[row], amount));
                    amount as f64 / MILLIONTHS
                }
                Some(_) => {
                    self.counts.without_amount += 1;
                    0.0
                }
                None => 0.0,
            };
            let day = self.zone.day_of(Time(at[row]));
            self.rows.push((customer, day, value));
        }
        Ok(())
    }

    /// Which rows are of the event asked for; `None` where none was.
    fn asked_events(&mut self, events: &ArrayRef) -> Option<Vec<bool>> {
        let dictionary = events.as_dictionary_opt::<Int32Type>()?;
        let words = dictionary.values().as_string_opt::<i32>()?;
        let Some(asked) = &self.event else {
            for word in words.iter().flatten() {
                let known = &mut self.counts.events;
                if known.len() < TOLD_EVENTS && !known.iter().any(|own| own == word) {
                    known.push(word.to_owned());
                }
            }
            return None;
        };
        let is = |word: Option<&str>| word.is_some_and(|word| normalize_event_name(word) == *asked);
        let is_asked: Vec<bool> = words.iter().map(is).collect();
        let of = |key: Option<i32>| key.is_some_and(|key| is_asked[key as usize]);
        Some(dictionary.keys().iter().map(of).collect())
    }
}

/// A hash of a row: rows of the same are the same, to all that is read of them.
fn print(customer: u32, at_ms: i64, amount: i64) -> u64 {
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&customer.to_le_bytes());
    bytes[4..12].copy_from_slice(&at_ms.to_le_bytes());
    bytes[12..].copy_from_slice(&amount.to_le_bytes());
    customer_hash(&bytes)
}

/// A column of whole numbers.
fn whole<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b [i64]> {
    let column = batch.column_by_name(name)?;
    Some(column.as_primitive_opt::<Int64Type>()?.values())
}
