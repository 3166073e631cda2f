//! Tables of anything, a row a customer: named columns of words, as somebody else has written them.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use perennial_model::Zone;

use crate::BatchError;
use crate::read::{InputFile, PlainTable, TakesRows, texts_of};

/// Most cells of a table that is read whole.
pub const MAX_CELLS: usize = 200_000_000;
/// The code of a cell that is empty.
pub const EMPTY: u32 = u32::MAX;

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// Its columns, in the order of the file.
    pub columns: Vec<CellColumn>,
    /// Rows.
    pub rows: usize,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub struct CellColumn {
    /// Its name.
    pub name: String,
    /// For each row the place of its word, or [`EMPTY`].
    pub codes: Vec<u32>,
    /// The words, without spaces around them, in the order met.
    pub words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl CellColumn {
    /// The word of a row; `None` where it is empty.
    pub fn word(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)? as usize;
        self.words.get(code).map(String::as_str)
    }

    fn push(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            self.codes.push(EMPTY);
            return;
        }
        let code = match self.numbers.get(text) {
            Some(code) => *code,
            None => {
                let code = self.words.len() as u32;
                self.words.push(text.to_owned());
                self.numbers.insert(text.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }
}

/// A table being read.
struct Reading<'a> {
    file: &'a str,
    cells: Cells,
    /// Which column of the file each one is.
    places: Vec<usize>,
}

impl Cells {
    /// Reads a table (CSV, NDJSON or Parquet, packed or not); of columns only those that `wanted` says yes to.
    ///
    /// # Errors
    /// What cannot be read, a table without rows, and one of more than [`MAX_CELLS`].
    pub fn read(file: &str, wanted: impl Fn(&str) -> bool) -> Result<Self, BatchError> {
        let opened = InputFile::look(file, &Zone::utc())?;
        let known: Vec<String> = opened.sample()?.names;
        let mut reading = Reading {
            file,
            cells: Self::default(),
            places: Vec::new(),
        };
        for (place, name) in known.iter().enumerate() {
            if wanted(name.trim()) {
                reading.places.push(place);
                reading.cells.columns.push(CellColumn {
                    name: name.trim().to_owned(),
                    ..CellColumn::default()
                });
            }
        }
        let places = reading.places.clone();
        let table = PlainTable {
            file,
            known: &known,
            places: &places,
        };
        table.give(&opened, &mut reading)?;
        if reading.cells.rows == 0 {
            return Err(BatchError::Asked(format!(
                "{file}: there are no rows in it"
            )));
        }
        for column in &mut reading.cells.columns {
            column.numbers = HashMap::new();
        }
        Ok(reading.cells)
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&CellColumn> {
        self.columns.iter().find(|own| own.name == name)
    }
}

impl Reading<'_> {
    fn bound(&self) -> Result<(), BatchError> {
        let cells = self.cells.rows.saturating_mul(self.cells.columns.len());
        if cells <= MAX_CELLS && self.cells.rows < EMPTY as usize {
            return Ok(());
        }
        let file = self.file;
        Err(BatchError::Asked(format!(
            "{file}: it has more than {MAX_CELLS} cells, which is the most; leave out columns or rows that are not needed"
        )))
    }
}

impl TakesRows for Reading<'_> {
    fn row<'c>(&mut self, get: impl Fn(usize) -> &'c str) -> Result<(), BatchError> {
        for (column, place) in self.cells.columns.iter_mut().zip(&self.places) {
            column.push(get(*place));
        }
        self.cells.rows += 1;
        self.bound()
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), BatchError> {
        // A projection keeps the file's order, which is that of the columns.
        for (column, array) in self.cells.columns.iter_mut().zip(batch.columns()) {
            let texts = texts_of(array)?;
            for text in texts.iter() {
                column.push(text.unwrap_or_default());
            }
        }
        self.cells.rows += batch.num_rows();
        self.bound()
    }

    fn rows(&self) -> usize {
        self.cells.rows
    }
}
