//! Tables from rows of plain cells: for those who have rows one by one, such as a server.

use std::path::Path;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};

use super::{Kind, TABLES, table_path, text};
use crate::BatchError;
use crate::sink::{GROUP_ROWS, Sink};

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A text or a word.
    Text(String),
    /// A whole number, or an instant in milliseconds since 1970.
    Whole(i64),
    /// True or false.
    Truth(bool),
    /// A list of texts.
    Words(Vec<String>),
}

/// A table being written.
pub struct PlainTable {
    sink: Sink,
    schema: SchemaRef,
    kinds: Vec<Kind>,
    rows: Vec<Vec<Cell>>,
}

impl PlainTable {
    /// Begins a table of `perennial run` in a folder: those of its declared columns that are named, then
    /// `more` with their kinds.
    ///
    /// # Errors
    /// [`BatchError`] where the file cannot be written.
    pub fn create(
        folder: &Path,
        name: &str,
        columns: &[&str],
        more: &[(String, Kind)],
    ) -> Result<Self, BatchError> {
        let declared = TABLES.iter().find(|table| table.name == name);
        let declared = declared.map_or(&[][..], |table| table.columns);
        let kind_of = |column: &&str| {
            let found = declared.iter().find(|own| own.name == *column);
            found.map(|own| ((*column).to_owned(), own.kind))
        };
        let columns: Vec<(String, Kind)> = columns
            .iter()
            .filter_map(kind_of)
            .chain(more.iter().cloned())
            .collect();
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, kind)| Field::new(name, kind.data_type(), true))
            .collect();
        let schema = SchemaRef::new(Schema::new(fields));
        Ok(Self {
            sink: Sink::create(&table_path(folder, name), &schema, &[])?,
            schema,
            kinds: columns.into_iter().map(|(_, kind)| kind).collect(),
            rows: Vec::new(),
        })
    }

    /// Adds a row: a cell for each column.
    ///
    /// # Errors
    /// [`BatchError`] where the file cannot be written.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), BatchError> {
        self.rows.push(row);
        if self.rows.len() >= GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// [`BatchError`] where the file cannot be written.
    pub fn finish(mut self) -> Result<(), BatchError> {
        self.flush()?;
        self.sink.finish()?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BatchError> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = self
            .kinds
            .iter()
            .enumerate()
            .map(|(place, kind)| column(&rows, place, *kind))
            .collect();
        let batch = RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)?;
        self.sink.write(batch)
    }
}

/// The cells of one place as a column.
fn column(rows: &[Vec<Cell>], place: usize, kind: Kind) -> ArrayRef {
    let each = || rows.iter().map(move |row| row.get(place));
    let texts = || {
        each().map(|cell| match cell {
            Some(Cell::Text(text)) => Some(text.as_str()),
            _ => None,
        })
    };
    let wholes = || {
        each().map(|cell| match cell {
            Some(Cell::Whole(number)) => Some(*number),
            _ => None,
        })
    };
    match kind {
        Kind::Text => text::texts(texts()),
        Kind::Word => text::collected_words(texts()),
        Kind::Instant => text::instants(wholes()),
        Kind::PlainInstant => text::plain_instants(wholes()),
        Kind::Day => text::days(wholes().map(|day| day.unwrap_or_default() as i32)),
        Kind::Whole => text::wholes(wholes()),
        Kind::Small => text::smalls(wholes().map(|number| number.map(|number| number as i8))),
        Kind::Fraction => {
            text::fractions(wholes().map(|number| number.map(|number| number as f64)))
        }
        Kind::Truth => text::truths(each().map(|cell| match cell {
            Some(Cell::Truth(truth)) => Some(*truth),
            _ => None,
        })),
        Kind::Words => text::lists(each().map(|cell| match cell {
            Some(Cell::Words(words)) => words.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })),
    }
}
