//! Where rows of text go: good ones into batches, bad ones to the sink, all of them into the counts.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::error::ReadError;
use super::progress::Progress;
use super::reject::{Counts, Fault, Reject, original};
use super::stream::{Window, find};
use super::table::{BATCH_ROWS, Row, Table};

/// What the caller does with a batch.
pub type Each<'a> = dyn FnMut(RecordBatch) -> Result<(), ReadError> + 'a;
/// What the caller does with a rejected row.
pub type Rejects<'a> = dyn FnMut(Reject) + 'a;

/// The caller's side of reading a text file.
pub(crate) struct Feed<'a> {
    /// The file's name.
    pub file: Arc<str>,
    /// The batch being built.
    pub table: Table,
    /// Rows so far.
    pub counts: Counts,
    /// The sink of bad rows.
    pub rejects: &'a mut Rejects<'a>,
    /// The sink of batches.
    pub each: &'a mut Each<'a>,
    /// Counters for a progress bar.
    pub progress: &'a Progress,
}

impl Feed<'_> {
    /// Takes a row that begins on `line` and was given as `bytes`, or rejects it.
    pub fn row(&mut self, line: u64, bytes: &[u8], row: &Row<'_>) -> Result<(), ReadError> {
        match self.table.push(self.counts.rows + 1, row) {
            Ok(()) => {
                self.counts.rows += 1;
                self.counts.given += 1;
            }
            Err(fault) => self.reject(line, bytes, fault),
        }
        if self.table.rows() == BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Rejects a row.
    pub fn reject(&mut self, line: u64, bytes: &[u8], fault: Fault) {
        self.counts.rows += 1;
        self.counts.rejected += 1;
        (self.rejects)(Reject {
            file: Arc::clone(&self.file),
            row: self.counts.rows,
            line: Some(line),
            reason: fault.reason,
            message: fault.message,
            original: original(bytes),
        });
    }

    /// Reads more into the window, telling the progress.
    pub fn more(&mut self, window: &mut Window, told: &mut u64) -> Result<(), ReadError> {
        window.more(self.counts.rows)?;
        self.progress
            .add(window.newly_taken(), self.counts.rows - *told);
        *told = self.counts.rows;
        Ok(())
    }

    /// Passes over everything up to and with a byte.
    pub fn skip_to(
        &mut self,
        window: &mut Window,
        newline: u8,
        told: &mut u64,
    ) -> Result<(), ReadError> {
        loop {
            match find(window.bytes(), newline) {
                Some(at) => {
                    window.pass(at + 1);
                    return Ok(());
                }
                None => window.pass(usize::MAX),
            }
            if window.ended() {
                return Ok(());
            }
            self.more(window, told)?;
        }
    }

    /// Hands on the rows at hand.
    pub fn flush(&mut self) -> Result<(), ReadError> {
        if self.table.rows() == 0 {
            return Ok(());
        }
        let batch = self.table.finish();
        (self.each)(batch.map_err(|error| ReadError::misuse(&self.file, error.to_string()))?)
    }
}
