//! The table of scores: a row a customer, written as it is worked out.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use perennial_batch::results::write_parquet_batches;
use serde_json::{Value, json};

use super::base::Names;
use crate::answer::{Answer, Cell, quoted_text, shown};
use crate::args::{Output, Show};
use crate::failure::{Failure, note};

/// Rows of the table for people.
const TABLE_ROWS: usize = 20;
/// Rows of a batch of Parquet.
const BATCH_ROWS: usize = 64 * 1024;

/// Columns of figures and the names beside them.
pub struct Table {
    /// What it is called.
    pub title: String,
    /// What the answer is about.
    pub head: Vec<(&'static str, Value)>,
    /// What the rows are called.
    pub names: Names,
    /// How many rows.
    pub rows: usize,
    /// The columns, in their order.
    pub columns: Vec<(&'static str, Figures)>,
    /// What to know.
    pub notes: Vec<String>,
}

/// A column of figures; NaN stands for what is not known and is written as null.
pub enum Figures {
    /// Of groups, with the group of each row.
    Groups(Arc<Vec<u32>>, Vec<f64>),
    /// Of rows.
    Rows(Vec<f64>),
    /// Words instead, of rows.
    Words(Vec<String>),
}

impl Figures {
    fn value(&self, row: usize) -> Option<f64> {
        let value = match self {
            Self::Groups(of, values) => values[of[row] as usize],
            Self::Rows(values) => values[row],
            Self::Words(_) => return None,
        };
        value.is_finite().then_some(value)
    }

    /// The words of a row, where it has words.
    fn words(&self, row: usize) -> Option<&str> {
        match self {
            Self::Words(words) => Some(&words[row]),
            _ => None,
        }
    }

    fn cell(&self, row: usize) -> Cell {
        match self.words(row) {
            Some(words) => Cell::Text(words.to_owned()),
            None => self.value(row).map_or(Cell::Null, Cell::Fraction),
        }
    }
}

impl Table {
    /// Shows it as asked, row by row.
    ///
    /// # Errors
    /// A column that does not exist, or a file that cannot be written.
    pub fn show(mut self, show: &Show) -> Result<(), Failure> {
        let (output, save) = (show.output, show.save.as_deref());
        if !show.columns.is_empty() {
            self.choose(&show.columns)?;
        }
        if output != Output::Table && output != Output::Json {
            self.notes.iter().for_each(|text| note(text));
        }
        match (output, save) {
            (Output::Table, _) => self.people().show(&Show {
                columns: Vec::new(),
                ..show.clone()
            }),
            (Output::Parquet, None) => Err(Failure::usage("--output parquet needs --save FILE")),
            (Output::Parquet, Some(path)) => self.parquet(path),
            (_, Some(path)) => {
                let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
                let mut to = BufWriter::new(File::create(path).map_err(failed)?);
                self.text(output, &mut to).map_err(failed)
            }
            (_, None) => {
                let mut to = BufWriter::new(std::io::stdout().lock());
                Ok(self.text(output, &mut to)?)
            }
        }
    }

    /// Keeps the columns named, in that order; the customer is always there.
    fn choose(&mut self, wanted: &[String]) -> Result<(), Failure> {
        let mut kept = Vec::new();
        for name in wanted.iter().filter(|name| *name != "customer") {
            let place = self.columns.iter().position(|(own, _)| own == name);
            let place = place.ok_or_else(|| {
                let known: Vec<&str> = self.columns.iter().map(|(own, _)| *own).collect();
                Failure::usage(format!(
                    "the answer has no column `{name}`; it has customer, {}",
                    known.join(", ")
                ))
            })?;
            kept.push(self.columns.remove(place));
        }
        self.columns = kept;
        Ok(())
    }

    /// The first rows for people.
    fn people(&self) -> Answer {
        let rows = (0..self.rows.min(TABLE_ROWS)).map(|row| {
            let name = self.names.with(row, |name| Cell::Text(name.to_owned()));
            let figures = self.columns.iter().map(|(_, figures)| figures.cell(row));
            std::iter::once(name).chain(figures).collect()
        });
        let mut notes = vec![format!("{}, {} rows", self.title, self.rows)];
        if self.rows > TABLE_ROWS {
            let more = self.rows - TABLE_ROWS;
            notes.push(format!(
                "{more} more: --output csv, json or parquet has all of them"
            ));
        }
        notes.extend(self.notes.iter().cloned());
        let columns = self.columns.iter().map(|(name, _)| shown(*name));
        Answer {
            head: Vec::new(),
            list: "customers",
            columns: std::iter::once(shown("customer")).chain(columns).collect(),
            rows: rows.collect(),
            notes,
            json: None,
        }
    }

    fn text(&self, output: Output, to: &mut dyn Write) -> std::io::Result<()> {
        match output {
            Output::Json => self.json(to),
            _ => self.csv(to),
        }?;
        to.flush()
    }

    fn csv(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut line = "customer".to_owned();
        for (name, _) in &self.columns {
            line.push(',');
            line.push_str(name);
        }
        line.push_str("\r\n");
        to.write_all(line.as_bytes())?;
        for row in 0..self.rows {
            line.clear();
            self.names
                .with(row, |name| line.push_str(&quoted_text(name)));
            for (_, figures) in &self.columns {
                line.push(',');
                if let Some(words) = figures.words(row) {
                    line.push_str(&quoted_text(words));
                } else if let Some(value) = figures.value(row) {
                    // Text takes whatever is written.
                    let _ = write!(line, "{value}");
                }
            }
            line.push_str("\r\n");
            to.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn json(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut line = "{\n".to_owned();
        for (key, value) in &self.head {
            let _ = writeln!(line, "  \"{key}\": {value},");
        }
        let _ = writeln!(line, "  \"notes\": {},", json!(self.notes));
        line.push_str("  \"customers\": [");
        for row in 0..self.rows {
            line.push_str(if row == 0 { "\n    {" } else { ",\n    {" });
            let name = self.names.with(row, |name| Value::String(name.to_owned()));
            let _ = write!(line, "\"customer\": {name}");
            for (name, figures) in &self.columns {
                let _ = match (figures.words(row), figures.value(row)) {
                    (Some(words), _) => write!(line, ", \"{name}\": {}", json!(words)),
                    (None, Some(value)) => write!(line, ", \"{name}\": {value}"),
                    (None, None) => write!(line, ", \"{name}\": null"),
                };
            }
            line.push('}');
            to.write_all(line.as_bytes())?;
            line.clear();
        }
        line.push_str("\n  ]\n}\n");
        to.write_all(line.as_bytes())
    }

    fn parquet(&self, path: &Path) -> Result<(), Failure> {
        let mut fields = vec![Field::new("customer", DataType::Utf8, false)];
        let figures = self.columns.iter();
        fields.extend(figures.map(|(name, figures)| match figures {
            Figures::Words(_) => Field::new(*name, DataType::Utf8, true),
            _ => Field::new(*name, DataType::Float64, true),
        }));
        let schema = Arc::new(Schema::new(fields));
        let batches = (0..self.rows).step_by(BATCH_ROWS).map(|from| {
            let rows = from..self.rows.min(from + BATCH_ROWS);
            let names = rows.clone().map(|row| self.names.with(row, str::to_owned));
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(names))];
            for (_, figures) in &self.columns {
                let rows = rows.clone();
                arrays.push(match figures {
                    Figures::Words(_) => {
                        let words = rows.map(|row| figures.words(row));
                        Arc::new(words.collect::<StringArray>())
                    }
                    _ => {
                        let values = rows.map(|row| figures.value(row));
                        Arc::new(values.collect::<Float64Array>())
                    }
                });
            }
            RecordBatch::try_new(Arc::clone(&schema), arrays)
        });
        Ok(write_parquet_batches(path, &schema, batches)?)
    }
}
