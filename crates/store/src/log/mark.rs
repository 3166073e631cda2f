//! A note of how far the log is durable, so that damage at its end is not taken for a torn write.
//!
//! The note itself is never synced: one that is lost or old claims too little, which is harmless.

use std::path::Path;
use std::sync::Arc;

use super::error::LogError;
use super::format::{check, u64_at};
use crate::disk::{Disk, DiskFile};

/// The name of the file.
const NAME: &str = "durable.mark";
/// What it begins with; the last byte is its version.
const MAGIC: [u8; 8] = *b"PERMARK\x01";
/// Bytes of the file: magic, line, check. They lie in one sector, which is written whole or not at all.
const BYTES: usize = 24;

/// The note, open to be written.
#[derive(Debug)]
pub(crate) struct Mark {
    file: Arc<dyn DiskFile>,
}

impl Mark {
    /// Up to which line the log in `folder` was durable for certain.
    pub(crate) fn read(disk: &dyn Disk, folder: &Path) -> u64 {
        let mut bytes = [0; BYTES];
        let file = disk.open(&folder.join(NAME));
        let read = file.and_then(|file| file.read_at(0, &mut bytes));
        let whole = matches!(read, Ok(BYTES)) && bytes[..8] == MAGIC;
        if whole && u64_at(&bytes, 16) == check(&bytes[..16]) {
            u64_at(&bytes, 8)
        } else {
            0
        }
    }

    /// Opens the note, or begins it.
    pub(crate) fn open(disk: &dyn Disk, folder: &Path) -> Result<Self, LogError> {
        let path = folder.join(NAME);
        let file = disk.open(&path).or_else(|_| disk.create(&path));
        let file = file.map_err(LogError::disk(&path))?;
        Ok(Self { file })
    }

    /// Notes that all lines before `end` are durable.
    pub(crate) fn write(&self, folder: &Path, end: u64) -> Result<(), LogError> {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&end.to_le_bytes());
        let sum = check(&bytes[..16]);
        bytes[16..].copy_from_slice(&sum.to_le_bytes());
        match self.file.write_at(0, &bytes) {
            // No room for a note is no harm: there was room for the lines.
            Err(error) if crate::disk::is_full(&error) => Ok(()),
            result => result.map_err(LogError::disk(&folder.join(NAME))),
        }
    }
}
