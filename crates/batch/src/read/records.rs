//! Reads the records of delimited text from its header on.

use super::delimited::{Dialect, MAX_COLUMNS, Rest, Scanned, Scanner, check_width, invalid_utf8};
use super::error::ReadError;
use super::feed::Feed;
use super::reject::{Fault, Reason};
use super::stream::Window;
use super::table::Row;

/// The header of a file: what stands before its first row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// The names of the columns, made unique; of an empty file none.
    pub names: Vec<String>,
    /// Bytes up to the first row, counted from the beginning of the text.
    pub bytes: usize,
    /// Lines up to the first row.
    pub lines: u64,
}

/// Reads the header from the beginning of a text, of which `passed` bytes say the delimiter.
pub(crate) fn header(
    file: &str,
    head: &[u8],
    ended: bool,
    dialect: Dialect,
    passed: usize,
) -> Result<Header, ReadError> {
    let mut scanner = Scanner::default();
    let (mut bytes, mut lines) = (passed, u64::from(passed > 0));
    let unusable = |cause: String| {
        let way_out = "the first line must name the columns, between delimiters";
        ReadError::unusable(file, cause, way_out)
    };
    let too_wide = |count: String| {
        let cause = format!("it has {count} columns, at most {MAX_COLUMNS} are read");
        ReadError::unusable(file, cause, "leave out those that are not needed")
    };
    loop {
        let rest = &head[bytes..];
        if rest.is_empty() && ended {
            return Ok(Header::default());
        }
        match scanner.scan(rest, ended, dialect) {
            Scanned::Blank(length) => {
                bytes += length;
                lines += 1;
            }
            Scanned::Bad(_, fault, _) if fault.reason == Reason::TooManyCells => {
                return Err(too_wide("thousands of".to_owned()));
            }
            Scanned::Bad(_, fault, _) => return Err(unusable(fault.message)),
            Scanned::Partial => return Err(unusable("its header has no end".into())),
            Scanned::Record(length) => {
                if scanner.cells.len() > MAX_COLUMNS {
                    return Err(too_wide(scanner.cells.len().to_string()));
                }
                let text = as_text(&rest[..length]).map_err(|fault| unusable(fault.message))?;
                let scratch = as_text(&scanner.scratch).map_err(|fault| unusable(fault.message))?;
                let row = Row {
                    text,
                    scratch,
                    cells: &scanner.cells,
                };
                return Ok(Header {
                    names: unique_names(&row),
                    bytes: bytes + length,
                    lines: lines + scanner.lines,
                });
            }
        }
    }
}

/// The header's cells as names: trimmed, numbered where empty or there before.
fn unique_names(row: &Row<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for number in 0..row.cells.len() {
        let name = match row.get(number).map(str::trim) {
            None | Some("") => format!("column_{}", number + 1),
            Some(name) => name.to_owned(),
        };
        let mut unique = name.clone();
        let mut count = 1;
        while names.contains(&unique) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        names.push(unique);
    }
    names
}

/// Reads all rows of a window that stands behind the header.
pub(crate) fn read(
    window: &mut Window,
    dialect: Dialect,
    header: &Header,
    feed: &mut Feed<'_>,
) -> Result<(), ReadError> {
    let mut scanner = Scanner::default();
    let (mut line, mut told) = (header.lines + 1, 0);
    loop {
        let bytes = window.bytes();
        if bytes.is_empty() && window.ended() {
            break;
        }
        let passed = match scanner.scan(bytes, window.ended(), dialect) {
            Scanned::Partial => {
                feed.more(window, &mut told)?;
                continue;
            }
            Scanned::Blank(length) => length,
            Scanned::Bad(length, fault, rest) => {
                feed.reject(line, &bytes[..length], fault);
                if rest == Rest::Line {
                    feed.skip_to(window, dialect.newline, &mut told)?;
                    line += 1;
                    continue;
                }
                length
            }
            Scanned::Record(length) => {
                let record = &bytes[..length];
                match check(&scanner, record, header.names.len()) {
                    Ok(row) => feed.row(line, record, &row)?,
                    Err(fault) => feed.reject(line, record, fault),
                }
                length
            }
        };
        line += scanner.lines;
        window.pass(passed);
    }
    feed.more(window, &mut told)?;
    feed.flush()
}

/// A record as a row of text, if it is as wide as the header.
pub(crate) fn check<'a>(
    scanner: &'a Scanner,
    record: &'a [u8],
    width: usize,
) -> Result<Row<'a>, Fault> {
    let row = Row {
        text: as_text(record)?,
        scratch: as_text(&scanner.scratch)?,
        cells: &scanner.cells,
    };
    check_width(row.cells, width)?;
    Ok(row)
}

fn as_text(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| invalid_utf8(bytes, error))
}
