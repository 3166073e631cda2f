//! Rows of text cells become record batches: each row is checked whole before any of it is taken.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int64Builder, StringBuilder, StringDictionaryBuilder, StringViewBuilder,
    UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, FieldRef, Schema, SchemaRef};
use perennial_model::{Number, NumberError};

use super::columns::{IDENTIFIERS, Part};
use super::mapping::{From, Make, Out};
use super::reject::{Fault, Reason, shown};
use super::time::{Times, trimmed};

/// Rows of a batch.
pub const BATCH_ROWS: usize = 65_536;
/// Most bytes of an identifier or an event's name.
pub const MAX_ID_BYTES: usize = 4_096;

/// A cell of a row: where its text lies. Plain numbers, so that rows reuse their memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub start: u32,
    pub len: u32,
    pub kind: CellKind,
    /// Whether it lies in the row's scratch text (it held escapes) rather than in the row itself.
    pub in_scratch: bool,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Nothing.
    #[default]
    Null,
    /// Text, as of every CSV cell.
    Text,
    /// A JSON number.
    Number,
    /// A JSON truth value.
    Bool,
    /// A JSON array.
    List,
}

/// A row: its text and where its cells lie in it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub text: &'a str,
    pub scratch: &'a str,
    pub cells: &'a [Cell],
}

impl<'a> Row<'a> {
    /// The text of a cell; `None` where it is empty or absent.
    pub fn get(&self, number: usize) -> Option<&'a str> {
        let cell = self.cells.get(number)?;
        if cell.kind == CellKind::Null || cell.len == 0 {
            return None;
        }
        let from = if cell.in_scratch {
            self.scratch
        } else {
            self.text
        };
        from.get(cell.start as usize..(cell.start + cell.len) as usize)
    }

    /// What a cell holds.
    pub fn kind(&self, number: usize) -> CellKind {
        self.cells.get(number).map_or(CellKind::Null, |c| c.kind)
    }
}

/// A batch being built.
pub(crate) struct Table {
    columns: Vec<Column>,
    /// For each column when a row has something for it.
    when: Vec<When>,
    /// The columns with cells that can be wrong.
    checked: Vec<usize>,
    schema: SchemaRef,
    times: Times,
    event: Option<Arc<str>>,
    rows: usize,
}

/// When a row has something for a column. Kept apart from the columns, since most cells of wide
/// files are empty and need no look at their column.
#[derive(Clone, Copy)]
enum When {
    Always,
    Never,
    /// Where this cell is not empty.
    Holds(usize),
}

struct Column {
    field: FieldRef,
    from: From,
    make: Make,
    /// `None` for columns that only decide whether the row is good.
    builder: Option<Builder>,
    /// Rows in the builder: those since are null.
    filled: usize,
    is_identifier: bool,
    /// The checked value of the row at hand, of kinds that are parsed.
    parsed: Option<i64>,
}

enum Builder {
    Row(UInt64Builder),
    Event(Box<StringDictionaryBuilder<Int32Type>>),
    Integer(Int64Builder),
    Bool(BooleanBuilder),
    Id(Box<StringViewBuilder>),
    Text(StringBuilder),
}

impl Table {
    /// A table of these columns; of them only the `wanted` names are handed on (`None`: all).
    /// `event` is the name of the event where a row says none.
    pub fn new(outs: Vec<Out>, wanted: Option<&[&str]>, times: Times, event: Option<&str>) -> Self {
        let mut table = Self {
            columns: Vec::new(),
            when: Vec::new(),
            checked: Vec::new(),
            schema: Arc::new(Schema::empty()),
            times,
            event: event.map(Arc::from),
            rows: 0,
        };
        for out in outs {
            let is_wanted = wanted.is_none_or(|names| names.contains(&out.field.name().as_str()));
            table.push_column(out, is_wanted);
        }
        table.refresh_schema();
        table
    }

    /// Adds a column that turned up late; rows before hold null.
    pub fn add(&mut self, out: Out, is_wanted: bool) {
        self.push_column(out, is_wanted);
        self.refresh_schema();
    }

    /// Rows taken since the last batch.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Takes a row, or nothing of it and the reason why.
    pub fn push(&mut self, number: u64, row: &Row<'_>) -> Result<(), Fault> {
        self.check(row)?;
        for (when, column) in self.when.iter().zip(&mut self.columns) {
            let text = match when {
                When::Never => continue,
                When::Always => match column.from {
                    From::Column(cell) => row.get(cell),
                    From::Row | From::Constant => None,
                },
                When::Holds(cell) => match row.get(*cell) {
                    None => continue,
                    text => text,
                },
            };
            column.append(self.rows, number, text, self.event.as_deref());
        }
        self.rows += 1;
        Ok(())
    }

    /// The batch of the rows taken since the last one.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = self.rows;
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter_mut()
            .filter_map(|column| column.finish(rows))
            .collect();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        self.rows = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
    }

    /// Checks all cells that can be wrong and keeps what they mean.
    fn check(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        let mut identified = false;
        for number in &self.checked {
            let column = &mut self.columns[*number];
            let From::Column(cell) = column.from else {
                continue;
            };
            let text = row.get(cell);
            let name = column.field.name();
            column.parsed = match (column.make, text) {
                (Make::Row | Make::Text | Make::AsIs, _) => None,
                (Make::Event, text) => {
                    check_event(text, row.kind(cell), self.event.as_deref())?;
                    None
                }
                (Make::Id, text) => {
                    let there = check_id(text, row.kind(cell), name)?;
                    identified |= there && column.is_identifier;
                    None
                }
                (Make::At, text) => match text.filter(|text| !trimmed(text).is_empty()) {
                    Some(text) => Some(self.times.read(text)?),
                    None => return Err(missing_time()),
                },
                (_, None) => None,
                (Make::Time, Some(text)) => read_time(&self.times, text, name)?,
                (Make::Number, Some(text)) => read_number(text, name)?,
                (Make::Minor, Some(text)) => read_minor(text, name)?,
                (Make::Bool, Some(text)) => read_bool(text, name)?.map(i64::from),
            };
        }
        if identified {
            Ok(())
        } else {
            Err(missing_id())
        }
    }

    fn push_column(&mut self, out: Out, is_wanted: bool) {
        let decides = matches!(out.from, From::Column(_))
            && !matches!(out.make, Make::Row | Make::Text | Make::AsIs);
        if !is_wanted && !decides {
            return;
        }
        if decides {
            self.checked.push(self.columns.len());
        }
        self.when.push(match (out.from, out.make) {
            _ if !is_wanted => When::Never,
            (_, Make::Row | Make::Event) => When::Always,
            (From::Column(cell), _) => When::Holds(cell),
            (From::Row | From::Constant, _) => When::Always,
        });
        self.columns.push(Column {
            is_identifier: Part::of(&out.field) == Part::Canonical
                && IDENTIFIERS.contains(&out.field.name().as_str()),
            builder: is_wanted.then(|| Builder::of(out.make)),
            field: out.field,
            from: out.from,
            make: out.make,
            filled: 0,
            parsed: None,
        });
    }

    fn refresh_schema(&mut self) {
        let fields: Vec<FieldRef> = self
            .columns
            .iter()
            .filter(|column| column.builder.is_some())
            .map(|column| Arc::clone(&column.field))
            .collect();
        self.schema = Arc::new(Schema::new(fields));
    }
}

impl Column {
    /// Appends the value of a row before which there are `rows`.
    fn append(&mut self, rows: usize, number: u64, text: Option<&str>, event: Option<&str>) {
        if self.filled < rows {
            self.fill(rows);
        }
        self.filled += 1;
        match &mut self.builder {
            None => {}
            Some(Builder::Row(builder)) => builder.append_value(number),
            Some(Builder::Event(builder)) => {
                let name = text.map(trimmed).filter(|name| !name.is_empty());
                builder.append_option(name.or(event));
            }
            Some(Builder::Integer(builder)) => builder.append_option(self.parsed),
            Some(Builder::Bool(builder)) => {
                builder.append_option(self.parsed.map(|truth| truth != 0));
            }
            Some(Builder::Id(builder)) => {
                let id = text.map(trimmed).filter(|id| !id.is_empty());
                builder.append_option(id);
            }
            Some(Builder::Text(builder)) => builder.append_option(text),
        }
    }

    /// Makes the rows null that had nothing for this column.
    fn fill(&mut self, rows: usize) {
        let missing = rows - self.filled;
        self.filled = rows;
        match &mut self.builder {
            None => {}
            Some(Builder::Row(builder)) => builder.append_nulls(missing),
            Some(Builder::Event(builder)) => builder.append_nulls(missing),
            Some(Builder::Integer(builder)) => builder.append_nulls(missing),
            Some(Builder::Bool(builder)) => builder.append_nulls(missing),
            Some(Builder::Id(builder)) => (0..missing).for_each(|_| builder.append_null()),
            Some(Builder::Text(builder)) => builder.append_nulls(missing),
        }
    }

    /// The column of `rows` rows; the next begins.
    fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        self.fill(rows);
        self.filled = 0;
        Some(match self.builder.as_mut()? {
            Builder::Row(builder) => Arc::new(builder.finish()),
            Builder::Event(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Bool(builder) => Arc::new(builder.finish()),
            Builder::Id(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
        })
    }
}

impl Builder {
    fn of(make: Make) -> Self {
        match make {
            Make::Row => Self::Row(UInt64Builder::new()),
            Make::Event => Self::Event(Box::new(StringDictionaryBuilder::new())),
            Make::At | Make::Time | Make::Number | Make::Minor => {
                Self::Integer(Int64Builder::new())
            }
            Make::Bool => Self::Bool(BooleanBuilder::new()),
            Make::Id | Make::Text => Self::Id(Box::new(StringViewBuilder::new())),
            Make::AsIs => Self::Text(StringBuilder::new()),
        }
    }
}

/// The fault of a row without any identifier.
pub(crate) fn missing_id() -> Fault {
    Fault::new(
        Reason::MissingId,
        "all columns that say who it was are empty",
    )
}

/// The fault of a row without an event.
pub(crate) fn missing_event() -> Fault {
    Fault::new(Reason::MissingEvent, "there is no event name")
}

/// The fault of a row without a time.
pub(crate) fn missing_time() -> Fault {
    Fault::new(Reason::MissingTime, "there is no time")
}

/// The fault of an identifier or an event name that is too long.
pub(crate) fn too_long(reason: Reason, name: &str, bytes: usize) -> Fault {
    let message = format!("{name} has {bytes} bytes, most are {MAX_ID_BYTES}");
    Fault::new(reason, message)
}

/// An event's name must be there, as text.
pub(crate) fn check_event(
    text: Option<&str>,
    kind: CellKind,
    default: Option<&str>,
) -> Result<(), Fault> {
    match text.map(trimmed) {
        None | Some("") if default.is_some() => Ok(()),
        None | Some("") => Err(missing_event()),
        Some(_) if matches!(kind, CellKind::Bool | CellKind::List) => {
            Err(Fault::new(Reason::BadEvent, "the event name is no text"))
        }
        Some(name) if name.len() > MAX_ID_BYTES => {
            Err(too_long(Reason::BadEvent, "the event name", name.len()))
        }
        Some(_) => Ok(()),
    }
}

/// Whether an identifier is there; it must be text or a number.
pub(crate) fn check_id(text: Option<&str>, kind: CellKind, name: &str) -> Result<bool, Fault> {
    let Some(id) = text.map(trimmed).filter(|id| !id.is_empty()) else {
        return Ok(false);
    };
    if matches!(kind, CellKind::Bool | CellKind::List) {
        let message = format!("{name} is {}, neither text nor a number", shown(id));
        return Err(Fault::new(Reason::BadId, message));
    }
    if id.len() > MAX_ID_BYTES {
        return Err(too_long(Reason::IdTooLong, name, id.len()));
    }
    Ok(true)
}

/// An instant that may be absent; blank is null.
pub(crate) fn read_time(times: &Times, text: &str, name: &str) -> Result<Option<i64>, Fault> {
    if trimmed(text).is_empty() {
        return Ok(None);
    }
    let named = |fault: Fault| Fault::new(fault.reason, format!("{name}: {}", fault.message));
    times.read(text).map(Some).map_err(named)
}

/// A decimal in millionths; blank is null.
pub(crate) fn read_number(text: &str, name: &str) -> Result<Option<i64>, Fault> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match Number::parse(text) {
        Ok(number) => Ok(Some(number.millionths())),
        Err(NumberError::OutOfRange) => Err(number_out_of_range(text, name)),
        Err(NumberError::NotANumber) => Err(not_a_number(text, name)),
    }
}

/// A whole number of minor units; blank is null.
pub(crate) fn read_minor(text: &str, name: &str) -> Result<Option<i64>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_whole = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && part.bytes().all(|b| b == b'0');
    if !is_whole {
        let message = format!("{name}: {} is no whole number of minor units", shown(text));
        return Err(Fault::new(Reason::BadNumber, message));
    }
    match whole.parse() {
        Ok(minor) => Ok(Some(minor)),
        Err(_) => Err(number_out_of_range(text, name)),
    }
}

/// True or false in the usual words; blank is null.
pub(crate) fn read_bool(text: &str, name: &str) -> Result<Option<bool>, Fault> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "t" | "yes" | "y" | "1" => Ok(Some(true)),
        "false" | "f" | "no" | "n" | "0" => Ok(Some(false)),
        _ => {
            let message = format!("{name}: {} is neither true nor false", shown(text));
            Err(Fault::new(Reason::BadBool, message))
        }
    }
}

/// The fault of a text that is no number.
pub(crate) fn not_a_number(text: &str, name: &str) -> Fault {
    let message = format!("{name}: {} is no number", shown(text));
    Fault::new(Reason::BadNumber, message)
}

/// The fault of a number that cannot be held.
pub(crate) fn number_out_of_range(text: &str, name: &str) -> Fault {
    let message = format!("{name}: {} is beyond what can be held", shown(text));
    Fault::new(Reason::NumberOutOfRange, message)
}
