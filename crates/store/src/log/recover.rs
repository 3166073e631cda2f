//! Opening a log: the last segment is read, what a crash tore off its end is cut, and damage is refused.

use std::path::Path;
use std::sync::Arc;

use super::error::{Flaw, LogError};
use super::format::{
    FILE_HEADER, FileHeader, RECORD_HEADER, RECORD_MAGIC, RecordHeader, check, first_of,
    segment_name,
};
use super::index::Index;
use super::segment::{Step, file_header, step, stored};
use super::window::Window;
use crate::disk::{Disk, DiskFile};

/// The ending of files that were being written when the process ended.
pub(crate) const UNFINISHED: &str = ".new";

/// What opening a log found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Segment files.
    pub segments: usize,
    /// The number of the line after the last.
    pub end: u64,
    /// Bytes read to get there.
    pub read_bytes: u64,
    /// Bytes of a torn write that were cut off. Nobody had been told that they were durable.
    pub cut_bytes: u64,
}

/// The last segment, sound up to its end.
pub(crate) struct Tail {
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) header: FileHeader,
    pub(crate) index: Index,
    /// The number of the line after the last.
    pub(crate) end: u64,
    /// Where its bytes end.
    pub(crate) offset: u64,
}

/// A look through a log's folder.
pub(crate) struct Search<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) folder: &'a Path,
    /// Up to which line the log was durable for certain.
    pub(crate) mark: u64,
    pub(crate) recovery: Recovery,
}

impl Search<'_> {
    /// The first lines of all segments, in order. Files that were not finished are taken away.
    pub(crate) fn segments(&self) -> Result<Vec<u64>, LogError> {
        let names = self.disk.list(self.folder);
        let names = names.map_err(LogError::disk(self.folder))?;
        for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
            let path = self.folder.join(name);
            self.disk.remove(&path).map_err(LogError::disk(&path))?;
        }
        let firsts: Vec<u64> = names.iter().filter_map(|name| first_of(name)).collect();
        if firsts.first().copied().unwrap_or(self.mark) > 0 {
            let path = self.folder.join(segment_name(0));
            return Err(LogError::damaged(&path, 0, Flaw::Missing));
        }
        Ok(firsts)
    }

    /// Finds the last segment and cuts what was torn; `segments` loses those that had not come to be.
    pub(crate) fn tail(&mut self, segments: &mut Vec<u64>) -> Result<Option<Tail>, LogError> {
        // What the segment after this one began with, where that was torn.
        let mut torn = None;
        while let Some(&first) = segments.last() {
            let path = self.folder.join(segment_name(first));
            let file = self.disk.open(&path).map_err(LogError::disk(&path))?;
            let header = match file_header(&*file, &path, first) {
                Ok(header) => header,
                Err(LogError::Damaged { offset, flaw, .. }) if torn.is_none() => {
                    self.torn(&file, &path, offset, first, flaw)?;
                    self.disk.remove(&path).map_err(LogError::disk(&path))?;
                    torn = Some(first);
                    segments.pop();
                    continue;
                }
                Err(error) => return Err(error),
            };
            let tail = self.read(file, &path, header)?;
            let wanted = torn.unwrap_or(0).max(self.mark);
            if tail.end < wanted {
                return Err(LogError::damaged(&path, tail.offset, Flaw::Missing));
            }
            return Ok(Some(tail));
        }
        Ok(None)
    }

    /// Reads all of the last segment, up to its end or the first flaw, which is cut off if it may be.
    fn read(
        &mut self,
        file: Arc<dyn DiskFile>,
        path: &Path,
        header: FileHeader,
    ) -> Result<Tail, LogError> {
        let length = file.length().map_err(LogError::disk(path))?;
        let mut window = Window::new(file.clone());
        let mut index = Index::default();
        let (mut offset, mut end) = (FILE_HEADER as u64, header.first);
        let flaw = loop {
            let found = step(&mut window, offset, length, end).map_err(LogError::disk(path))?;
            let record = match found {
                Step::End => break None,
                Step::Flawed(flaw) => break Some(flaw),
                Step::Record(record) => record,
            };
            let lines = stored(&mut window, offset, length, &record);
            if let Err(flaw) = lines.map_err(LogError::disk(path))? {
                break Some(flaw);
            }
            index.note(end, offset);
            (offset, end) = (offset + record.size(), record.end());
        };
        self.recovery.read_bytes += length;
        if let Some(flaw) = flaw {
            self.torn(&file, path, offset, end, flaw)?;
            file.truncate(offset).map_err(LogError::disk(path))?;
        }
        Ok(Tail {
            file,
            header,
            index,
            end,
            offset,
        })
    }

    /// Refuses to take for a torn write what is damage: what is flawed from `offset` on, where the line
    /// `line` should stand, was durable if the mark says so or a whole record after it does.
    ///
    /// A record after the flaw alone proves nothing, since unsynced writes may come through in any order.
    fn torn(
        &mut self,
        file: &Arc<dyn DiskFile>,
        path: &Path,
        offset: u64,
        line: u64,
        flaw: Flaw,
    ) -> Result<(), LogError> {
        let disk = LogError::disk(path);
        let length = file.length().map_err(&disk)?;
        self.recovery.cut_bytes += length.saturating_sub(offset);
        if was_durable(&**file, offset, line, self.mark).map_err(&disk)? {
            return Err(LogError::damaged(path, offset, flaw));
        }
        Ok(())
    }
}

/// Whether what is flawed from `offset` on, where the line `line` should stand, had been durable: so it is
/// damage, and no torn write.
pub(crate) fn was_durable(
    file: &dyn DiskFile,
    offset: u64,
    line: u64,
    mark: u64,
) -> std::io::Result<bool> {
    Ok(mark > line || durable_in(&rest_of(file, offset)?) > line)
}

fn rest_of(file: &dyn DiskFile, offset: u64) -> std::io::Result<Vec<u8>> {
    let mut rest = vec![0; file.length()?.saturating_sub(offset) as usize];
    let read = file.read_at(offset, &mut rest)?;
    rest.truncate(read);
    Ok(rest)
}

/// Up to which line the log was durable, by the whole records that stand anywhere in `bytes`.
fn durable_in(bytes: &[u8]) -> u64 {
    let mut durable = 0;
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + RECORD_HEADER) {
        let record = match header.starts_with(&RECORD_MAGIC) {
            true => RecordHeader::read(header).ok(),
            false => None,
        };
        let from = at + RECORD_HEADER;
        let whole = record.filter(|record| {
            let stored = bytes.get(from..from + record.stored as usize);
            stored.is_some_and(|stored| check(stored) == record.check)
        });
        match whole {
            Some(record) => {
                durable = durable.max(record.durable());
                at += record.size() as usize;
            }
            None => at += 1,
        }
    }
    durable
}
