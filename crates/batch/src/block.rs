//! Some rows in columns, as passes over all rows are given them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Int64Array, RecordBatch, UInt64Array};

use crate::BatchError;
use crate::read::columns;

/// Some rows in columns, with their numbers.
pub(crate) struct Block {
    pub batch: RecordBatch,
    /// The chunk they are from; rows of one chunk come in order.
    pub chunk: usize,
    base: u64,
    /// Numbers within the file, from 1.
    numbers: UInt64Array,
}

impl Block {
    /// Rows of a chunk of a file whose first row has this number; `None` without their numbers.
    pub(crate) fn new(batch: RecordBatch, chunk: usize, base: u64) -> Option<Self> {
        let numbers = batch.column_by_name(columns::ROW)?;
        let numbers = numbers.as_primitive_opt::<UInt64Type>()?.clone();
        Some(Self {
            batch,
            chunk,
            base,
            numbers,
        })
    }

    /// The numbers of all its rows, where nothing was left out between them.
    pub(crate) fn rows(&self) -> Option<std::ops::Range<u32>> {
        let (first, last) = (
            *self.numbers.values().first()?,
            *self.numbers.values().last()?,
        );
        let first_row = (self.base + first - 1) as u32;
        let all = last - first + 1 == self.numbers.len() as u64;
        all.then(|| first_row..first_row + self.numbers.len() as u32)
    }

    /// The number of a row among all rows.
    pub(crate) fn row(&self, index: usize) -> u32 {
        (self.base + self.numbers.value(index) - 1) as u32
    }

    /// A column of times that must be there.
    pub(crate) fn times(&self, name: &str) -> Result<&Int64Array, BatchError> {
        self.optional_times(name).ok_or(BatchError::Internal(
            "a column of times is missing or of another type",
        ))
    }

    /// A column of times.
    pub(crate) fn optional_times(&self, name: &str) -> Option<&Int64Array> {
        self.batch
            .column_by_name(name)?
            .as_primitive_opt::<Int64Type>()
    }
}
