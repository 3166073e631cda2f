//! Columns of numbers by name, as many rows each.

use crate::error::{Error, within};

/// Most columns.
pub const MAX_COLUMNS: usize = 4_096;

/// Columns of numbers, in the order they were added. A value that is no finite number is missing.
#[derive(Clone, Debug, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    rows: usize,
}

impl Table {
    /// No columns yet, of so many rows.
    pub fn new(rows: usize) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Adds a column: NaN and infinities stand for values that are missing.
    ///
    /// # Errors
    /// [`Error::Figure`] for another number of rows, for more than [`MAX_COLUMNS`] and for more than
    /// 4,294,967,295 rows.
    pub fn push(&mut self, name: impl Into<String>, mut values: Vec<f64>) -> Result<(), Error> {
        let rows = self.rows as f64;
        within(
            "the rows of a column",
            values.len() as f64,
            (rows, rows),
            "as many as the table has",
        )?;
        within(
            "the number of rows",
            rows,
            (0.0, u32::MAX.into()),
            "at most 4294967295",
        )?;
        within(
            "the number of columns",
            (self.columns.len() + 1) as f64,
            (0.0, MAX_COLUMNS as f64),
            "at most 4096",
        )?;
        for value in &mut values {
            if !value.is_finite() {
                *value = f64::NAN;
            }
        }
        self.names.push(name.into());
        self.columns.push(values);
        Ok(())
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of each column, in order; NaN where one is missing.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The value in a row and column, both from 0; `None` where it is missing or beyond the table.
    pub fn value(&self, row: usize, column: usize) -> Option<f64> {
        let value = *self.columns.get(column)?.get(row)?;
        (!value.is_nan()).then_some(value)
    }

    /// The table of these rows, in this order; positions beyond the last are left out.
    pub fn take(&self, rows: &[u32]) -> Self {
        let known = rows.iter().filter(|row| (**row as usize) < self.rows);
        let known: Vec<usize> = known.map(|row| *row as usize).collect();
        let of = |column: &Vec<f64>| known.iter().map(|row| column[*row]).collect();
        Self {
            names: self.names.clone(),
            columns: self.columns.iter().map(of).collect(),
            rows: known.len(),
        }
    }

    /// The values of a row, NaN where one is missing.
    pub(crate) fn row(&self, row: usize, into: &mut Vec<f64>) {
        into.clear();
        into.extend(self.columns.iter().map(|column| column[row]));
    }
}
