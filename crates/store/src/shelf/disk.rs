//! A shelf on the disk, by the LSM store `fjall`.
//!
//! Commits of several spaces could be torn by power loss: a space whose memory was written out has the
//! last commits, one whose journal was not synced has not. So every commit leaves its number in each space
//! it touches and, for each of them, in a ledger; opening compares the two.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fjall::config::PinningPolicy;
use fjall::{
    Database, Iter, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice, Snapshot,
};

use crate::disk::is_full;

use super::attempt::Attempt;
use super::{MAX_KEY_BYTES, Pair, Pairs, Shelf, ShelfError, Space, Sync, View, Writes, failed};

/// Bytes of blocks kept in memory, for all spaces together.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of a space's writes kept in memory before they go to a table.
const MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of the journal, above which the oldest writes go to tables. The least that the store takes.
const JOURNAL_BYTES: u64 = 64 * 1024 * 1024;
/// Files kept open.
const OPEN_FILES: usize = 64;
/// The space of the ledger: the number of the last commit by the name of the space it touched.
const LEDGER: &str = "shelf.ledger";
/// The key of a space under which the number of the last commit stands that touched it.
const STAMP: &[u8] = &[0];

/// How much memory a shelf takes. What is durable does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShelfOptions {
    /// Bytes of blocks kept in memory, for all spaces together.
    pub cache_bytes: u64,
    /// Bytes of a space's writes kept in memory before they go to a table.
    pub memory_bytes: u64,
}

impl Default for ShelfOptions {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES,
            memory_bytes: MEMORY_BYTES,
        }
    }
}

/// A shelf in a folder of the real disk. One thread of its own writes and merges tables.
pub struct DiskShelf {
    database: Database,
    spaces: Spaces,
    ledger: Keyspace,
    /// The number of the last commit.
    commits: Mutex<u64>,
}

/// The spaces of a shelf, and where it lies, for its errors.
#[derive(Clone)]
struct Spaces {
    folder: PathBuf,
    list: Vec<(Space, Keyspace)>,
}

/// What stood on a shelf once.
struct DiskView {
    snapshot: Snapshot,
    spaces: Spaces,
}

impl fmt::Debug for DiskShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskShelf")
            .field("folder", &self.spaces.folder)
            .finish_non_exhaustive()
    }
}

impl DiskShelf {
    /// Opens the shelf in `folder`, or begins one. Spaces that it had and that are not asked for stay.
    ///
    /// # Errors
    /// [`ShelfError::Locked`], [`ShelfError::Disk`], and [`ShelfError::Broken`] where it is damaged or
    /// power loss has torn a commit.
    pub fn open(
        folder: &Path,
        spaces: &[Space],
        options: ShelfOptions,
    ) -> Result<Self, ShelfError> {
        let broken = told(folder);
        let _attempt = Attempt::begin(folder)?;
        let open = || {
            Database::builder(folder)
                .cache_size(options.cache_bytes)
                .max_journaling_size(JOURNAL_BYTES)
                .max_cached_files(Some(OPEN_FILES))
                .worker_threads(1)
                .open()
        };
        let database = open().map_err(&broken)?;
        let keyspace = |name: &str| {
            let create = || {
                KeyspaceCreateOptions::default()
                    .max_memtable_size(options.memory_bytes)
                    // A filter that is not in memory is read whole for each key that is looked up.
                    .filter_block_pinning_policy(PinningPolicy::all(true))
                    .index_block_pinning_policy(PinningPolicy::all(true))
            };
            database.keyspace(name, create).map_err(&broken)
        };
        let mut list = Vec::with_capacity(spaces.len());
        for space in spaces {
            list.push((*space, keyspace(space)?));
        }
        let ledger = keyspace(LEDGER)?;
        let shelf = Self {
            spaces: Spaces {
                folder: folder.to_owned(),
                list,
            },
            commits: Mutex::new(0),
            database,
            ledger,
        };
        let last = shelf.last_commit()?;
        Ok(Self {
            commits: Mutex::new(last),
            ..shelf
        })
    }

    /// The number of the last commit, if every space has all that were made to it.
    fn last_commit(&self) -> Result<u64, ShelfError> {
        let broken = told(&self.spaces.folder);
        let mut last = 0;
        for (space, keyspace) in &self.spaces.list {
            let has = keyspace.get(STAMP).map_err(&broken)?;
            let told = self.ledger.get(space).map_err(&broken)?;
            if has != told {
                return Err(self.spaces.broken("power loss has torn a commit"));
            }
            if let Some(number) = has {
                let number = <[u8; 8]>::try_from(&*number);
                let number = number.map_err(|_| self.spaces.broken("a stamp is damaged"))?;
                last = last.max(u64::from_be_bytes(number));
            }
        }
        Ok(last)
    }

    /// Bytes that the shelf takes on the disk, its journal included.
    ///
    /// # Errors
    /// [`ShelfError::Disk`].
    pub fn bytes(&self) -> Result<u64, ShelfError> {
        self.database
            .disk_space()
            .map_err(told(&self.spaces.folder))
    }
}

impl View for DiskShelf {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let keyspace = self.spaces.of(space)?;
        let value = keyspace.get(key).map_err(told(&self.spaces.folder))?;
        Ok(value.filter(|_| key != STAMP).map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, prefix: &[u8]) -> Pairs {
        self.snapshot().scan(space, prefix)
    }

    fn scan_range(&self, space: Space, from: &[u8]) -> Pairs {
        self.snapshot().scan_range(space, from)
    }
}

impl Shelf for DiskShelf {
    fn commit(&self, writes: Writes, sync: Sync) -> Result<(), ShelfError> {
        let writes = writes.settled();
        let durability = match sync {
            Sync::Yes => PersistMode::SyncData,
            Sync::No => PersistMode::Buffer,
        };
        // The numbers follow the order of commits only if one is made at a time.
        let Ok(mut commits) = self.commits.lock() else {
            return Err(self.spaces.broken("a commit was cut short"));
        };
        let number = (*commits + 1).to_be_bytes();
        let mut batch = self.database.batch().durability(Some(durability));
        let mut touched: Option<Space> = None;
        for (space, key, value) in writes {
            if key.is_empty() || key.len() > MAX_KEY_BYTES || key == STAMP {
                return Err(ShelfError::Refused { space });
            }
            let keyspace = self.spaces.of(space)?;
            if touched != Some(space) {
                batch.insert(keyspace, STAMP, number);
                batch.insert(&self.ledger, space, number);
                touched = Some(space);
            }
            match value {
                Some(value) => batch.insert(keyspace, key, value),
                None => batch.remove(keyspace, key),
            }
        }
        let broken = told(&self.spaces.folder);
        if touched.is_none() {
            // An empty commit that is to be durable makes durable what came before it.
            return match sync {
                Sync::Yes => self.database.persist(durability).map_err(broken),
                Sync::No => Ok(()),
            };
        }
        batch.commit().map_err(broken)?;
        *commits += 1;
        Ok(())
    }

    fn snapshot(&self) -> Box<dyn View> {
        Box::new(DiskView {
            snapshot: self.database.snapshot(),
            spaces: self.spaces.clone(),
        })
    }
}

impl View for DiskView {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let keyspace = self.spaces.of(space)?;
        let value = self.snapshot.get(keyspace, key);
        let value = value.map_err(told(&self.spaces.folder))?;
        Ok(value.filter(|_| key != STAMP).map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, prefix: &[u8]) -> Pairs {
        match self.spaces.of(space) {
            Ok(keyspace) if prefix.is_empty() => self.spaces.pairs(self.snapshot.iter(keyspace)),
            Ok(keyspace) => self.spaces.pairs(self.snapshot.prefix(keyspace, prefix)),
            Err(error) => failed(error),
        }
    }

    fn scan_range(&self, space: Space, from: &[u8]) -> Pairs {
        match self.spaces.of(space) {
            Ok(keyspace) => self.spaces.pairs(self.snapshot.range(keyspace, from..)),
            Err(error) => failed(error),
        }
    }
}

impl Spaces {
    fn of(&self, space: Space) -> Result<&Keyspace, ShelfError> {
        let mut list = self.list.iter();
        let found = list.find(|(name, _)| *name == space);
        let found = found.map(|(_, keyspace)| keyspace);
        found.ok_or(ShelfError::Refused { space })
    }

    fn broken(&self, reason: &str) -> ShelfError {
        ShelfError::Broken {
            folder: self.folder.clone(),
            reason: reason.to_owned(),
        }
    }

    fn pairs(&self, mut iter: Iter) -> Pairs {
        let folder = self.folder.clone();
        let mut over = false;
        let next = move || -> Option<Result<Pair, ShelfError>> {
            while !over {
                let pair: fjall::Result<(Slice, Slice)> = iter.next()?.into_inner();
                match pair {
                    Ok((key, _)) if *key == *STAMP => {}
                    Ok((key, value)) => return Some(Ok((key.to_vec(), value.to_vec()))),
                    Err(error) => {
                        over = true;
                        return Some(Err(told(&folder)(error)));
                    }
                }
            }
            None
        };
        Box::new(std::iter::from_fn(next))
    }
}

/// What an error of the store asks of the caller.
fn told(folder: &Path) -> impl Fn(fjall::Error) -> ShelfError {
    let disk = |error: io::Error| match is_of_disk(&error) {
        true => ShelfError::Disk {
            folder: folder.to_owned(),
            error,
        },
        // What is cut short, or no text, or beyond the end is damage, though the system words it.
        false => ShelfError::Broken {
            folder: folder.to_owned(),
            reason: error.to_string(),
        },
    };
    move |error| match error {
        fjall::Error::Locked => ShelfError::Locked(folder.to_owned()),
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => disk(error),
        other => ShelfError::Broken {
            folder: folder.to_owned(),
            reason: other.to_string(),
        },
    }
}

/// Whether the disk or the system failed, so that making the state anew would not help.
fn is_of_disk(error: &io::Error) -> bool {
    // Input/output error, no memory, too many files open (of the system, of the process), no writing.
    const SYSTEM: [i32; 5] = [5, 12, 23, 24, 30];
    let system = error
        .raw_os_error()
        .is_some_and(|code| SYSTEM.contains(&code));
    system || is_full(error) || error.kind() == io::ErrorKind::PermissionDenied
}
