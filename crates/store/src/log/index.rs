//! Where in a segment which line stands, every so many bytes; kept beside a sealed segment in a file.
//!
//! The file can be thrown away at any time: it is checked, and made anew from the headers of the records.

use std::path::Path;

use super::error::LogError;
use super::format::{FILE_HEADER, FileHeader, check, u32_at, u64_at};
use super::segment::{Step, step};
use super::window::Window;
use crate::disk::Disk;

/// Bytes of a segment between two entries, at least.
const EVERY_BYTES: u64 = 64 * 1024;
/// What an index file begins with; the last byte is its version.
const MAGIC: [u8; 8] = *b"PERINDX\x01";
/// Bytes before the entries: magic, first line, generation, entries, bytes of the segment.
const HEADER: usize = 32;
/// Bytes of an entry: line, place.
const ENTRY: usize = 16;

/// Some of a segment's records, by their first lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    entries: Vec<(u64, u64)>,
}

impl Index {
    /// Takes note of a record, unless the last one noted is near.
    pub(crate) fn note(&mut self, first: u64, offset: u64) {
        let near = |(_, last): &(u64, u64)| offset < last + EVERY_BYTES;
        if !self.entries.last().is_some_and(near) {
            self.entries.push((first, offset));
        }
    }

    /// The last record noted that does not begin after `line`: its first line and its place.
    pub(crate) fn before(&self, line: u64) -> Option<(u64, u64)> {
        let after = self.entries.partition_point(|(first, _)| *first <= line);
        self.entries.get(after.checked_sub(1)?).copied()
    }

    /// The index of a sealed segment: from its file, or made anew where that is missing or damaged.
    pub(crate) fn load(
        disk: &dyn Disk,
        path: &Path,
        header: &FileHeader,
        window: &mut Window,
    ) -> Result<Self, LogError> {
        let length = window.file().length().map_err(LogError::disk(path))?;
        if let Some(index) = Self::read(disk, path, header, length) {
            return Ok(index);
        }
        let mut index = Self::default();
        let (mut offset, mut line) = (FILE_HEADER as u64, header.first);
        loop {
            match step(window, offset, length, line).map_err(LogError::disk(path))? {
                Step::End => break,
                Step::Flawed(flaw) => return Err(LogError::damaged(path, offset, flaw)),
                Step::Record(record) => {
                    index.note(line, offset);
                    (offset, line) = (offset + record.size(), record.end());
                }
            }
        }
        index.write(disk, path, header, length);
        Ok(index)
    }

    fn read(disk: &dyn Disk, path: &Path, header: &FileHeader, length: u64) -> Option<Self> {
        let file = disk.open(&path.with_extension("index")).ok()?;
        let mut bytes = vec![0; file.length().ok()? as usize];
        let read = file.read_at(0, &mut bytes).ok()?;
        let checked = bytes.len().checked_sub(8)?;
        let whole = read == bytes.len() && checked >= HEADER && bytes[..8] == MAGIC;
        if !whole || u64_at(&bytes, checked) != check(&bytes[..checked]) {
            return None;
        }
        let ours = u64_at(&bytes, 8) == header.first
            && u32_at(&bytes, 16) == header.generation
            && u64_at(&bytes, 24) == length
            && u32_at(&bytes, 20) as usize * ENTRY == checked - HEADER;
        let entries = bytes[HEADER..checked].chunks_exact(ENTRY);
        let entries = entries.map(|entry| (u64_at(entry, 0), u64_at(entry, 8)));
        ours.then(|| Self {
            entries: entries.collect(),
        })
    }

    /// Writes the file. It is not synced, and may fail: without it the index is made anew.
    pub(crate) fn write(&self, disk: &dyn Disk, path: &Path, header: &FileHeader, length: u64) {
        let mut bytes = Vec::with_capacity(HEADER + self.entries.len() * ENTRY + 8);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&header.first.to_le_bytes());
        bytes.extend_from_slice(&header.generation.to_le_bytes());
        bytes.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        for (line, offset) in &self.entries {
            bytes.extend_from_slice(&line.to_le_bytes());
            bytes.extend_from_slice(&offset.to_le_bytes());
        }
        bytes.extend_from_slice(&check(&bytes).to_le_bytes());
        if let Ok(file) = disk.create(&path.with_extension("index")) {
            // What a failed write leaves does not pass its check.
            let _ = file.append(&bytes);
        }
    }
}
