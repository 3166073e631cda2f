//! Reading a whole log to see whether it is sound, and saying every place where it is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Flaw, LogError};
use super::format::{FILE_HEADER, first_of, segment_name};
use super::mark::Mark;
use super::record::Unpacker;
use super::recover::was_durable;
use super::segment::{Step, file_header, step, stored};
use super::window::Window;
use crate::disk::Disk;

/// What a look through the whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Segment files.
    pub segments: usize,
    /// Whole records.
    pub records: u64,
    /// Lines in them.
    pub lines: u64,
    /// Bytes of all segment files.
    pub bytes: u64,
    /// Every place that is not sound, in order.
    pub damage: Vec<Damage>,
    /// Where a write at the end is not whole, because it is under way or a crash tore it. Nobody was told
    /// that it was durable; opening the log cuts it off.
    pub torn: Option<Damage>,
}

/// A place of a file that is not sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where in it, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// Reads the whole log in `folder` and changes nothing. Beside a process that writes it, what is damaged
/// should be looked at twice.
///
/// # Errors
/// [`LogError::Disk`] where a file cannot be read at all, [`LogError::Version`].
pub fn verify(disk: &dyn Disk, folder: &Path) -> Result<Verified, LogError> {
    // Before the files are looked at, which then hold at least as much.
    let mark = Mark::read(disk, folder);
    let names = disk.list(folder).map_err(LogError::disk(folder))?;
    let mut verified = Verified::default();
    let mut expected = 0;
    let firsts: Vec<u64> = names.iter().filter_map(|name| first_of(name)).collect();
    for &first in &firsts {
        let path = folder.join(segment_name(first));
        if first != expected {
            verified.note(&path, 0, Flaw::Missing);
        }
        let mark = (firsts.last() == Some(&first)).then_some(mark);
        expected = segment(disk, &path, first, mark, &mut verified)?;
    }
    if expected < mark {
        verified.note(folder, 0, Flaw::Missing);
    }
    Ok(verified)
}

/// Reads one segment; gives the number of the line after its last. Of the last segment the mark is given:
/// its end may be torn.
fn segment(
    disk: &dyn Disk,
    path: &Path,
    first: u64,
    mark: Option<u64>,
    verified: &mut Verified,
) -> Result<u64, LogError> {
    let file = disk.open_to_read(path).map_err(LogError::disk(path))?;
    let is_torn = |offset, line| match mark {
        Some(mark) => was_durable(&*file, offset, line, mark)
            .map(|durable| !durable)
            .map_err(LogError::disk(path)),
        None => Ok(false),
    };
    let length = file.length().map_err(LogError::disk(path))?;
    verified.segments += 1;
    verified.bytes += length;
    let header = match file_header(&*file, path, first) {
        Ok(header) => header,
        Err(LogError::Damaged { offset, flaw, .. }) => {
            match is_torn(offset, first)? {
                true => verified.tear(path, offset, flaw),
                false => verified.note(path, offset, flaw),
            }
            return Ok(first);
        }
        Err(error) => return Err(error),
    };
    let mut unpacker = Unpacker::new(header.dictionary).map_err(LogError::disk(path))?;
    let mut window = Window::new(Arc::clone(&file));
    let (mut offset, mut line) = (FILE_HEADER as u64, first);
    loop {
        let found = step(&mut window, offset, length, line).map_err(LogError::disk(path))?;
        let record = match found {
            Step::End => return Ok(line),
            // Where the next record begins is not known, since this one's length is not.
            Step::Flawed(flaw) if is_torn(offset, line)? => {
                verified.tear(path, offset, flaw);
                return Ok(line);
            }
            Step::Flawed(flaw) => {
                verified.note(path, offset, flaw);
                return Ok(line);
            }
            Step::Record(record) => record,
        };
        let bytes = stored(&mut window, offset, length, &record).map_err(LogError::disk(path))?;
        match bytes.and_then(|bytes| unpacker.record(&record, bytes)) {
            Ok(_) => {
                verified.records += 1;
                verified.lines += u64::from(record.lines);
            }
            Err(flaw) if is_torn(offset, line)? => {
                verified.tear(path, offset, flaw);
                return Ok(line);
            }
            Err(flaw) => verified.note(path, offset, flaw),
        }
        (offset, line) = (offset + record.size(), record.end());
    }
}

impl Verified {
    fn tear(&mut self, path: &Path, offset: u64, flaw: Flaw) {
        self.torn = Some(Damage {
            path: path.to_owned(),
            offset,
            flaw,
        });
    }

    fn note(&mut self, path: &Path, offset: u64, flaw: Flaw) {
        self.damage.push(Damage {
            path: path.to_owned(),
            offset,
            flaw,
        });
    }
}
