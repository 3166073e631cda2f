//! Records of delimited text (CSV and its kin), cut out of a window of bytes.
//!
//! Hand-written because a damaged file must cost only its bad rows: a record is bounded in memory,
//! and after a quote that is never closed reading goes on at the very next line. A general CSV
//! reader takes everything up to the end of the file as one cell.

use super::reject::{Fault, Reason, shown};
use super::stream::find;
use super::table::{Cell, CellKind};

/// Most columns of a file.
pub const MAX_COLUMNS: usize = 2_000;

/// Most bytes of a cell.
pub const MAX_CELL_BYTES: usize = 1024 * 1024;
/// Most bytes of a record; a longer one is passed over line by line.
pub const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;

/// The signs of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between two cells.
    pub delimiter: u8,
    /// At the end of a line: a line feed, or a carriage return in files of old Macs.
    pub newline: u8,
}

/// What stands at the beginning of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A record of so many bytes, its cells in the scanner.
    Record(usize),
    /// An empty line of so many bytes.
    Blank(usize),
    /// A bad record of so many bytes: `whole` without the part of a line that is still to come.
    Bad(usize, Fault, Rest),
    /// More bytes are needed to tell.
    Partial,
}

/// What of a bad record lies beyond the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    None,
    /// The rest of its line.
    Line,
}

/// Cuts records into cells, reusing its memory.
#[derive(Default)]
pub(crate) struct Scanner {
    /// Cells of the record at hand.
    pub cells: Vec<Cell>,
    /// Text of cells that held doubled quotes, as bytes that are UTF-8 if the record is.
    pub scratch: Vec<u8>,
    /// Lines that the record takes.
    pub lines: u64,
}

/// How a quoted cell ends.
enum Quoted {
    /// Behind its closing quote, at this byte.
    Closed(usize),
    /// Not within the bytes at hand.
    Open,
    /// Something other than a delimiter or the line's end follows its closing quote.
    Torn,
}

impl Scanner {
    /// Looks at the record at the beginning of `bytes`; `ended` says that no more will come.
    pub fn scan(&mut self, bytes: &[u8], ended: bool, dialect: Dialect) -> Scanned {
        self.cells.clear();
        self.scratch.clear();
        self.lines = 1;
        let mut too_large = None;
        let mut at = 0;
        loop {
            let start = at;
            if bytes.get(at) == Some(&b'"') {
                match self.quoted(bytes, at, ended, dialect) {
                    Quoted::Closed(end) => at = end,
                    Quoted::Torn => {
                        let fault = (Reason::BadQuote, "text follows a closing quote in a cell");
                        return self.first_line(bytes, ended, dialect, fault);
                    }
                    Quoted::Open if ended || bytes.len() > MAX_RECORD_BYTES => {
                        let fault = (Reason::UnclosedQuote, "a quote is never closed");
                        return self.first_line(bytes, ended, dialect, fault);
                    }
                    Quoted::Open => return Scanned::Partial,
                }
            } else {
                at += bytes[at..]
                    .iter()
                    .position(|b| *b == dialect.delimiter || *b == dialect.newline)
                    .unwrap_or(bytes.len() - at);
                self.cells.push(cell(start, at - start));
            }
            if self
                .cells
                .last()
                .is_some_and(|c| c.len as usize > MAX_CELL_BYTES)
            {
                too_large = self.cells.last().map(|c| c.len);
            }
            if self.cells.len() > 2 * MAX_COLUMNS {
                let fault = (Reason::TooManyCells, "the row has thousands of cells");
                return self.first_line(bytes, ended, dialect, fault);
            }
            match bytes.get(at) {
                Some(b) if *b == dialect.delimiter => at += 1,
                Some(_) => return self.complete(bytes, at, at + 1, too_large),
                None if ended => return self.complete(bytes, at, at, too_large),
                None if bytes.len() > MAX_RECORD_BYTES => {
                    let fault = (Reason::FieldTooLarge, "a line has no end within 16 MiB");
                    return self.first_line(bytes, ended, dialect, fault);
                }
                None => return Scanned::Partial,
            }
        }
    }

    /// A bad record that is passed over up to the end of its first line only.
    fn first_line(
        &mut self,
        bytes: &[u8],
        ended: bool,
        dialect: Dialect,
        (reason, message): (Reason, &str),
    ) -> Scanned {
        self.lines = 1;
        let fault = Fault::new(reason, message);
        match find(bytes, dialect.newline) {
            Some(at) => Scanned::Bad(at + 1, fault, Rest::None),
            None if ended => Scanned::Bad(bytes.len(), fault, Rest::None),
            None if bytes.len() > MAX_RECORD_BYTES => Scanned::Bad(bytes.len(), fault, Rest::Line),
            None => Scanned::Partial,
        }
    }

    /// The record that ends at `end` and whose line ends at `next`.
    fn complete(&mut self, bytes: &[u8], end: usize, next: usize, large: Option<u32>) -> Scanned {
        // The carriage return before a line feed belongs to the line's end, not to the cell.
        if let Some(last) = self.cells.last_mut()
            && !last.in_scratch
            && last.len > 0
            && (last.start + last.len) as usize == end
            && bytes[end - 1] == b'\r'
        {
            last.len -= 1;
        }
        if let Some(bytes) = large {
            return Scanned::Bad(next, field_too_large(bytes as usize), Rest::None);
        }
        if next > 0 && self.cells.len() == 1 && self.cells[0].len == 0 && bytes[0] != b'"' {
            return Scanned::Blank(next);
        }
        if next == 0 {
            return Scanned::Blank(0);
        }
        Scanned::Record(next)
    }

    /// Takes the quoted cell that begins at `open`.
    fn quoted(&mut self, bytes: &[u8], open: usize, ended: bool, dialect: Dialect) -> Quoted {
        let (mut from, scratch_from) = (open + 1, self.scratch.len());
        let mut doubled = false;
        let lines_before = self.lines;
        loop {
            let Some(close) = find(&bytes[from..], b'"').map(|at| from + at) else {
                return Quoted::Open;
            };
            self.lines += bytes[from..close]
                .iter()
                .filter(|b| **b == dialect.newline)
                .count() as u64;
            let after = match bytes.get(close + 1) {
                Some(b'"') => {
                    doubled = true;
                    self.scratch.extend_from_slice(&bytes[from..=close]);
                    from = close + 2;
                    continue;
                }
                Some(b) if *b == dialect.delimiter || *b == dialect.newline => close + 1,
                Some(b'\r') if bytes.get(close + 2) == Some(&dialect.newline) => close + 2,
                Some(b'\r') if close + 2 == bytes.len() && ended => close + 2,
                Some(b'\r') if close + 2 == bytes.len() => return Quoted::Open,
                None if ended => close + 1,
                None => return Quoted::Open,
                Some(_) => {
                    self.lines = lines_before;
                    return Quoted::Torn;
                }
            };
            if doubled {
                self.scratch.extend_from_slice(&bytes[from..close]);
                let mut cell = cell(scratch_from, self.scratch.len() - scratch_from);
                cell.in_scratch = true;
                self.cells.push(cell);
            } else {
                self.cells.push(cell(open + 1, close - open - 1));
            }
            return Quoted::Closed(after);
        }
    }
}

/// A cell of text.
fn cell(start: usize, len: usize) -> Cell {
    Cell {
        start: start as u32,
        len: len as u32,
        kind: CellKind::Text,
        in_scratch: false,
    }
}

fn field_too_large(bytes: usize) -> Fault {
    let message = format!("a cell has {bytes} bytes, most are {MAX_CELL_BYTES}");
    Fault::new(Reason::FieldTooLarge, message)
}

/// Whether a record has as many cells as the header; empty ones too many do not matter.
pub(crate) fn check_width(cells: &[Cell], header: usize) -> Result<(), Fault> {
    let found = cells.len();
    let counts = || format!("the row has {found} cells, the header {header}");
    if found < header {
        return Err(Fault::new(Reason::TooFewCells, counts()));
    }
    if cells[header..].iter().any(|cell| cell.len > 0) {
        return Err(Fault::new(Reason::TooManyCells, counts()));
    }
    Ok(())
}

/// The fault of bytes that are no UTF-8.
pub(crate) fn invalid_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Fault {
    let at = error.valid_up_to();
    let before = String::from_utf8_lossy(&bytes[at.saturating_sub(20)..at]).into_owned();
    let message = format!(
        "byte {} of the row (0x{:02X}, after {}) is no UTF-8; convert the file with `iconv -f LATIN1 -t UTF-8`",
        at + 1,
        bytes.get(at).copied().unwrap_or_default(),
        shown(&before)
    );
    Fault::new(Reason::InvalidUtf8, message)
}

/// The dialect that a header line shows: the commonest of the usual delimiters outside quotes.
/// A first line `sep=;`, which spreadsheets write, says so itself; its length comes with it.
pub(crate) fn detect(head: &[u8], declared: Option<u8>) -> (Dialect, usize) {
    const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];
    let newline = match (find(head, b'\n'), find(head, b'\r')) {
        (None, Some(_)) => b'\r',
        _ => b'\n',
    };
    let line_end = find(head, newline).unwrap_or(head.len());
    if let [
        b's' | b'S',
        b'e' | b'E',
        b'p' | b'P',
        b'=',
        delimiter,
        rest @ ..,
    ] = &head[..line_end]
        && rest.trim_ascii().is_empty()
    {
        let delimiter = declared.unwrap_or(*delimiter);
        let passed = (line_end + 1).min(head.len());
        return (Dialect { delimiter, newline }, passed);
    }
    let mut counts = [0_usize; USUAL.len()];
    let mut quoted = false;
    for byte in &head[..line_end] {
        quoted ^= *byte == b'"';
        if let Some(which) = USUAL
            .iter()
            .position(|usual| usual == byte)
            .filter(|_| !quoted)
        {
            counts[which] += 1;
        }
    }
    let best = (0..USUAL.len()).rev().max_by_key(|which| counts[*which]);
    let delimiter = declared.unwrap_or(best.map_or(b',', |which| USUAL[which]));
    (Dialect { delimiter, newline }, 0)
}
