//! Segments as the log and its readers share them, and the steps through a segment's records.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::error::{Flaw, LogError};
use super::format::{
    self, FILE_HEADER, FileHeader, RECORD_HEADER, RecordHeader, Unusable, VERSION, segment_name,
};
use super::index::Index;
use super::window::Window;
use crate::disk::{Disk, DiskFile};

/// What the log and its readers have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) folder: PathBuf,
    /// By first line; there is always one.
    segments: RwLock<Vec<Arc<Segment>>>,
    durable: Mutex<Durable>,
    durable_end: AtomicU64,
    /// Goes up when segments have been rewritten, so that readers let go of what they hold.
    pub(crate) rewrites: AtomicU64,
}

/// Up to where the log is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Durable {
    /// The number of the first line that is not.
    pub(crate) end: u64,
    /// The first line of the segment in which the durable bytes end.
    pub(crate) segment: u64,
    /// The place in its file where they end.
    pub(crate) offset: u64,
}

/// A segment by its first line.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    /// Where its records are; none until it is asked for.
    pub(crate) index: Mutex<Option<Index>>,
}

impl Segment {
    pub(crate) fn new(first: u64, index: Option<Index>) -> Arc<Self> {
        Arc::new(Self {
            first,
            index: Mutex::new(index),
        })
    }
}

impl Shared {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        segments: Vec<Arc<Segment>>,
        durable: Durable,
    ) -> Self {
        Self {
            disk,
            folder,
            segments: RwLock::new(segments),
            durable_end: AtomicU64::new(durable.end),
            durable: Mutex::new(durable),
            rewrites: AtomicU64::new(0),
        }
    }

    pub(crate) fn durable_end(&self) -> u64 {
        self.durable_end.load(Ordering::Acquire)
    }

    pub(crate) fn durable(&self) -> Durable {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, durable: Durable) {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = durable;
        self.durable_end.store(durable.end, Ordering::Release);
    }

    pub(crate) fn add(&self, segment: Arc<Segment>) {
        let mut segments = self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        segments.push(segment);
    }

    /// All segments, in order.
    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.clone()
    }

    /// The segment that a line stands in, and the first line of the one after it.
    pub(crate) fn segment_of(&self, line: u64) -> Option<(Arc<Segment>, Option<u64>)> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let after = segments.partition_point(|segment| segment.first <= line);
        let segment = segments.get(after.checked_sub(1)?)?;
        Some((segment.clone(), segments.get(after).map(|next| next.first)))
    }

    pub(crate) fn path(&self, first: u64) -> PathBuf {
        self.folder.join(segment_name(first))
    }
}

/// Reads the header of the segment file that begins with the line `first`.
pub(crate) fn file_header(
    file: &dyn DiskFile,
    path: &Path,
    first: u64,
) -> Result<FileHeader, LogError> {
    let mut bytes = [0; FILE_HEADER];
    let read = file.read_at(0, &mut bytes).map_err(LogError::disk(path))?;
    match FileHeader::read(&bytes[..read]) {
        Ok(header) if header.first == first => Ok(header),
        Ok(_) => Err(LogError::damaged(path, 16, Flaw::Name)),
        Err(Unusable::Flawed) => Err(LogError::damaged(path, 0, Flaw::FileHeader)),
        Err(Unusable::Version(version)) => Err(LogError::Version {
            path: path.to_owned(),
            version: version.max(VERSION),
        }),
    }
}

/// What stands at a place of a segment file.
pub(crate) enum Step {
    /// A record with this header; its stored bytes have not been looked at.
    Record(RecordHeader),
    /// Nothing: the records end here.
    End,
    /// No record, but bytes.
    Flawed(Flaw),
}

/// Looks at the place where a record should begin whose first line is `expected`.
pub(crate) fn step(
    window: &mut Window,
    offset: u64,
    limit: u64,
    expected: u64,
) -> io::Result<Step> {
    if offset >= limit {
        return Ok(Step::End);
    }
    let Some(bytes) = window.get(offset, RECORD_HEADER, limit)? else {
        return Ok(Step::Flawed(Flaw::Cut));
    };
    Ok(match RecordHeader::read(bytes) {
        Err(flaw) => Step::Flawed(flaw),
        Ok(header) if header.first != expected => Step::Flawed(Flaw::Order),
        Ok(header) if header.size() > limit - offset => Step::Flawed(Flaw::Cut),
        Ok(header) => Step::Record(header),
    })
}

/// The stored bytes of the record at `offset`, if they are those that were written.
pub(crate) fn stored<'a>(
    window: &'a mut Window,
    offset: u64,
    limit: u64,
    header: &RecordHeader,
) -> io::Result<Result<&'a [u8], Flaw>> {
    let from = offset + RECORD_HEADER as u64;
    let bytes = window.get(from, header.stored as usize, limit)?;
    Ok(match bytes {
        None => Err(Flaw::Cut),
        Some(bytes) if format::check(bytes) == header.check => Ok(bytes),
        Some(_) => Err(Flaw::Lines),
    })
}
