//! Reads a run's own touches where they lie: customer by customer, each in her order already.
//!
//! Nothing is joined, looked up or put in order, and row groups are read side by side. That rows lie so is
//! looked at on the way; where they don't, somebody else wrote the file, and it is read as any other.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, StringArray};
use perennial_model::customer_hash;
use rayon::prelude::*;

use super::Asked;
use super::learned::Learned;
use super::open::{Checked, Opened};
use super::reading::{Reading, Strip};
use super::sorted::Sorted;
use crate::BatchError;
use crate::block::Block;
use crate::customer_ids::CustomerIds;
use crate::read::columns;

/// What was read.
pub(super) struct Own {
    pub ids: CustomerIds,
    pub partitions: Vec<Sorted>,
    pub learned: Learned,
    /// Customers with rows that are used, where not all of these are in partitions.
    pub customers: Option<u64>,
}

/// A row group.
struct Part {
    /// Its customers in their order; rows name them by their place.
    ids: CustomerIds,
    ends: Vec<(u32, u32)>,
    strip: Strip,
    reading: Reading,
    /// The first and the last instant, of the first and the last customer.
    edges: (i64, i64),
    in_order: bool,
}

/// Reads all touches; `None` where they don't lie customer by customer in the order of a run.
pub(super) fn read(
    asked: &Asked,
    opened: &Opened,
    checked: &[Checked<'_>],
) -> Result<Option<Own>, BatchError> {
    let reading = Reading::new(asked, opened, checked)?;
    let mut wanted = reading.columns();
    wanted.push(columns::CUSTOMER_ID.to_owned());
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let part = |number| {
        Part::read(
            number,
            &wanted,
            opened,
            Reading::new(asked, opened, checked)?,
        )
    };
    let parts = (0..opened.rows.chunks()).into_par_iter().map(part);
    let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
    Ok(join(parts, asked.only_marked))
}

/// Puts row groups after one another; a customer may have rows in several.
fn join(parts: Vec<Part>, only_marked: bool) -> Option<Own> {
    let mut own = Own {
        ids: CustomerIds::default(),
        partitions: Vec::with_capacity(parts.len()),
        learned: Learned::default(),
        customers: None,
    };
    let (mut last_at, mut last_came, mut came) = (i64::MIN, false, 0);
    for mut part in parts {
        if !part.in_order {
            return None;
        }
        if part.ids.len() == 0 {
            continue;
        }
        let known = own.ids.len() as u32;
        let last = known.checked_sub(1).map(|last| own.ids.id(last));
        let goes_on = last == Some(part.ids.id(0));
        let follows = match last {
            None => true,
            Some(_) if goes_on => last_at <= part.edges.0,
            Some(last) => key(last) < key(part.ids.id(0)),
        };
        if !follows {
            return None;
        }
        let new = part.ids.iter().skip(usize::from(goes_on));
        own.ids.append(new);
        let first = known - u32::from(goes_on);
        part.ends.iter_mut().for_each(|(own, _)| *own += first);
        let has_come = |place: usize| part.reading.came.get(place) == Some(&true);
        let twice = goes_on && last_came && has_come(0);
        came += part.reading.came.iter().filter(|came| **came).count() as u64 - u64::from(twice);
        last_came = has_come(part.ids.len() - 1) || (goes_on && part.ids.len() == 1 && last_came);
        last_at = part.edges.1;
        own.learned
            .add(part.reading, std::iter::once(&mut part.strip));
        let mut sorted = Sorted {
            start: 0,
            ends: part.ends,
            strip: part.strip,
        };
        if goes_on {
            give_back(&mut own.partitions, &mut sorted);
        }
        own.partitions.push(sorted);
    }
    own.customers = only_marked.then_some(came);
    Some(own)
}

/// Gives the rows of a customer who began before to where she began.
fn give_back(partitions: &mut [Sorted], sorted: &mut Sorted) {
    let before = partitions.iter_mut().rev().find(|own| !own.ends.is_empty());
    let (Some(before), Some(&(customer, end))) = (before, sorted.ends.first()) else {
        return;
    };
    let Some(last) = before.ends.last_mut().filter(|last| last.0 == customer) else {
        return;
    };
    for row in 0..end as usize {
        before.strip.push(&sorted.strip, row);
    }
    last.1 += end;
    sorted.start = end;
    sorted.ends.remove(0);
}

/// What customers are in order of.
fn key(id: &str) -> (u64, &[u8]) {
    (customer_hash(id.as_bytes()), id.as_bytes())
}

impl Part {
    fn read(
        number: usize,
        wanted: &[&str],
        opened: &Opened,
        reading: Reading,
    ) -> Result<Self, BatchError> {
        let mut part = Self {
            ids: CustomerIds::default(),
            ends: Vec::new(),
            strip: reading.strip(),
            reading,
            edges: (i64::MIN, i64::MIN),
            in_order: true,
        };
        let mut customers = Vec::new();
        opened.rows.read_chunk(number, wanted, &mut |block| {
            part.in_order = part.in_order && part.whose(&block, &mut customers)?;
            if part.in_order {
                part.take(&block, &customers)?;
            }
            Ok(part.in_order)
        })?;
        Ok(part)
    }

    /// Finds the customers of a block's rows; answers whether all are in order.
    fn whose(&mut self, block: &Block, customers: &mut Vec<u32>) -> Result<bool, BatchError> {
        let at = block.times(columns::AT)?.values();
        let column = block.batch.column_by_name(columns::CUSTOMER_ID);
        let Some(column) = column.filter(|column| column.null_count() == 0) else {
            return Ok(false);
        };
        customers.clear();
        if let Some(words) = column.as_dictionary_opt::<Int32Type>() {
            let ids: &StringArray = words.values().as_string();
            let keys = words.keys().values();
            return Ok(self.runs(
                at,
                customers,
                |row| keys[row],
                |row| ids.value(keys[row] as usize),
            ));
        }
        match column.as_string_view_opt() {
            Some(ids) => Ok(self.runs(at, customers, |row| ids.value(row), |row| ids.value(row))),
            None => Ok(false),
        }
    }

    /// Numbers the customers of rows, whose spellings are equal where `same` is.
    fn runs<'a, K: PartialEq>(
        &mut self,
        at: &[i64],
        customers: &mut Vec<u32>,
        same: impl Fn(usize) -> K,
        id: impl Fn(usize) -> &'a str,
    ) -> bool {
        for (row, &at) in at.iter().enumerate() {
            let goes_on = row > 0 && same(row) == same(row - 1);
            if !goes_on && !self.is_last(id(row)) {
                if self.ids.len() == 0 {
                    self.edges.0 = at;
                } else if key(self.ids.id(self.ids.len() as u32 - 1)) >= key(id(row)) {
                    return false;
                }
                self.ids.push(id(row));
            } else if at < self.edges.1 {
                return false;
            }
            self.edges.1 = at;
            customers.push(self.ids.len() as u32 - 1);
        }
        true
    }

    fn is_last(&self, id: &str) -> bool {
        let last = (self.ids.len() as u32).checked_sub(1);
        last.is_some_and(|last| self.ids.id(last) == id)
    }

    fn take(&mut self, block: &Block, customers: &[u32]) -> Result<(), BatchError> {
        let kept = self.reading.take(block, customers, &mut self.strip)?;
        let mut end = self.strip.at.len() as u32 - kept.len() as u32;
        for row in kept {
            let customer = customers[row as usize];
            end += 1;
            match self.ends.last_mut() {
                Some(last) if last.0 == customer => last.1 = end,
                _ => self.ends.push((customer, end)),
            }
        }
        Ok(())
    }
}
