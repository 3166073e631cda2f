//! Figures of results as sentences need them: columns read back, counts by word, digits in groups.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, RecordBatch};
use perennial_batch::BatchError;

/// Fewest cases that a sentence is built on.
pub const FEWEST: usize = 20;

/// A column of a table read back.
pub fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, BatchError> {
    batch.column_by_name(name).ok_or_else(|| missing(name))
}

/// A column of whole numbers; nought where there is none.
pub fn wholes(batch: &RecordBatch, name: &str) -> Result<Vec<i64>, BatchError> {
    let numbers = column(batch, name)?.as_primitive_opt::<Int64Type>();
    let numbers = numbers.ok_or_else(|| missing(name))?;
    Ok(numbers.iter().map(Option::unwrap_or_default).collect())
}

fn missing(name: &str) -> BatchError {
    BatchError::Results {
        path: name.into(),
        cause: "the column is missing or of another type".into(),
    }
}

/// A whole number in groups of three digits.
pub fn grouped(number: i64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000.. => format!("{},{:03}", grouped(number / 1_000), number % 1_000),
        _ => format!("-{}", grouped(-number)),
    }
}

/// Counts by word, in the order of words.
pub fn by_word<T>(of: HashMap<String, T>) -> Vec<(String, T)> {
    let mut list: Vec<(String, T)> = of.into_iter().collect();
    list.sort_by(|a, b| a.0.cmp(&b.0));
    list
}
