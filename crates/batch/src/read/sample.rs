//! The first rows of a file, column by column: what guesses look at.

use super::delimited::{Dialect, Scanned, Scanner};
use super::flatten::Flattener;
use super::ndjson;
use super::records::{self, Header};
use super::segment;
use super::stream::find;

/// Rows looked at.
pub const SAMPLE_ROWS: usize = 1_000;

/// The first rows of a file. Columns of NDJSON are the ways through its objects, written with dots.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The columns' names.
    pub names: Vec<String>,
    /// For each column its values that are not empty, as text, in the order of the rows.
    pub values: Vec<Vec<String>>,
    /// Rows seen.
    pub rows: usize,
    /// Of them, rows that could not be read.
    pub bad: usize,
    /// Of them, rows in Segment's shape.
    pub calls: usize,
    /// What was wrong with the first row that could not be read.
    pub first_fault: Option<String>,
}

impl Sample {
    /// The first rows of delimited text, `head` beginning at the first of them.
    pub(crate) fn of_records(head: &[u8], ended: bool, dialect: Dialect, header: &Header) -> Self {
        let width = header.names.len();
        let mut sample = Self {
            names: header.names.clone(),
            values: vec![Vec::new(); width],
            ..Self::default()
        };
        let (mut scanner, mut at) = (Scanner::default(), 0);
        while sample.rows < SAMPLE_ROWS && at < head.len() {
            match scanner.scan(&head[at..], ended, dialect) {
                Scanned::Partial => break,
                Scanned::Blank(length) => at += length,
                Scanned::Bad(length, fault, _) => {
                    sample.fault(fault.message);
                    at += length;
                }
                Scanned::Record(length) => {
                    match records::check(&scanner, &head[at..at + length], width) {
                        Ok(row) => {
                            sample.rows += 1;
                            for (column, values) in sample.values.iter_mut().enumerate() {
                                values.extend(row.get(column).map(str::to_owned));
                            }
                        }
                        Err(fault) => sample.fault(fault.message),
                    }
                    at += length;
                }
            }
        }
        sample
    }

    /// The first lines of NDJSON.
    pub(crate) fn of_lines(head: &[u8], ended: bool) -> Self {
        let mut sample = Self::default();
        let (mut flat, mut at) = (Flattener::new(), 0);
        let mut columns: Vec<Option<usize>> = Vec::new();
        while sample.rows < SAMPLE_ROWS && at < head.len() {
            let length = match find(&head[at..], b'\n') {
                Some(length) => length,
                None if ended => head.len() - at,
                None => break,
            };
            let line = ndjson::check(&head[at..at + length]);
            at += length + 1;
            match line.and_then(|text| {
                if text.is_empty() {
                    Ok("")
                } else {
                    flat.take(text).map(|()| text)
                }
            }) {
                Ok("") => {}
                Ok(text) => {
                    sample.rows += 1;
                    sample.calls += usize::from(segment::is_call(text, &flat));
                    sample.keep_line(text, &flat, &mut columns);
                }
                Err(fault) => sample.fault(fault.message),
            }
        }
        sample
    }

    /// Keeps the values of a line; `columns` gives the column of a node.
    fn keep_line(&mut self, text: &str, flat: &Flattener, columns: &mut Vec<Option<usize>>) {
        columns.resize(flat.tree.len(), None);
        for &node in &flat.touched {
            let Some(value) = flat.row(text).get(node as usize) else {
                continue;
            };
            let column = *columns[node as usize].get_or_insert_with(|| {
                self.names.push(flat.tree.keys(node).join("."));
                self.values.push(Vec::new());
                self.names.len() - 1
            });
            self.values[column].push(value.to_owned());
        }
    }

    fn fault(&mut self, message: String) {
        self.rows += 1;
        self.bad += 1;
        self.first_fault.get_or_insert(message);
    }

    /// The first values of a column.
    pub(crate) fn of(&self, column: usize) -> Vec<String> {
        self.values.get(column).cloned().unwrap_or_default()
    }
}
