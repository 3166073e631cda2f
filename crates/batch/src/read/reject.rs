//! Bad rows: what is handed on instead of dropping them, and the counts that must add up.

use std::fmt::Write;
use std::sync::Arc;

/// Most bytes of a row kept with its rejection.
pub const MAX_ORIGINAL_BYTES: usize = 64 * 1024;

/// A row that was not taken, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The row's number within the file, from 1, the header not counted.
    pub row: u64,
    /// The line it begins on, in text files.
    pub line: Option<u64>,
    /// Why, as a stable code.
    pub reason: Reason,
    /// Why, for people.
    pub message: String,
    /// The row's text, cut at [`MAX_ORIGINAL_BYTES`] with a mark; of Parquet, its key cells as JSON.
    /// Bytes that are no UTF-8 are shown as `\xE9`.
    pub original: String,
}

/// Why a row was not taken. The codes are contract: they stand in the table `rejects`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not a JSON value.
    BadJson,
    /// JSON, but not an object.
    NotAnObject,
    /// Objects within objects beyond the limit.
    TooDeep,
    /// A line beyond the limit.
    LineTooLong,
    /// A cell beyond the limit.
    FieldTooLarge,
    /// A quote that is never closed.
    UnclosedQuote,
    /// Text after a closing quote.
    BadQuote,
    /// Fewer cells than the header has columns.
    TooFewCells,
    /// More cells than the header has columns.
    TooManyCells,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// No identifier at all.
    MissingId,
    /// An identifier that is not text or a number.
    BadId,
    /// An identifier beyond the limit.
    IdTooLong,
    /// No time.
    MissingTime,
    /// A time that cannot be read.
    BadTime,
    /// A time that can be read in two ways.
    AmbiguousTime,
    /// A time before year 1 or from year 9999 on.
    TimeOutOfRange,
    /// No event name.
    MissingEvent,
    /// An event name that is not text, or beyond the limit.
    BadEvent,
    /// Segment's `type` is absent or unknown.
    UnknownType,
    /// Not a number where one is declared.
    BadNumber,
    /// A number beyond what can be held exactly.
    NumberOutOfRange,
    /// Neither true nor false where that is declared.
    BadBool,
}

impl Reason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::NotAnObject => "not_an_object",
            Self::TooDeep => "too_deep",
            Self::LineTooLong => "line_too_long",
            Self::FieldTooLarge => "field_too_large",
            Self::UnclosedQuote => "unclosed_quote",
            Self::BadQuote => "bad_quote",
            Self::TooFewCells => "too_few_cells",
            Self::TooManyCells => "too_many_cells",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::MissingId => "missing_id",
            Self::BadId => "bad_id",
            Self::IdTooLong => "id_too_long",
            Self::MissingTime => "missing_time",
            Self::BadTime => "bad_time",
            Self::AmbiguousTime => "ambiguous_time",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::MissingEvent => "missing_event",
            Self::BadEvent => "bad_event",
            Self::UnknownType => "unknown_type",
            Self::BadNumber => "bad_number",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::BadBool => "bad_bool",
        }
    }
}

/// What became of the rows of a chunk. **Invariant:** `rows == given + rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Rows handed on.
    pub given: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Values of rows handed on that were left out, because the file has more than
    /// [`super::MAX_COLUMNS`] different keys.
    pub values_left_out: u64,
}

impl Counts {
    /// Adds those of another chunk or file.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.given += other.given;
        self.rejected += other.rejected;
        self.values_left_out += other.values_left_out;
    }
}

/// Why one row is bad, before it is known which row that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The code.
    pub reason: Reason,
    /// The text for people.
    pub message: String,
}

impl Fault {
    /// A fault with its text.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// A row's text as it is kept with its rejection.
pub(crate) fn original(bytes: &[u8]) -> String {
    let whole = bytes.trim_ascii_end();
    let kept = &whole[..whole.len().min(MAX_ORIGINAL_BYTES)];
    let mut text = String::with_capacity(kept.len());
    for chunk in kept.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    if kept.len() < whole.len() {
        let _ = write!(text, " …[cut, {} bytes in all]", whole.len());
    }
    text
}

/// A value as it is shown in a message: short, on one line.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let short: String = text
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MOST).is_some() {
        format!("`{short}…`")
    } else {
        format!("`{short}`")
    }
}
