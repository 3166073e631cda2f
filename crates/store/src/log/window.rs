//! A stretch of a file in memory, so that many small reads are one large one.

use std::io;
use std::sync::Arc;

use crate::disk::DiskFile;

/// Bytes read at once where the reading goes on from where it was.
const SEQUENTIAL_BYTES: u64 = 256 * 1024;
/// Bytes read at once after a jump.
const JUMP_BYTES: u64 = 32 * 1024;

/// A file, and the stretch of it that was read last.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<dyn DiskFile>,
    at: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// A window on a file; nothing is read yet.
    pub(crate) fn new(file: Arc<dyn DiskFile>) -> Self {
        Self {
            file,
            at: 0,
            bytes: Vec::new(),
        }
    }

    /// The file.
    pub(crate) fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    /// The `length` bytes at `at`, or none where they go beyond `limit` or the end of the file.
    ///
    /// Nothing beyond `limit` is read, since it may still be written.
    pub(crate) fn get(&mut self, at: u64, length: usize, limit: u64) -> io::Result<Option<&[u8]>> {
        let Some(end) = at.checked_add(length as u64).filter(|end| *end <= limit) else {
            return Ok(None);
        };
        let held = self.at + self.bytes.len() as u64;
        if at < self.at || end > held {
            let goes_on = at >= self.at && at <= held;
            let ahead = if goes_on {
                SEQUENTIAL_BYTES
            } else {
                JUMP_BYTES
            };
            self.fill(at, ahead.max(length as u64).min(limit - at) as usize)?;
        }
        let from = (at - self.at) as usize;
        Ok(self.bytes.get(from..from + length))
    }

    fn fill(&mut self, at: u64, length: usize) -> io::Result<()> {
        self.bytes.clear();
        self.at = at;
        self.bytes.resize(length, 0);
        let read = self.file.read_at(at, &mut self.bytes)?;
        self.bytes.truncate(read);
        Ok(())
    }
}
