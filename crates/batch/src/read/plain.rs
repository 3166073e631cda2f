//! Tables that are read as they stand, some columns of them: CSV, NDJSON or Parquet, packed or not.

use std::path::Path;

use arrow_array::RecordBatch;
use serde_json::Value;

use super::error::ReadError;
use super::inputs::InputFile;
use super::text::TextBytes;
use super::wary::{Wary, builder};
use crate::BatchError;

/// Takes the rows of a table.
pub(crate) trait TakesRows {
    /// Takes a row of text; `get` gives the cell of a column of the file.
    fn row<'c>(&mut self, get: impl Fn(usize) -> &'c str) -> Result<(), BatchError>;
    /// Takes rows of Parquet, which have the columns that were asked for, in the order of the file.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), BatchError>;
    /// Rows taken so far.
    fn rows(&self) -> usize;
}

/// A file, the names of its columns and which of them are wanted.
pub(crate) struct PlainTable<'a> {
    pub file: &'a str,
    pub known: &'a [String],
    pub places: &'a [usize],
}

impl PlainTable<'_> {
    /// Gives all rows away.
    ///
    /// # Errors
    /// What cannot be read, and what the taker says.
    pub fn give(&self, opened: &InputFile, taker: &mut impl TakesRows) -> Result<(), BatchError> {
        match opened.text_bytes()? {
            None => self.parquet(taker),
            Some(TextBytes::Lines(text)) => self.lines(&text, taker),
            Some(TextBytes::Records(text, delimiter)) => self.records(&text, delimiter, taker),
        }
    }

    fn records(
        &self,
        text: &[u8],
        delimiter: u8,
        taker: &mut impl TakesRows,
    ) -> Result<(), BatchError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text);
        let mut record = csv::StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| damaged(self.file, taker.rows(), error))?
        {
            taker.row(|place| record.get(place).unwrap_or_default())?;
        }
        Ok(())
    }

    fn lines(&self, text: &[u8], taker: &mut impl TakesRows) -> Result<(), BatchError> {
        for line in text.split(|byte| *byte == b'\n') {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let object: Value = serde_json::from_slice(line)
                .map_err(|error| damaged(self.file, taker.rows(), error))?;
            let cell = |name: &String| match object.get(name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            let cells: Vec<String> = self.known.iter().map(cell).collect();
            taker.row(|place| cells[place].as_str())?;
        }
        Ok(())
    }

    fn parquet(&self, taker: &mut impl TakesRows) -> Result<(), BatchError> {
        let path = Path::new(self.file);
        let file = std::fs::File::open(path).map_err(|cause| BatchError::io(path, cause))?;
        let builder = builder(file).map_err(|error| damaged(self.file, taker.rows(), error))?;
        // Among the columns known are no lists and objects, which the file has nevertheless.
        let root = |place: &usize| builder.schema().index_of(&self.known[*place]);
        let roots: Result<Vec<usize>, _> = self.places.iter().map(root).collect();
        let reader = roots.and_then(|roots| Wary::new(builder, roots));
        for batch in reader.map_err(|error| damaged(self.file, taker.rows(), error))? {
            let batch = batch.map_err(|error| damaged(self.file, taker.rows(), error))?;
            taker.batch(&batch)?;
        }
        Ok(())
    }
}

/// That a file cannot be read on after so many rows.
pub(crate) fn damaged(file: &str, rows: usize, cause: impl ToString) -> BatchError {
    BatchError::Read(ReadError::Damaged {
        file: file.to_owned(),
        cause: cause.to_string(),
        rows: rows as u64,
    })
}
