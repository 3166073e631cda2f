//! Which messages have come before: the ids of all lines, in files by hash, the latest in memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use perennial_batch::read::CallReader;
use perennial_store::LogReader;
use perennial_store::disk::Disk;
use perennial_store::ids::{Entry, Ids, IdsError};
use perennial_store::shelf::ShelfError;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::damaged;
use crate::RuntimeError;

/// Ids that are had again at a time.
const REFILL_IDS: usize = 250_000;
/// Parts by hash, each with its own files.
const PARTS: usize = 16;

/// The ids that are in files. Every state of a workspace shares them, since no rule concerns them.
pub(crate) struct Messages {
    parts: Vec<RwLock<Ids>>,
    /// Held by whoever adds.
    adding: Mutex<()>,
}

impl Messages {
    /// Opens the ids of a folder, or begins with none.
    ///
    /// # Errors
    /// [`IdsError`]; what is broken is to be thrown away and had again from the log.
    pub fn open(disk: &Arc<dyn Disk>, folder: &Path) -> Result<Self, IdsError> {
        let part = |number: usize| {
            let folder = folder.join(format!("{number:02}"));
            Ids::open(Arc::clone(disk), &folder).map(RwLock::new)
        };
        let parts = (0..PARTS).map(part).collect::<Result<_, _>>()?;
        Ok(Self {
            parts,
            adding: Mutex::new(()),
        })
    }

    /// All ids of lines before this one are in files.
    pub fn covered(&self) -> u64 {
        let covered = self.parts.iter().map(|part| read(part).covered());
        covered.min().unwrap_or_default()
    }

    /// No id of this line or a later one is in any file.
    pub fn most_covered(&self) -> u64 {
        let covered = self.parts.iter().map(|part| read(part).covered());
        covered.max().unwrap_or_default()
    }

    /// The line that a message came with first; `None` where it is in no file.
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn find(&self, hash: u128) -> Result<Option<u64>, IdsError> {
        read(&self.parts[part_of(hash)]).find(hash)
    }

    /// Adds the ids of lines up to one, which is left out; those of lines that are covered already may
    /// be among them.
    ///
    /// # Errors
    /// [`IdsError`].
    pub fn add(&self, to: u64, entries: &[Entry]) -> Result<(), IdsError> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_parts: Vec<Vec<Entry>> = vec![Vec::new(); PARTS];
        for entry in entries {
            of_parts[part_of(entry.0)].push(*entry);
        }
        for (part, mut entries) in self.parts.iter().zip(of_parts) {
            let covered = read(part).covered();
            if to <= covered {
                continue;
            }
            entries.retain(|(_, ordinal)| (covered..to).contains(ordinal));
            entries.sort_unstable();
            // Of a message that came again the first line counts.
            entries.dedup_by_key(|(hash, _)| *hash);
            // Files are written while others look for ids; only taking them in shuts the part.
            let mut written = read(part).write_run(to, &entries)?;
            while let Some(run) = written {
                let replaced = part
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(run);
                let part = read(part);
                part.remove(replaced)?;
                written = part.write_merged()?;
            }
        }
        Ok(())
    }
}

/// Has the ids again of lines that are in no file, up to one, which is left out.
///
/// # Errors
/// What the log says, and the files.
pub(crate) fn refill(
    messages: &Messages,
    log: &LogReader,
    reader: &mut CallReader,
    to: u64,
) -> Result<(), RuntimeError> {
    let broken = |error: IdsError| RuntimeError::State(error.to_string());
    let mut position = messages.covered();
    let mut entries: Vec<Entry> = Vec::new();
    while position < to {
        let Some(record) = log.read(position).map_err(RuntimeError::log)? else {
            break;
        };
        for ordinal in position..record.end().min(to) {
            let line = record.line(ordinal).unwrap_or_default();
            if line.is_empty() || reader.read(line.as_bytes()).is_err() {
                continue;
            }
            let hash = message_hash(&message_id(reader.call(line).message_id, ordinal));
            if messages.find(hash).map_err(broken)?.is_none() {
                entries.push((hash, ordinal));
            }
        }
        position = record.end().min(to);
        if entries.len() >= REFILL_IDS {
            messages.add(position, &entries).map_err(broken)?;
            entries.clear();
        }
    }
    messages.add(position, &entries).map_err(broken)
}

/// What ids say, as a shelf would: a disk that is full is not damage.
pub(crate) fn ids_failed(error: IdsError) -> ShelfError {
    match error {
        IdsError::Disk { path, error } => ShelfError::Disk {
            folder: path,
            error,
        },
        broken @ IdsError::Broken { .. } => damaged(&broken.to_string()),
    }
}

fn read(part: &RwLock<Ids>) -> RwLockReadGuard<'_, Ids> {
    part.read().unwrap_or_else(PoisonError::into_inner)
}

/// The part of a hash: by its middle, since runs are sorted by its upper bits.
fn part_of(hash: u128) -> usize {
    (hash >> 40) as usize % PARTS
}

/// Messages by hash with their lines. The hash is one already, so the map makes none of its own.
pub(crate) type Recent = HashMap<u128, u64, BuildHasherDefault<Hashed>>;

/// Takes a part of a key that is a hash for the hash.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

/// The id of a message: its own, or one that its line gives it.
pub(crate) fn message_id(own: Option<&str>, ordinal: u64) -> Cow<'_, str> {
    own.map_or_else(|| made_up_id(ordinal).into(), Cow::Borrowed)
}

/// The id of a message that has none.
pub(crate) fn made_up_id(ordinal: u64) -> String {
    format!("line:{ordinal}")
}

/// The hash under which a message is looked for.
pub(crate) fn message_hash(id: &str) -> u128 {
    xxh3_128(id.as_bytes())
}

/// A hash of what a client said, without what was added at the door, which differs each time.
pub(crate) fn content_hash(line: &str) -> u32 {
    let said = line
        .rfind(",\"receivedAt\":")
        .map_or(line, |end| &line[..end]);
    xxh3_64(said.as_bytes()) as u32
}
