//! Reading durable records: one after the other at speed, or one by the number of a line.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{Flaw, LogError};
use super::format::FileHeader;
use super::index::Index;
use super::record::{Record, Unpacker};
use super::segment::{Segment, Shared, Step, file_header, step, stored};
use super::window::Window;

/// Records kept unpacked by a reader, at most.
const KEPT_RECORDS: usize = 8;
/// Bytes of their text, at most, but for the newest.
const KEPT_BYTES: usize = 1024 * 1024;

/// Reads what is durable, while the log goes on being written. A clone reads on its own.
pub struct LogReader {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

/// Where a reader is, and what it has in hand.
#[derive(Default)]
struct State {
    rewrites: u64,
    open: Option<OpenSegment>,
    kept: Vec<Record>,
    kept_next: usize,
}

/// A segment being read.
struct OpenSegment {
    segment: Arc<Segment>,
    path: PathBuf,
    header: FileHeader,
    window: Window,
    unpacker: Unpacker,
    /// The length of the file once it no longer grows.
    sealed: Option<u64>,
    /// Where the record after the one read last begins, and its first line.
    offset: u64,
    line: u64,
}

impl Clone for LogReader {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl fmt::Debug for LogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReader")
            .field("folder", &self.shared.folder)
            .finish_non_exhaustive()
    }
}

impl LogReader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            state: Mutex::default(),
        }
    }

    /// The number of the first line that is not durable, and so cannot be read yet.
    pub fn durable(&self) -> u64 {
        self.shared.durable_end()
    }

    /// The record that holds the line `from`, or none where that is not durable yet.
    ///
    /// Fastest where `from` is the end of the record read before.
    ///
    /// # Errors
    /// [`LogError::Damaged`] where the record is not whole, or [`LogError::Disk`].
    pub fn read(&self, from: u64) -> Result<Option<Record>, LogError> {
        if from >= self.durable() {
            return Ok(None);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let rewrites = self.shared.rewrites.load(Ordering::Acquire);
            if state.rewrites != rewrites {
                *state = State {
                    rewrites,
                    ..State::default()
                };
            }
            let mut kept = state.kept.iter();
            if let Some(record) = kept.find(|record| record.line(from).is_some()) {
                return Ok(Some(record.clone()));
            }
            match self.find(&mut state, from) {
                Ok(record) => {
                    state.keep(&record);
                    return Ok(Some(record));
                }
                // The segment was written anew while it was being read.
                Err(_) if self.shared.rewrites.load(Ordering::Acquire) != rewrites => {}
                Err(error) => {
                    // What is in hand may be why; the next call begins anew.
                    *state = State::default();
                    return Err(error);
                }
            }
        }
    }

    fn find(&self, state: &mut State, from: u64) -> Result<Record, LogError> {
        let (segment, next) = self.segment(from)?;
        let open = match state.open.take() {
            Some(open) if Arc::ptr_eq(&open.segment, &segment) => open,
            _ => self.open(segment)?,
        };
        let open = state.open.insert(open);
        self.approach(open, from)?;
        let limit = self.limit(open)?;
        loop {
            let here = (open.offset, open.line);
            let damaged = |flaw| LogError::damaged(&open.path, here.0, flaw);
            let found = step(&mut open.window, here.0, limit, here.1);
            let header = match found.map_err(LogError::disk(&open.path))? {
                Step::Record(header) => header,
                Step::Flawed(flaw) => return Err(damaged(flaw)),
                Step::End => return Err(damaged(Flaw::Missing)),
            };
            if next.is_some_and(|next| header.end() > next) {
                return Err(damaged(Flaw::Order));
            }
            (open.offset, open.line) = (here.0 + header.size(), header.end());
            if from < header.end() {
                let bytes = stored(&mut open.window, here.0, limit, &header);
                let bytes = bytes.map_err(LogError::disk(&open.path))?;
                let record = bytes.and_then(|bytes| open.unpacker.record(&header, bytes));
                return record.map_err(|flaw| LogError::damaged(&open.path, here.0, flaw));
            }
        }
    }

    fn segment(&self, line: u64) -> Result<(Arc<Segment>, Option<u64>), LogError> {
        let found = self.shared.segment_of(line);
        found.ok_or_else(|| LogError::damaged(&self.shared.path(0), 0, Flaw::Missing))
    }

    fn open(&self, segment: Arc<Segment>) -> Result<OpenSegment, LogError> {
        let path = self.shared.path(segment.first);
        let file = self
            .shared
            .disk
            .open(&path)
            .map_err(LogError::disk(&path))?;
        let header = file_header(&*file, &path, segment.first)?;
        let unpacker = Unpacker::new(header.dictionary).map_err(LogError::disk(&path))?;
        Ok(OpenSegment {
            segment,
            header,
            window: Window::new(file),
            unpacker,
            sealed: None,
            offset: 0,
            line: u64::MAX,
            path,
        })
    }

    /// Goes to the last place known that is not after `from`: where the reader is, or one of the index.
    fn approach(&self, open: &mut OpenSegment, from: u64) -> Result<(), LogError> {
        if open.line == from {
            return Ok(());
        }
        let mut index = open
            .segment
            .index
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let index = match &mut *index {
            Some(index) => index,
            none => {
                let disk = &*self.shared.disk;
                none.insert(Index::load(
                    disk,
                    &open.path,
                    &open.header,
                    &mut open.window,
                )?)
            }
        };
        let noted = index.before(from);
        let missing = || LogError::damaged(&open.path, 0, Flaw::Missing);
        let (line, offset) = noted.ok_or_else(missing)?;
        if open.line > from || open.line < line {
            (open.line, open.offset) = (line, offset);
        }
        Ok(())
    }

    /// How far the open file may be read: to its end, or as far as it is durable.
    fn limit(&self, open: &mut OpenSegment) -> Result<u64, LogError> {
        if let Some(length) = open.sealed {
            return Ok(length);
        }
        let durable = self.shared.durable();
        if durable.segment == open.segment.first {
            return Ok(durable.offset);
        }
        let length = open
            .window
            .file()
            .length()
            .map_err(LogError::disk(&open.path))?;
        open.sealed = Some(length);
        Ok(length)
    }
}

impl State {
    /// Keeps a record for the next call, in place of the oldest.
    fn keep(&mut self, record: &Record) {
        let bytes: usize = self.kept.iter().map(|record| record.text.len()).sum();
        if bytes + record.text.len() > KEPT_BYTES {
            self.kept.clear();
        }
        if self.kept.len() < KEPT_RECORDS {
            self.kept.push(record.clone());
        } else {
            self.kept_next = (self.kept_next + 1) % KEPT_RECORDS;
            self.kept[self.kept_next] = record.clone();
        }
    }
}
