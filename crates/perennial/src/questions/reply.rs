//! Answers of questions: rows with fields, lists among them, and what is told besides.

use serde_json::{Map, Value, json};

use super::change;
use crate::answer::{Answer, Cell, Column, hidden, shown};
use crate::args::{Output, Show};
use crate::failure::Failure;

/// An answer: a list of rows, and what is told besides.
pub struct Reply {
    /// The list's name in JSON.
    pub list: &'static str,
    /// The fields of rows; those that people see in the table are true.
    pub fields: Vec<(&'static str, bool)>,
    /// The rows, a value for each field; a list becomes a column for each of its places.
    pub rows: Vec<Vec<Value>>,
    /// What else JSON tells.
    pub more: Vec<(&'static str, Value)>,
    /// Lines for people.
    pub notes: Vec<String>,
    /// The same of the range to compare with.
    pub before: Option<Box<Self>>,
}

impl Reply {
    /// A list with such fields and no rows yet.
    pub fn new(list: &'static str, fields: &[(&'static str, bool)]) -> Self {
        Self {
            list,
            fields: fields.to_vec(),
            rows: Vec::new(),
            more: Vec::new(),
            notes: Vec::new(),
            before: None,
        }
    }

    /// The same where rows begin with the value that they are told apart by, if they are.
    pub fn by(mut self, by: Option<usize>) -> Self {
        if by.is_some() {
            self.fields.insert(0, ("by", true));
        }
        self
    }

    /// Adds a row; `by` goes first where the list has it.
    pub fn row(&mut self, by: Option<&str>, mut row: Vec<Value>) {
        if self.has_by() {
            row.insert(0, json!(by));
        }
        self.rows.push(row);
    }

    /// Names the rows without a value that they are told apart by, if they are.
    pub fn name_unknown(&mut self, name: &str) {
        if self.has_by() {
            for row in self.rows.iter_mut().filter(|row| row[0].is_null()) {
                row[0] = json!(name);
            }
        }
    }

    /// Puts the answer of another range beside it.
    ///
    /// # Errors
    /// A list that cannot be compared.
    pub fn compare(&mut self, mut before: Self) -> Result<(), Failure> {
        change::refuse(self)?;
        self.notes.extend(change::overlap(self, &before)?);
        let notes = before
            .notes
            .drain(..)
            .filter(|note| !self.notes.contains(note));
        let notes: Vec<String> = notes.map(|note| format!("compared with: {note}")).collect();
        self.notes.extend(notes);
        self.before = Some(Box::new(before));
        Ok(())
    }

    /// The rows as JSON objects.
    pub fn objects(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let names = self.fields.iter().map(|(name, _)| (*name).to_owned());
            Value::Object(names.zip(row.iter().cloned()).collect())
        };
        self.rows.iter().map(object).collect()
    }

    fn has_by(&self) -> bool {
        self.fields.first().is_some_and(|(name, _)| *name == "by")
    }

    /// Shows it.
    ///
    /// # Errors
    /// What showing gives.
    pub fn show(self, show: &Show) -> Result<(), Failure> {
        if matches!(show.output, Output::Csv | Output::Parquet) {
            // Such forms have no room for words about the rows.
            for note in &self.notes {
                crate::failure::note(note);
            }
        }
        self.answer(show.output == Output::Json).show(show)
    }

    /// The same as an answer, with the whole of it as JSON in the place of rows if that is wanted.
    pub fn answer(self, is_json: bool) -> Answer {
        if let (Some(before), false) = (&self.before, is_json) {
            return change::table(&self, before);
        }
        let widths: Vec<Option<usize>> = (0..self.fields.len())
            .map(|place| {
                let lists = self.rows.iter().filter_map(|row| row[place].as_array());
                lists.map(Vec::len).max()
            })
            .collect();
        let mut columns: Vec<Column> = Vec::new();
        for ((name, is_shown), width) in self.fields.iter().zip(&widths) {
            let column = if *is_shown { shown } else { hidden };
            match width {
                None => columns.push(column((*name).to_owned())),
                Some(width) => columns.extend((0..*width).map(|at| column(format!("{name}_{at}")))),
            }
        }
        let (list, notes) = (self.list, self.notes.clone());
        // Rows may be many, so they are made in one form only.
        let (rows, json) = match is_json {
            true => (Vec::new(), Some(self.json())),
            false => (
                self.rows.iter().map(|row| cells(row, &widths)).collect(),
                None,
            ),
        };
        Answer {
            head: Vec::new(),
            list,
            columns,
            rows,
            notes,
            json,
        }
    }

    /// The whole of it, columns for machines included.
    pub fn json(mut self) -> Value {
        if let Some(before) = self.before.take() {
            let told = change::told(&self, *before);
            self.more.extend(told);
        }
        let mut whole = Map::new();
        whole.insert(self.list.to_owned(), self.objects());
        for (name, value) in self.more {
            whole.insert(name.to_owned(), value);
        }
        if !self.notes.is_empty() {
            whole.insert("notes".to_owned(), json!(self.notes));
        }
        Value::Object(whole)
    }
}

/// A row's cells, lists spread over their columns.
fn cells(row: &[Value], widths: &[Option<usize>]) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(row.len());
    for (value, width) in row.iter().zip(widths) {
        match width {
            None => cells.push(cell(value)),
            Some(width) => {
                let list = value.as_array().map_or(&[][..], Vec::as_slice);
                cells.extend((0..*width).map(|at| list.get(at).map_or(Cell::Null, cell)));
            }
        }
    }
    cells
}

pub(super) fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::String(text) => Cell::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Whole(whole),
            (None, Some(fraction)) => Cell::Fraction(fraction),
            (None, None) => Cell::Null,
        },
        other => Cell::Text(other.to_string()),
    }
}

/// Seconds as answers write them: whole ones without a fraction.
pub fn seconds(seconds: Option<f64>) -> Value {
    match seconds {
        Some(seconds) if seconds.fract() == 0.0 && seconds.abs() < 9e15 => json!(seconds as i64),
        other => json!(other),
    }
}
