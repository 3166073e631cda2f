//! Answers of commands: one list of rows, shown as a table, JSON, CSV or Parquet.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use serde_json::{Map, Value, json};

use crate::args::{Output, Show};
use crate::failure::Failure;
use crate::plain;

/// One value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Absent.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Fraction(f64),
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same in every form.
    pub name: String,
    /// Whether the table for people shows it.
    pub shown: bool,
}

/// An answer: a list of rows, with what it is about.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it is about, as it stands before the list in JSON.
    pub head: Vec<(&'static str, Value)>,
    /// The list's name in JSON.
    pub list: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Lines for people below the table.
    pub notes: Vec<String>,
    /// The whole answer as JSON, where rows and columns do not say all of it.
    pub json: Option<Value>,
}

/// A column that people see.
pub fn shown(name: impl Into<String>) -> Column {
    Column {
        name: name.into(),
        shown: true,
    }
}

/// A column for machines.
pub fn hidden(name: impl Into<String>) -> Column {
    Column {
        name: name.into(),
        shown: false,
    }
}

impl Answer {
    /// Shows the answer as asked.
    ///
    /// # Errors
    /// A column that does not exist, or a file that cannot be written.
    pub fn show(mut self, show: &Show) -> Result<(), Failure> {
        self.choose(&show.columns)?;
        match (show.output, &show.save) {
            (Output::Parquet, None) => Err(Failure::usage("--output parquet needs --save FILE")),
            (Output::Parquet, Some(path)) => self.parquet(path),
            (_, to) => write(&self.text(show.output)?, to.as_deref()),
        }
    }

    fn text(&self, output: Output) -> Result<String, Failure> {
        Ok(match output {
            Output::Json => {
                let whole = match &self.json {
                    Some(whole) => serde_json::to_string_pretty(whole),
                    None => serde_json::to_string_pretty(&self.json()),
                };
                let mut text = whole.map_err(Failure::failed)?;
                text.push('\n');
                text
            }
            Output::Csv => self.csv(),
            _ => self.table(),
        })
    }

    /// Keeps the columns named, in that order, under their new names.
    ///
    /// # Errors
    /// A column that does not exist.
    pub fn choose(&mut self, wanted: &[String]) -> Result<(), Failure> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut columns = Vec::new();
        let mut places = Vec::new();
        for one in wanted {
            let (name, own) = one.split_once('=').unwrap_or((one, one));
            let place = self
                .columns
                .iter()
                .position(|column| column.name == own)
                .ok_or_else(|| {
                    let known: Vec<&str> = self
                        .columns
                        .iter()
                        .map(|column| column.name.as_str())
                        .collect();
                    Failure::usage(format!(
                        "the answer has no column `{own}`; it has {}",
                        known.join(", ")
                    ))
                })?;
            places.push(place);
            columns.push(shown(name));
        }
        self.columns = columns;
        for row in &mut self.rows {
            *row = places.iter().map(|&place| row[place].clone()).collect();
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let mut object: Map<String, Value> = self
            .head
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        let row = |cells: &Vec<Cell>| {
            let pairs = self
                .columns
                .iter()
                .zip(cells)
                .map(|(column, cell)| (column.name.clone(), cell.json()));
            Value::Object(pairs.collect())
        };
        object.insert(self.list.to_owned(), self.rows.iter().map(row).collect());
        if !self.notes.is_empty() {
            object.insert("notes".to_owned(), json!(self.notes));
        }
        Value::Object(object)
    }

    fn csv(&self) -> String {
        let mut text = String::new();
        let line = |cells: Vec<String>| {
            cells
                .iter()
                .map(|cell| quoted(cell))
                .collect::<Vec<_>>()
                .join(",")
                + "\r\n"
        };
        text.push_str(&line(
            self.columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
        ));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(guarded).collect()));
        }
        text
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let places: Vec<usize> = (0..self.columns.len())
            .filter(|&place| self.columns[place].shown)
            .collect();
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(
            places
                .iter()
                .map(|&place| plain::cell(&self.columns[place].name)),
        );
        for row in &self.rows {
            table.add_row(places.iter().map(|&place| row[place].text()));
        }
        for (number, &place) in places.iter().enumerate() {
            let numeric = self
                .rows
                .iter()
                .all(|row| !matches!(row[place], Cell::Text(_)));
            if let Some(column) = table.column_mut(number).filter(|_| numeric) {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        let mut text: String = table
            .lines()
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect();
        for note in &self.notes {
            text.push_str(&format!("\n{}\n", plain::lines(note)));
        }
        text
    }

    fn parquet(&self, path: &Path) -> Result<(), Failure> {
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let array = array(self.rows.iter().map(|row| &row[place]));
            fields.push(Field::new(&column.name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let batch =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Failure::failed)?;
        perennial_batch::results::write_parquet(path, batch)?;
        Ok(())
    }
}

/// Writes a text to a file, or to standard output.
///
/// # Errors
/// A file that cannot be written.
pub fn write(text: &str, to: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = to else {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        return Ok(out.flush()?);
    };
    let failed = |e: std::io::Error| Failure::failed(format!("{}: {e}", path.display()));
    let mut file = File::create(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// A column's cells as an array of the type of its first value.
fn array<'c>(cells: impl Iterator<Item = &'c Cell> + Clone) -> ArrayRef {
    match cells.clone().find(|cell| **cell != Cell::Null) {
        Some(Cell::Whole(_)) => Arc::new(cells.map(Cell::whole).collect::<Int64Array>()),
        Some(Cell::Fraction(_)) => Arc::new(cells.map(Cell::fraction).collect::<Float64Array>()),
        _ => Arc::new(
            cells
                .map(|cell| {
                    if let Cell::Text(text) = cell {
                        Some(text.as_str())
                    } else {
                        None
                    }
                })
                .collect::<StringArray>(),
        ),
    }
}

impl Cell {
    /// A text, or null.
    pub fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }

    /// The same in JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => json!(text),
            Self::Whole(number) => json!(number),
            Self::Fraction(number) => json!(number),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Null => "–".to_owned(),
            Self::Text(text) => plain::cell(text).into_owned(),
            Self::Whole(number) => grouped(*number),
            Self::Fraction(number) => format!("{number:.4}")
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned(),
        }
    }

    fn whole(&self) -> Option<i64> {
        if let Self::Whole(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    fn fraction(&self) -> Option<f64> {
        match self {
            Self::Fraction(number) => Some(*number),
            Self::Whole(number) => Some(*number as f64),
            _ => None,
        }
    }
}

/// A whole number with thin groups of three digits, for people.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A cell for CSV. Texts that a spreadsheet would take for a formula get an apostrophe before them.
fn guarded(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Whole(number) => number.to_string(),
        Cell::Fraction(number) => number.to_string(),
        Cell::Text(text) => {
            let risky =
                text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠']);
            if risky {
                format!("'{text}")
            } else {
                text.clone()
            }
        }
    }
}

/// A text as a cell of CSV.
pub fn quoted_text(text: &str) -> String {
    quoted(&guarded(&Cell::Text(text.to_owned())))
}

/// A cell as RFC 4180 wants it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        assert_eq!(guarded(&Cell::Text("=1+1".into())), "'=1+1");
        assert_eq!(guarded(&Cell::Whole(-5)), "-5");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
    }
}
