//! How far reading has come: two counters that a progress bar elsewhere can look at.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that reading adds to, from any thread.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Progress {
    /// Bytes read so far, as they lie on disk (compressed ones where the file is).
    /// The total is [`super::InputFile::bytes`].
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Rows read so far, rejected ones included.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Adds to both.
    pub(crate) fn add(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}
