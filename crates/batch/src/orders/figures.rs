//! Tables of figures that somebody else has made of orders: named columns of numbers, a row a customer.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use arrow_cast::cast;
use arrow_schema::DataType;
use perennial_model::Zone;

use crate::BatchError;
use crate::manifest::{Input, fingerprint};
use crate::read::{InputFile, PlainTable, TakesRows, damaged, texts_of};

/// A column that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The names that it may have, the proper one first.
    pub names: &'static [&'static str],
    /// Whether there must be one.
    pub required: bool,
    /// What an empty cell means; `None` refuses it.
    pub empty: Option<f64>,
}

/// A table of figures.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// For each column wanted its figures; empty where the file has no such column.
    pub columns: Vec<Vec<f64>>,
    /// The names of the rows, where a column has them.
    pub names: Option<Vec<String>>,
    /// Rows.
    pub rows: usize,
    /// The file that was read.
    pub input: Input,
}

/// A table being read.
struct Reading<'a> {
    file: &'a str,
    /// The names of the file's columns.
    known: &'a [String],
    wanted: &'a [Wanted],
    /// For each column wanted, and behind them the names, which column of the file that is.
    places: Vec<Option<usize>>,
    figures: Figures,
}

impl Figures {
    /// Reads a table (CSV, NDJSON or Parquet, packed or not). `names` are what the column of names may be called.
    ///
    /// # Errors
    /// What cannot be read, columns that are missing, and cells that are no numbers, with their row.
    pub fn read(file: &str, wanted: &[Wanted], names: &[&str]) -> Result<Self, BatchError> {
        let opened = InputFile::look(file, &Zone::utc())?;
        let known = opened.sample()?.names;
        let find = |names: &[&str]| {
            let place = |name: &&str| known.iter().position(|own| own.trim() == *name);
            names.iter().find_map(place)
        };
        let mut places = Vec::new();
        for one in wanted {
            let place = find(one.names);
            if place.is_none() && one.required {
                let (name, known) = (one.names[0], known.join(", "));
                return Err(BatchError::Asked(format!(
                    "{file}: there is no column `{name}`; there are {known}"
                )));
            }
            places.push(place);
        }
        places.push(find(names));
        let mut reading = Reading {
            file,
            known: &known,
            wanted,
            figures: Self {
                columns: vec![Vec::new(); wanted.len()],
                names: places.last().copied().flatten().map(|_| Vec::new()),
                rows: 0,
                input: Input {
                    path: file.to_owned(),
                    bytes: opened.bytes(),
                    hash: fingerprint(&opened),
                    ..Input::default()
                },
            },
            places,
        };
        let places: Vec<usize> = reading.places.iter().flatten().copied().collect();
        let table = PlainTable {
            file,
            known: &known,
            places: &places,
        };
        table.give(&opened, &mut reading)?;
        reading.figures.input.rows = reading.figures.rows as u64;
        if reading.figures.rows == 0 {
            return Err(BatchError::NoEvents {
                files: file.to_owned(),
            });
        }
        Ok(reading.figures)
    }
}

impl Reading<'_> {
    /// Takes a cell of the row at hand.
    fn cell(&mut self, column: usize, text: &str) -> Result<(), BatchError> {
        let text = text.trim();
        let value = match (text, self.wanted[column].empty) {
            ("", Some(empty)) => Some(empty),
            _ => text.parse::<f64>().ok().filter(|value| value.is_finite()),
        };
        self.value(column, value, text)
    }

    fn value(&mut self, column: usize, value: Option<f64>, text: &str) -> Result<(), BatchError> {
        let Some(value) = value else {
            let (file, row, name) = (
                self.file,
                self.figures.rows + 1,
                self.wanted[column].names[0],
            );
            return Err(BatchError::Asked(format!(
                "{file}, row {row}: {name} is `{text}`, which is no number; correct the row or leave it out"
            )));
        };
        self.figures.columns[column].push(value);
        Ok(())
    }
}

impl TakesRows for Reading<'_> {
    fn row<'c>(&mut self, get: impl Fn(usize) -> &'c str) -> Result<(), BatchError> {
        for column in 0..self.wanted.len() {
            if let Some(place) = self.places[column] {
                self.cell(column, get(place))?;
            }
        }
        if let (Some(names), Some(Some(place))) = (&mut self.figures.names, self.places.last()) {
            names.push(get(*place).trim().to_owned());
        }
        self.figures.rows += 1;
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), BatchError> {
        let missing = BatchError::Internal("a column of figures is missing");
        let first = self.figures.rows;
        for column in 0..self.wanted.len() {
            let Some(place) = self.places[column] else {
                continue;
            };
            let Some(array) = batch.column_by_name(&self.known[place]) else {
                return Err(missing);
            };
            let numbers = cast(array, &DataType::Float64)
                .map_err(|error| damaged(self.file, first, error))?;
            let numbers = numbers.as_primitive::<Float64Type>();
            for row in 0..numbers.len() {
                let value = match numbers.is_valid(row) {
                    true => Some(numbers.value(row)).filter(|value| value.is_finite()),
                    false => self.wanted[column].empty,
                };
                self.figures.rows = first + row;
                self.value(column, value, "empty or no number")?;
            }
        }
        self.figures.rows = first + batch.num_rows();
        if let (Some(known), Some(Some(place))) = (&mut self.figures.names, self.places.last()) {
            let Some(array) = batch.column_by_name(&self.known[*place]) else {
                return Err(missing);
            };
            let texts = texts_of(array)?;
            known.extend(texts.iter().map(|name| name.unwrap_or_default().to_owned()));
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.figures.rows
    }
}
