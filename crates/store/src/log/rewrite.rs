//! Erasure and retention: lines blanked or replaced in place, segments written anew, numbers kept.
//!
//! **Invariant:** a crash leaves a segment as it was or as it is to be. Segments in which nothing changes
//! are not touched.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::error::LogError;
use super::format::{FILE_HEADER, FileHeader, RecordHeader, check};
use super::index::Index;
use super::record::{Packer, Record, Unpacker};
use super::recover::UNFINISHED;
use super::segment::{Segment, Shared, Step, file_header, step, stored};
use super::window::Window;
use super::write::Log;
use crate::disk::{DiskFile, is_full};

/// Level of zstd for lines that are written anew.
const LEVEL: i32 = 1;

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It becomes empty.
    Blank,
    /// It becomes this text, which holds no line end.
    Replace(String),
}

/// What a rewriting changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// The segment files that were written anew, with the number of lines changed in each.
    pub files: Vec<(PathBuf, u64)>,
}

impl Rewritten {
    /// Lines changed.
    pub fn lines(&self) -> u64 {
        self.files.iter().map(|(_, lines)| lines).sum()
    }
}

impl Log {
    /// Asks `fate` of every line from the line `from` on, and writes the segments anew in which a line
    /// changes. The last segment is ended first. When this returns, the old bytes are in no file of the
    /// log, and readers give the new lines.
    ///
    /// The whole log is read. `fate` is asked in order, and more than once of lines that change.
    ///
    /// # Errors
    /// [`LogError::Full`] and [`LogError::LineEnd`] (with the place in its record) leave the segment at
    /// hand as it was, those before it are changed. [`LogError::Damaged`] where a segment is not sound:
    /// it is not touched. [`LogError::Disk`].
    pub fn rewrite(
        &mut self,
        from: u64,
        fate: impl FnMut(u64, &str) -> Fate,
    ) -> Result<Rewritten, LogError> {
        self.rewrite_part(from..u64::MAX, fate)
    }

    /// As [`Log::rewrite`], for some lines only; segments with none of them are not read.
    ///
    /// # Errors
    /// As [`Log::rewrite`].
    pub fn rewrite_part(
        &mut self,
        part: Range<u64>,
        mut fate: impl FnMut(u64, &str) -> Fate,
    ) -> Result<Rewritten, LogError> {
        self.seal()?;
        let shared = self.shared();
        let mut rewritten = Rewritten::default();
        let segments = shared.segments();
        let ends = segments.iter().skip(1).map(|next| next.first);
        for (segment, end) in segments.iter().zip(ends) {
            if end <= part.start || segment.first >= part.end {
                continue;
            }
            let rewriting = Rewriting::begin(&shared, segment, part.clone())?;
            let lines = rewriting.changes(&mut fate)?;
            if lines > 0 {
                let written = rewriting.write(&mut fate);
                let bytes = written.inspect_err(|error| self.doubt(error))?;
                rewritten.files.push((rewriting.path, lines));
                self.resized(bytes);
            }
        }
        Ok(rewritten)
    }
}

/// A segment being written anew.
struct Rewriting<'a> {
    shared: &'a Shared,
    segment: &'a Arc<Segment>,
    path: PathBuf,
    header: FileHeader,
    part: Range<u64>,
    file: Arc<dyn DiskFile>,
    length: u64,
}

impl<'a> Rewriting<'a> {
    fn begin(
        shared: &'a Shared,
        segment: &'a Arc<Segment>,
        part: Range<u64>,
    ) -> Result<Self, LogError> {
        let path = shared.path(segment.first);
        let file = shared.disk.open(&path).map_err(LogError::disk(&path))?;
        Ok(Self {
            shared,
            segment,
            part,
            header: file_header(&*file, &path, segment.first)?,
            length: file.length().map_err(LogError::disk(&path))?,
            file,
            path,
        })
    }

    /// How many lines are to change.
    fn changes(&self, fate: &mut impl FnMut(u64, &str) -> Fate) -> Result<u64, LogError> {
        let mut lines = 0;
        self.each(|_, record, _| {
            let within = record.lines().filter(|(line, _)| self.part.contains(line));
            lines += within
                .filter(|(line, text)| fate(*line, text) != Fate::Keep)
                .count() as u64;
            Ok(())
        })?;
        Ok(lines)
    }

    /// Writes the segment anew and puts it in the old one's place; says how many bytes fewer or more.
    fn write(&self, fate: &mut impl FnMut(u64, &str) -> Fate) -> Result<(u64, u64), LogError> {
        let disk = &*self.shared.disk;
        let mut name = self.path.clone().into_os_string();
        name.push(UNFINISHED);
        let unfinished = PathBuf::from(name);
        let written = self.write_file(&unfinished, fate);
        let (header, index, length) = written.inspect_err(|_| {
            // What is left over is taken away when the log is opened next.
            let _ = disk.remove(&unfinished);
        })?;
        // A reader that sees the new index with the old file in hand must find that there was a rewriting.
        let held = &self.segment.index;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let named = disk.rename(&unfinished, &self.path);
        named.map_err(LogError::disk(&self.path))?;
        let folder = &self.shared.folder;
        disk.sync_folder(folder).map_err(LogError::disk(folder))?;
        index.write(disk, &self.path, &header, length);
        *held = Some(index);
        self.shared.rewrites.fetch_add(1, Ordering::AcqRel);
        Ok((self.length, length))
    }

    fn write_file(
        &self,
        path: &Path,
        fate: &mut impl FnMut(u64, &str) -> Fate,
    ) -> Result<(FileHeader, Index, u64), LogError> {
        let full = |error| match is_full(&error) {
            true => LogError::Full,
            false => LogError::disk(path)(error),
        };
        let header = FileHeader {
            generation: self.header.generation.wrapping_add(1),
            ..self.header
        };
        let file = self.shared.disk.create(path).map_err(full)?;
        file.append(&header.write()).map_err(full)?;
        let mut packer = Packer::new(LEVEL).map_err(LogError::disk(path))?;
        let (mut index, mut offset) = (Index::default(), FILE_HEADER as u64);
        let mut buffer = Vec::new();
        self.each(|header, record, stored| {
            buffer.clear();
            match self.anew(&record, fate)? {
                None => {
                    buffer.extend_from_slice(&header.write());
                    buffer.extend_from_slice(stored);
                }
                Some(text) => {
                    let packed = packer.pack(text.as_bytes());
                    let (form, stored) = packed.map_err(LogError::disk(path))?;
                    let header = RecordHeader {
                        form,
                        text: text.len() as u32,
                        stored: stored.len() as u32,
                        check: check(stored),
                        ..header
                    };
                    buffer.extend_from_slice(&header.write());
                    buffer.extend_from_slice(stored);
                }
            }
            index.note(header.first, offset);
            offset += buffer.len() as u64;
            file.append(&buffer).map_err(full)
        })?;
        file.sync().map_err(LogError::disk(path))?;
        Ok((header, index, offset))
    }

    /// The text of a record after its lines have met their fates; none where all are kept.
    fn anew(
        &self,
        record: &Record,
        fate: &mut impl FnMut(u64, &str) -> Fate,
    ) -> Result<Option<String>, LogError> {
        let mut text = String::with_capacity(record.text.len());
        let mut changed = false;
        for (place, (line, before)) in record.lines().enumerate() {
            if place > 0 {
                text.push('\n');
            }
            let fate = match self.part.contains(&line) {
                true => fate(line, before),
                false => Fate::Keep,
            };
            changed |= fate != Fate::Keep;
            match fate {
                Fate::Keep => text.push_str(before),
                Fate::Blank => {}
                Fate::Replace(after) if after.contains('\n') => {
                    return Err(LogError::LineEnd(place));
                }
                Fate::Replace(after) => text.push_str(&after),
            }
        }
        Ok(changed.then_some(text))
    }

    /// Reads all records in order, each with its header and its stored bytes.
    fn each(
        &self,
        mut what: impl FnMut(RecordHeader, Record, &[u8]) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let disk = LogError::disk(&self.path);
        let mut unpacker = Unpacker::new(self.header.dictionary).map_err(&disk)?;
        let mut window = Window::new(self.file.clone());
        let (mut offset, mut line) = (FILE_HEADER as u64, self.header.first);
        loop {
            let damaged = |flaw| LogError::damaged(&self.path, offset, flaw);
            let header = match step(&mut window, offset, self.length, line).map_err(&disk)? {
                Step::End => return Ok(()),
                Step::Flawed(flaw) => return Err(damaged(flaw)),
                Step::Record(header) => header,
            };
            let bytes = stored(&mut window, offset, self.length, &header).map_err(&disk)?;
            let bytes = bytes.map_err(damaged)?;
            let record = unpacker.record(&header, bytes).map_err(damaged)?;
            what(header, record, bytes)?;
            (offset, line) = (offset + header.size(), header.end());
        }
    }
}
