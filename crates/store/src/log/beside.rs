//! Reading a log that another process may be writing: without its lock, and without changing a byte.

use std::path::Path;
use std::sync::Arc;

use super::error::{Flaw, LogError};
use super::format::{FILE_HEADER, first_of};
use super::index::Index;
use super::mark::Mark;
use super::read::LogReader;
use super::recover::was_durable;
use super::segment::{Durable, Segment, Shared, Step, file_header, step, stored};
use super::window::Window;
use crate::disk::{Disk, StillDisk};

/// Looks at the end of a log that is being written, at most.
const MAX_LOOKS: usize = 5;

impl LogReader {
    /// Reads the log in `folder` as it is now, whoever has it open. Lines that are written later are not
    /// seen, nor is a write that is under way or was torn by a crash.
    ///
    /// Where segments are rewritten meanwhile, a read may fail: then open it again and go on.
    ///
    /// # Errors
    /// [`LogError::Damaged`] where durable lines at the end are not whole, [`LogError::Version`], or
    /// [`LogError::Disk`].
    pub fn beside(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self, LogError> {
        let disk: Arc<dyn Disk> = Arc::new(StillDisk(disk));
        let mut looks = 0;
        loop {
            looks += 1;
            match look(&disk, folder) {
                Ok(shared) => return Ok(Self::new(Arc::new(shared))),
                // The end may have grown, or been written anew, between two looks at it.
                Err(LogError::Damaged { .. } | LogError::Disk { .. }) if looks < MAX_LOOKS => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn look(disk: &Arc<dyn Disk>, folder: &Path) -> Result<Shared, LogError> {
    // Before the files are looked at, which then hold at least as much.
    let mark = Mark::read(&**disk, folder);
    let names = disk.list(folder).map_err(LogError::disk(folder))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| first_of(name)).collect();
    let shared = Shared::new(
        disk.clone(),
        folder.to_owned(),
        Vec::new(),
        Durable::default(),
    );
    if firsts.first().copied().unwrap_or(mark) > 0 {
        return Err(LogError::damaged(&shared.path(0), 0, Flaw::Missing));
    }
    let (mut durable, mut index) = (Durable::default(), None);
    while let Some(&first) = firsts.last() {
        match end_of(&shared, first, mark)? {
            Some(found) => {
                (durable, index) = (found.0, Some(found.1));
                break;
            }
            // It has not come to be: what is before it is the end.
            None => firsts.pop(),
        };
    }
    if durable.end < mark {
        let path = shared.path(durable.segment);
        return Err(LogError::damaged(&path, durable.offset, Flaw::Missing));
    }
    let last = firsts.pop();
    for first in firsts {
        shared.add(Segment::new(first, None));
    }
    // An index of the last would be made of all its bytes, sound or not.
    if let Some(last) = last {
        shared.add(Segment::new(last, index));
    }
    shared.publish(durable);
    Ok(shared)
}

/// Where the whole records of a last segment end, and where they are; nothing where its header is not written yet.
fn end_of(shared: &Shared, first: u64, mark: u64) -> Result<Option<(Durable, Index)>, LogError> {
    let path = shared.path(first);
    let disk = LogError::disk(&path);
    let file = shared.disk.open(&path).map_err(&disk)?;
    let flawed = |offset, line, flaw| {
        let durable = was_durable(&*file, offset, line, mark).map_err(&disk)?;
        match durable {
            true => Err(LogError::damaged(&path, offset, flaw)),
            false => Ok(()),
        }
    };
    match file_header(&*file, &path, first) {
        Ok(_) => {}
        Err(LogError::Damaged { offset, flaw, .. }) => {
            return flawed(offset, first, flaw).map(|()| None);
        }
        Err(error) => return Err(error),
    }
    let length = file.length().map_err(&disk)?;
    let mut window = Window::new(file.clone());
    let mut index = Index::default();
    let (mut offset, mut line) = (FILE_HEADER as u64, first);
    loop {
        let flaw = match step(&mut window, offset, length, line).map_err(&disk)? {
            Step::End => None,
            Step::Flawed(flaw) => Some(flaw),
            Step::Record(record) => {
                match stored(&mut window, offset, length, &record).map_err(&disk)? {
                    Err(flaw) => Some(flaw),
                    Ok(_) => {
                        index.note(line, offset);
                        (offset, line) = (offset + record.size(), record.end());
                        continue;
                    }
                }
            }
        };
        if let Some(flaw) = flaw {
            flawed(offset, line, flaw)?;
        }
        let durable = Durable {
            end: line,
            segment: first,
            offset,
        };
        return Ok(Some((durable, index)));
    }
}
