//! Writing to the log: append, sync, and the beginning of a new segment.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use perennial_model::Time;

use super::error::LogError;
use super::format::{FILE_HEADER, FileHeader, MAX_RECORD_BYTES, RecordHeader, check, segment_name};
use super::index::Index;
use super::mark::Mark;
use super::read::LogReader;
use super::record::{DICTIONARY, Packer};
use super::recover::{Recovery, Search, Tail};
use super::segment::{Durable, Segment, Shared};
use crate::disk::{Disk, DiskFile, DiskLock, is_full};

/// Bytes of a segment file by default, above which a new one is begun.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// The level of zstd by default.
const LEVEL: i32 = 1;
/// The name of the file that is locked while a log is open.
const LOCK: &str = "log.lock";

/// How a log is written. It can be read however it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// Bytes of a segment file above which a new one is begun.
    pub segment_bytes: u64,
    /// The level of zstd, 1 to 22.
    pub level: i32,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            segment_bytes: SEGMENT_BYTES,
            level: LEVEL,
        }
    }
}

/// The log, open to be written by this one holder.
pub struct Log {
    shared: Arc<Shared>,
    options: LogOptions,
    tail: Tail,
    segment: Arc<Segment>,
    mark: Mark,
    packer: Packer,
    /// The record being made.
    buffer: Vec<u8>,
    text: Vec<u8>,
    /// Bytes of the segments before the last.
    sealed_bytes: u64,
    poisoned: bool,
    _lock: Box<dyn DiskLock>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("folder", &self.shared.folder)
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

impl Log {
    /// Opens the log in `folder`, or begins one. All lines found are durable when this returns.
    ///
    /// Reads the last segment only, so it takes as long for a large log as for a small one.
    ///
    /// # Errors
    /// [`LogError::Locked`] where it is open already, [`LogError::Damaged`] where durable lines of the
    /// last segment are not whole, [`LogError::Version`], or [`LogError::Disk`].
    pub fn open(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: LogOptions,
    ) -> Result<(Self, Recovery), LogError> {
        disk.create_folder(folder).map_err(LogError::disk(folder))?;
        let lock = lock(&*disk, folder)?;
        let mut search = Search {
            disk: &*disk,
            folder,
            mark: Mark::read(&*disk, folder),
            recovery: Recovery::default(),
        };
        let mut firsts = search.segments()?;
        let mut tail = match search.tail(&mut firsts)? {
            Some(tail) => tail,
            None => {
                firsts.push(0);
                begin(&*disk, folder, 0)?
            }
        };
        let mut recovery = search.recovery;
        let mark = Mark::open(&*disk, folder)?;
        // What is read need not be durable: it may be in the system's memory only.
        let path = folder.join(segment_name(tail.header.first));
        tail.file.sync().map_err(LogError::disk(&path))?;
        disk.sync_folder(folder).map_err(LogError::disk(folder))?;
        mark.write(folder, tail.end)?;
        recovery.end = tail.end;
        recovery.segments = firsts.len();

        let last = firsts.pop().unwrap_or_default();
        let mut segments: Vec<_> = firsts
            .iter()
            .map(|first| Segment::new(*first, None))
            .collect();
        let segment = Segment::new(last, Some(std::mem::take(&mut tail.index)));
        segments.push(segment.clone());
        let mut sealed_bytes = 0;
        for first in firsts {
            sealed_bytes += length(&*disk, &folder.join(segment_name(first)))?;
        }
        let durable = Durable {
            end: tail.end,
            segment: last,
            offset: tail.offset,
        };
        let log = Self {
            shared: Arc::new(Shared::new(disk, folder.to_owned(), segments, durable)),
            options,
            tail,
            segment,
            mark,
            packer: Packer::new(options.level).map_err(LogError::disk(folder))?,
            buffer: Vec::new(),
            text: Vec::new(),
            sealed_bytes,
            poisoned: false,
            _lock: lock,
        };
        Ok((log, recovery))
    }

    /// Writes a batch as one record and gives the numbers of its lines. It is durable after [`Log::sync`].
    /// An empty batch writes nothing.
    ///
    /// # Errors
    /// [`LogError::Full`], [`LogError::TooLarge`] and [`LogError::LineEnd`] leave the log as it was, and
    /// usable. After any other, every later call answers [`LogError::Poisoned`].
    pub fn append(&mut self, received_at: Time, lines: &[&str]) -> Result<Range<u64>, LogError> {
        if self.poisoned {
            return Err(LogError::Poisoned);
        }
        let first = self.end();
        if lines.is_empty() {
            return Ok(first..first);
        }
        self.join(lines)?;
        self.make_record(received_at, lines.len() as u32)?;
        let full = self.tail.offset + self.buffer.len() as u64 > self.options.segment_bytes;
        if full && first > self.segment.first {
            self.seal()?;
        }
        if let Err(error) = self.tail.file.append(&self.buffer) {
            return Err(self.not_written(error));
        }
        self.note();
        self.tail.offset += self.buffer.len() as u64;
        self.tail.end += lines.len() as u64;
        Ok(first..self.tail.end)
    }

    /// Makes all that was written durable, and gives the number of the line after it.
    ///
    /// # Errors
    /// [`LogError::Disk`]: nothing since the last sync may be counted on, and every later call answers
    /// [`LogError::Poisoned`].
    pub fn sync(&mut self) -> Result<u64, LogError> {
        if self.poisoned {
            return Err(LogError::Poisoned);
        }
        if self.durable() == self.end() {
            return Ok(self.end());
        }
        let synced = self.tail.file.sync();
        synced.map_err(|error| self.poison(self.path(), error))?;
        let end = self.tail.end;
        self.shared.publish(Durable {
            end,
            segment: self.segment.first,
            offset: self.tail.offset,
        });
        let marked = self.mark.write(&self.shared.folder, end);
        marked.inspect_err(|_| self.poisoned = true)?;
        Ok(end)
    }

    /// Ends the last segment, so that what follows begins a new one. All lines are durable then.
    ///
    /// # Errors
    /// As for [`Log::append`].
    pub fn seal(&mut self) -> Result<(), LogError> {
        self.sync()?;
        if self.end() == self.segment.first {
            return Ok(());
        }
        let disk = self.shared.disk.clone();
        let next = match begin(&*disk, &self.shared.folder, self.end()) {
            Ok(next) => next,
            Err(LogError::Full) => return Err(LogError::Full),
            Err(error) => {
                self.poisoned = true;
                return Err(error);
            }
        };
        let folder = self.shared.folder.clone();
        let named = disk.sync_folder(&folder);
        named.map_err(|error| self.poison(folder, error))?;
        let segment = Segment::new(self.end(), Some(Index::default()));
        let before = std::mem::replace(&mut self.tail, next);
        let sealed = std::mem::replace(&mut self.segment, segment.clone());
        self.sealed_bytes += before.offset;
        if let Ok(index) = sealed.index.lock()
            && let Some(index) = &*index
        {
            let path = self.shared.path(sealed.first);
            index.write(&*disk, &path, &before.header, before.offset);
        }
        self.shared.add(segment);
        self.shared.publish(Durable {
            end: self.tail.end,
            segment: self.segment.first,
            offset: self.tail.offset,
        });
        Ok(())
    }

    /// The number of the line after the last that was written.
    pub fn end(&self) -> u64 {
        self.tail.end
    }

    /// The number of the first line that is not durable.
    pub fn durable(&self) -> u64 {
        self.shared.durable_end()
    }

    /// Bytes of all segment files.
    pub fn bytes(&self) -> u64 {
        self.sealed_bytes + self.tail.offset
    }

    /// A reader of what is durable, now and later.
    pub fn reader(&self) -> LogReader {
        LogReader::new(self.shared.clone())
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// After a rewriting that failed: what a failed disk has made durable is not known.
    pub(crate) fn doubt(&mut self, error: &LogError) {
        self.poisoned |= matches!(error, LogError::Disk { .. });
    }

    /// A sealed segment had so many bytes and has so many now.
    pub(crate) fn resized(&mut self, (before, after): (u64, u64)) {
        self.sealed_bytes = (self.sealed_bytes + after).saturating_sub(before);
    }

    fn join(&mut self, lines: &[&str]) -> Result<(), LogError> {
        let bytes = lines.iter().map(|line| line.len() + 1).sum();
        if bytes > MAX_RECORD_BYTES {
            let lines = lines.len();
            return Err(LogError::TooLarge { bytes, lines });
        }
        self.text.clear();
        for (place, line) in lines.iter().enumerate() {
            if line.as_bytes().contains(&b'\n') {
                return Err(LogError::LineEnd(place));
            }
            if place > 0 {
                self.text.push(b'\n');
            }
            self.text.extend_from_slice(line.as_bytes());
        }
        Ok(())
    }

    /// Makes the bytes of the record for the text.
    fn make_record(&mut self, received_at: Time, lines: u32) -> Result<(), LogError> {
        let (first, durable) = (self.end(), self.durable());
        let packed = self.packer.pack(&self.text);
        let (form, stored) = packed.map_err(LogError::disk(&self.shared.folder))?;
        let header = RecordHeader {
            form,
            first,
            received_at,
            lines,
            text: self.text.len() as u32,
            stored: stored.len() as u32,
            unsynced: (first - durable).try_into().unwrap_or(u32::MAX),
            check: check(stored),
        };
        self.buffer.clear();
        self.buffer.extend_from_slice(&header.write());
        self.buffer.extend_from_slice(stored);
        Ok(())
    }

    fn note(&self) {
        if let Ok(mut index) = self.segment.index.lock() {
            let index = index.get_or_insert_default();
            index.note(self.tail.end, self.tail.offset);
        }
    }

    /// After a failed write: a full disk is got over by cutting what was written, nothing else is.
    fn not_written(&mut self, error: std::io::Error) -> LogError {
        if !is_full(&error) {
            return self.poison(self.path(), error);
        }
        match self.tail.file.truncate(self.tail.offset) {
            Ok(()) => LogError::Full,
            Err(error) => self.poison(self.path(), error),
        }
    }

    fn poison(&mut self, path: PathBuf, error: std::io::Error) -> LogError {
        self.poisoned = true;
        LogError::Disk { path, error }
    }

    fn path(&self) -> PathBuf {
        self.shared.path(self.segment.first)
    }
}

/// Begins the segment file for the line `first`. Its name is not yet durable.
fn begin(disk: &dyn Disk, folder: &Path, first: u64) -> Result<Tail, LogError> {
    let path = folder.join(segment_name(first));
    let header = FileHeader {
        dictionary: DICTIONARY,
        generation: 0,
        first,
    };
    let full = |error| match is_full(&error) {
        true => LogError::Full,
        false => LogError::disk(&path)(error),
    };
    let file: Arc<dyn DiskFile> = disk.create(&path).map_err(full)?;
    if let Err(error) = file.append(&header.write()) {
        disk.remove(&path).map_err(LogError::disk(&path))?;
        return Err(full(error));
    }
    Ok(Tail {
        file,
        header,
        index: Index::default(),
        end: first,
        offset: FILE_HEADER as u64,
    })
}

fn lock(disk: &dyn Disk, folder: &Path) -> Result<Box<dyn DiskLock>, LogError> {
    let path = folder.join(LOCK);
    disk.lock(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => LogError::Locked(folder.to_owned()),
        _ => LogError::disk(&path)(error),
    })
}

fn length(disk: &dyn Disk, path: &Path) -> Result<u64, LogError> {
    let file = disk.open(path).map_err(LogError::disk(path))?;
    file.length().map_err(LogError::disk(path))
}
