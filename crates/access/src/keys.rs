//! The keys of a data folder: one small file, looked up by hash, changed under a lock.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use perennial_model::{Time, Zone};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::key::Stored;
use crate::secret::{Hash, hash, new_id};
use crate::{AccessError, Key, Scope, Secret, file};

/// The name of the file in the data folder.
pub const KEYS_FILE: &str = "keys.json";
/// Most characters of a key's name.
const MAX_NAME_CHARACTERS: usize = 100;
/// Most keys of a data folder, revoked ones included.
const MAX_KEYS: usize = 100_000;
/// Most bytes of a secret that is looked up; no key is longer.
const MAX_SECRET_BYTES: usize = 1024;
/// How long a change of the file by another process may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The form of the file.
const VERSION: u32 = 1;

/// The keys of a data folder. A running server and the command line may change them at the same time.
pub struct Keys {
    path: PathBuf,
    table: RwLock<Arc<Table>>,
    looked: Mutex<Looked>,
}

/// When the file was last looked at, and what it looked like.
struct Looked {
    at: Instant,
    mark: Option<Mark>,
}

/// What tells one state of the file from the next.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

#[derive(Default)]
struct Table {
    keys: Vec<Key>,
    /// Places in `keys` by the first bytes of the hash. They tell nothing of the secret, so finding
    /// them may take its time; the rest is compared in constant time.
    places: HashMap<[u8; 8], Vec<usize>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    keys: Vec<Stored>,
}

impl Keys {
    /// Opens the keys of a data folder; where there is no file yet, there are none.
    ///
    /// # Errors
    /// [`AccessError::Disk`], [`AccessError::Damaged`].
    pub fn open(folder: &Path) -> Result<Self, AccessError> {
        let path = folder.join(KEYS_FILE);
        let mark = mark(&path);
        let table = Arc::new(Table::read(&path)?);
        let at = Instant::now();
        Ok(Self {
            path,
            table: RwLock::new(table),
            looked: Mutex::new(Looked { at, mark }),
        })
    }

    /// The key with that secret, if it is valid now. It takes the same time whether there is one or not.
    ///
    /// Changes by other processes are seen within a second; a file that cannot be read changes nothing.
    pub fn check(&self, secret: &str, now: Time) -> Option<Key> {
        self.look();
        let table = self.table();
        let long = secret.len() > MAX_SECRET_BYTES;
        let secret = if long || secret.is_empty() {
            "-"
        } else {
            secret
        };
        let key = table.find(&hash(secret)).filter(|_| !long);
        key.filter(|key| key.is_valid(now)).cloned()
    }

    /// All keys, revoked ones included, oldest first.
    pub fn list(&self) -> Vec<Key> {
        self.look();
        self.table().keys.clone()
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.table().keys.is_empty()
    }

    /// Takes keys given from outside as the first of a workspace, unless the file has keys already.
    /// Answers whether they were taken. Any text will do; a long random one is safe.
    ///
    /// # Errors
    /// [`AccessError::Disk`], [`AccessError::Damaged`]; [`AccessError::Refused`] where both are the
    /// same or one is empty.
    pub fn seed(
        &self,
        workspace: &str,
        given: &[(Scope, &str)],
        now: Time,
    ) -> Result<bool, AccessError> {
        for (at, (scope, secret)) in given.iter().enumerate() {
            let word = scope.word();
            if secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
                let message = format!("the {word} key must have 1 to {MAX_SECRET_BYTES} bytes");
                return Err(AccessError::Refused(message));
            }
            if given[..at].iter().any(|(_, other)| other == secret) {
                let message = format!("the {word} key must be another than the other keys");
                return Err(AccessError::Refused(message));
            }
        }
        self.change(|table| {
            if !table.keys.is_empty() || given.is_empty() {
                return Ok(false);
            }
            for (scope, secret) in given {
                let name = format!("first {} key", scope.word());
                table
                    .keys
                    .push(make(workspace, *scope, name, None, now, secret)?);
            }
            Ok(true)
        })
    }

    /// Makes a key; the secret is shown this once.
    ///
    /// # Errors
    /// [`AccessError::Refused`] for a name that is empty or too long, an end that is past, or too many
    /// keys; [`AccessError::Disk`], [`AccessError::Damaged`], [`AccessError::Random`].
    pub fn create(
        &self,
        workspace: &str,
        scope: Scope,
        name: &str,
        expires: Option<Time>,
        now: Time,
    ) -> Result<(Key, Secret), AccessError> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARACTERS {
            let message = format!("a key needs a name of 1 to {MAX_NAME_CHARACTERS} characters");
            return Err(AccessError::Refused(message));
        }
        if expires.is_some_and(|end| end <= now) {
            let message = "a key must expire in the future".to_owned();
            return Err(AccessError::Refused(message));
        }
        let secret = Secret::new(scope)?;
        let key = make(workspace, scope, name, expires, now, secret.reveal())?;
        self.change(|table| {
            if table.keys.len() >= MAX_KEYS {
                let message = format!("there are {MAX_KEYS} keys already");
                return Err(AccessError::Refused(message));
            }
            table.keys.push(key.clone());
            Ok(())
        })?;
        Ok((key, secret))
    }

    /// Makes another key in the place of one, which stays valid for `grace_ms` milliseconds yet.
    ///
    /// # Errors
    /// [`AccessError::NoKey`] where there is none or it is valid no more; else as [`Self::create`].
    pub fn rotate(&self, id: &str, grace_ms: i64, now: Time) -> Result<(Key, Secret), AccessError> {
        self.change(|table| {
            let old = table.keys.iter_mut().find(|key| key.id == id);
            let old = old.filter(|key| key.is_valid(now));
            let old = old.ok_or_else(|| AccessError::NoKey(id.to_owned()))?;
            let secret = Secret::new(old.scope)?;
            let (name, end) = (old.name.clone(), old.expires);
            let new = make(&old.workspace, old.scope, name, end, now, secret.reveal())?;
            let last = now.plus(grace_ms.max(0));
            old.expires = Some(end.map_or(last, |end| end.min(last)));
            table.keys.push(new.clone());
            Ok((new, secret))
        })
    }

    /// Revokes a key at once and for ever. Revoking it again changes nothing.
    ///
    /// # Errors
    /// [`AccessError::NoKey`], [`AccessError::Disk`], [`AccessError::Damaged`].
    pub fn revoke(&self, id: &str, now: Time) -> Result<Key, AccessError> {
        self.change(|table| {
            let key = table.keys.iter_mut().find(|key| key.id == id);
            let key = key.ok_or_else(|| AccessError::NoKey(id.to_owned()))?;
            key.revoked.get_or_insert(now);
            Ok(key.clone())
        })
    }

    /// Whether a use of the key now is the first of its day, which should be noted.
    pub fn is_first_of_day(key: &Key, now: Time) -> bool {
        key.last_used.as_deref() != Some(&Zone::utc().date_text(now))
    }

    /// Notes that a key was used on the day of `now`. Writes the file at most once a day and key.
    ///
    /// # Errors
    /// [`AccessError::Disk`], [`AccessError::Damaged`].
    pub fn note_used(&self, id: &str, now: Time) -> Result<bool, AccessError> {
        let seen = |key: &Key| key.id == id && !Self::is_first_of_day(key, now);
        if self.table().keys.iter().any(seen) {
            return Ok(false);
        }
        self.change(|table| {
            for key in table.keys.iter_mut().filter(|key| key.id == id) {
                key.last_used = Some(Zone::utc().date_text(now));
            }
            Ok(true)
        })
    }

    /// Reads the file again if it is another than the one last read.
    ///
    /// # Errors
    /// [`AccessError::Disk`], [`AccessError::Damaged`]; the keys stay as they were.
    pub fn refresh(&self) -> Result<(), AccessError> {
        let now = mark(&self.path);
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.at = Instant::now();
        if looked.mark == now {
            return Ok(());
        }
        let table = Table::read(&self.path)?;
        looked.mark = now;
        self.put(table);
        Ok(())
    }

    fn look(&self) {
        let due = match self.looked.try_lock() {
            Ok(looked) => looked.at.elapsed() >= LOOK_EVERY,
            Err(_) => false,
        };
        if due {
            // A file half written by hand, say: what was valid stays so until it can be read.
            self.refresh().ok();
        }
    }

    /// Changes the file: reads it anew under the lock, since another process may have changed it.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Table) -> Result<T, AccessError>,
    ) -> Result<T, AccessError> {
        let _held = file::lock(&self.path.with_extension("lock"))?;
        let mut table = Table::read(&self.path)?;
        let before = table.keys.clone();
        let answer = change(&mut table)?;
        if table.keys != before {
            let document = Document {
                version: VERSION,
                keys: table.keys.iter().map(Stored::of).collect(),
            };
            let text = serde_json::to_vec_pretty(&document);
            let text = text.map_err(|error| AccessError::damaged(&self.path, error))?;
            file::replace(&self.path, &text)?;
        }
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.mark = mark(&self.path);
        looked.at = Instant::now();
        self.put(Table::of(table.keys));
        Ok(answer)
    }

    fn table(&self) -> Arc<Table> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&table)
    }

    fn put(&self, table: Table) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }
}

impl Table {
    fn read(path: &Path) -> Result<Self, AccessError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(AccessError::disk(path, &error)),
        };
        let document: Document = serde_json::from_slice(&bytes)
            .map_err(|error| AccessError::damaged(path, format!("line {}", error.line())))?;
        if document.version != VERSION {
            let what = format!("version {} is not {VERSION}", document.version);
            return Err(AccessError::damaged(path, what));
        }
        let keys: Option<Vec<Key>> = document.keys.into_iter().map(Stored::key).collect();
        let keys = keys.ok_or_else(|| AccessError::damaged(path, "a hash or time is none"))?;
        Ok(Self::of(keys))
    }

    fn of(keys: Vec<Key>) -> Self {
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, key) in keys.iter().enumerate() {
            places.entry(first(&key.hash)).or_default().push(place);
        }
        Self { keys, places }
    }

    fn find(&self, hash: &Hash) -> Option<&Key> {
        const NOBODY: Hash = [0; 32];
        let places = self.places.get(&first(hash));
        let mut keys = places.into_iter().flatten().map(|place| &self.keys[*place]);
        let key = keys.next();
        let other = key.map_or(&NOBODY, |key| &key.hash);
        let same: bool = other.ct_eq(hash).into();
        // Two hashes with the same first bytes are a chance in 2^64; then the others are asked.
        if same {
            key
        } else {
            keys.find(|key| key.hash.ct_eq(hash).into())
        }
    }
}

fn make(
    workspace: &str,
    scope: Scope,
    name: String,
    expires: Option<Time>,
    now: Time,
    secret: &str,
) -> Result<Key, AccessError> {
    Ok(Key {
        id: new_id()?,
        workspace: workspace.to_owned(),
        scope,
        name,
        created: now,
        last_used: None,
        expires,
        revoked: None,
        hash: hash(secret),
    })
}

fn first(hash: &Hash) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    first
}

fn mark(path: &Path) -> Option<Mark> {
    let told = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&told);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Mark {
        modified: told.modified().ok(),
        bytes: told.len(),
        inode,
    })
}
