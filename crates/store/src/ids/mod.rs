//! Which message ids have been, and in which line: sorted runs in files, with filters in memory.
//!
//! Like a shelf it can be made again from the log, and an error means that. It knows up to which line it
//! was fed ([`Ids::covered`]); the ids of lines after that are the caller's to feed again.

mod filter;
mod merge;
mod run;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use run::{Run, RunName};

use crate::disk::Disk;

/// How many runs of a kind become one of the next kind.
const FAN_IN: usize = 4;

/// A message id as a keyed hash, and the number of the line it came with (below 2^48).
pub type Entry = (u128, u64);

/// The ids of all messages, by their hashes.
#[derive(Debug)]
pub struct Ids {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// Oldest first; each begins with the line at which the one before it ends.
    runs: Vec<Run>,
}

/// A run that is durable and that no look for an id knows of yet.
#[derive(Debug)]
pub struct Written {
    run: Run,
    /// The last runs so many, which it holds.
    stands_for: usize,
}

/// Runs that another stands for.
#[derive(Debug)]
pub struct Replaced {
    runs: Vec<Run>,
}

/// Why ids cannot be had any more.
#[derive(Debug, thiserror::Error)]
pub enum IdsError {
    /// Throw the folder away and feed all ids again.
    #[error("{}: {reason}; the ids can be had again from the log", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The disk failed. Free room or mend it, and open the ids again.
    #[error("{}: {error}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
}

impl IdsError {
    pub(crate) fn disk(path: &Path) -> impl Fn(io::Error) -> Self {
        |error| Self::Disk {
            path: path.to_owned(),
            error,
        }
    }

    pub(crate) fn broken(path: &Path, reason: &'static str) -> Self {
        Self::Broken {
            path: path.to_owned(),
            reason,
        }
    }
}

impl Ids {
    /// Opens the ids in `folder`, or begins with none. Reads the filters, not the ids.
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn open(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self, IdsError> {
        let failed = IdsError::disk(folder);
        disk.create_folder(folder).map_err(&failed)?;
        let names = disk.list(folder).map_err(&failed)?;
        let mut found: Vec<RunName> = names
            .iter()
            .filter_map(|name| RunName::read(name))
            .collect();
        // Of runs that begin with the same line the longest comes first: the others went into it.
        found.sort_by_key(|name| (name.from, std::cmp::Reverse(name.to)));
        let mut ids = Self {
            disk,
            folder: folder.to_owned(),
            runs: Vec::new(),
        };
        let mut keep = Vec::new();
        for name in found {
            if name.from == ids.covered() {
                ids.runs.push(Run::open(&*ids.disk, folder, name)?);
                keep.push(name.write());
            }
        }
        for name in names {
            let ours = RunName::read(&name).is_some() || name.ends_with(run::UNFINISHED);
            if ours && !keep.contains(&name) {
                let path = folder.join(&name);
                ids.disk.remove(&path).map_err(IdsError::disk(&path))?;
            }
        }
        Ok(ids)
    }

    /// The number of the first line whose id has not been fed.
    pub fn covered(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.name.to)
    }

    /// How many ids there are.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.entries).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Feeds the new ids of the lines from [`Ids::covered`] up to `to`, sorted by id, each once. They are
    /// durable when this returns. Feeds of some 100,000 ids are best; now and then one merges older runs,
    /// which takes as long as reading and writing them. Who must not wait for that has
    /// [`Ids::write_run`] and what follows it.
    ///
    /// # Errors
    /// [`IdsError`]; what was fed before is still there.
    pub fn insert_run(&mut self, to: u64, entries: &[Entry]) -> Result<(), IdsError> {
        let mut written = self.write_run(to, entries)?;
        while let Some(run) = written {
            let replaced = self.take(run);
            self.remove(replaced)?;
            written = self.write_merged()?;
        }
        Ok(())
    }

    /// Writes the run of a feed as [`Ids::insert_run`] would, for [`Ids::take`]; nothing where there is
    /// nothing new. Until it is taken nobody else may feed.
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn write_run(&self, to: u64, entries: &[Entry]) -> Result<Option<Written>, IdsError> {
        let name = RunName {
            from: self.covered(),
            to: to.max(self.covered()),
            kind: 0,
        };
        if name.from == name.to {
            return Ok(None);
        }
        let entries_count = entries.len() as u64;
        let ordered = entries.iter().map(|entry| Ok(*entry));
        let run = Run::write(&*self.disk, &self.folder, name, entries_count, ordered)?;
        Ok(Some(Written { run, stands_for: 0 }))
    }

    /// Writes one run for the last ones, where they have become many, for [`Ids::take`].
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn write_merged(&self) -> Result<Option<Written>, IdsError> {
        let Some(first) = self.runs.len().checked_sub(FAN_IN) else {
            return Ok(None);
        };
        let kind = self.runs[first].name.kind;
        if self.runs[first..].iter().any(|run| run.name.kind != kind) {
            return Ok(None);
        }
        let run = merge::merge(&*self.disk, &self.folder, &self.runs[first..])?;
        Ok(Some(Written {
            run,
            stands_for: FAN_IN,
        }))
    }

    /// Takes in what was written, which touches no disk; what it stands for is to be removed.
    pub fn take(&mut self, written: Written) -> Replaced {
        let first = self.runs.len().saturating_sub(written.stands_for);
        let replaced = self.runs.drain(first..).collect();
        self.runs.push(written.run);
        Replaced { runs: replaced }
    }

    /// Removes the files of runs that others stand for.
    ///
    /// # Errors
    /// [`IdsError::Disk`]; what is left is removed when the folder is opened.
    pub fn remove(&self, replaced: Replaced) -> Result<(), IdsError> {
        for old in replaced.runs {
            let path = self.folder.join(old.name.write());
            self.disk.remove(&path).map_err(IdsError::disk(&path))?;
        }
        Ok(())
    }

    /// The line that an id came with first, or none where it is new.
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn find(&self, id: u128) -> Result<Option<u64>, IdsError> {
        for run in &self.runs {
            if let Some(line) = run.find(id)? {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Bytes of memory that the filters take.
    pub fn memory_bytes(&self) -> u64 {
        self.runs.iter().map(Run::memory_bytes).sum()
    }

    /// Bytes of the files.
    pub fn disk_bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes).sum()
    }
}
