//! The rights of a customer: to be forgotten, and to be left alone.
//!
//! Whoever was erased or suppressed is kept by keyed hashes of her identifiers alone, so that the list
//! says nothing about anybody, and can be gone through again after a backup was restored.

mod erase;
mod named;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use perennial_store::{Fate, Log};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::place::{Place, disk, replace};
use crate::{Arrival, AskError, RuntimeError};
pub(crate) use erase::{erase, suppress};
use named::Named;

/// The file of the list, beside the logs.
const FILE: &str = "privacy.json";

/// Who was erased or is suppressed.
pub(crate) struct Privacy {
    path: PathBuf,
    any_suppressed: AtomicBool,
    list: RwLock<Lists>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Lists {
    /// The key of the hashes.
    seed: u64,
    suppressed: HashSet<String>,
    erased: HashSet<String>,
    /// Whether somebody's lines may still stand in the logs, an erasure having been cut short.
    #[serde(default)]
    erasing: bool,
}

impl Lists {
    fn hash(&self, id: &str) -> String {
        format!("{:032x}", xxh3_128_with_seed(id.as_bytes(), self.seed))
    }
}

impl Privacy {
    /// The lists of a workspace.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn open(place: &Place) -> Result<Self, RuntimeError> {
        let path = place.0.join(FILE);
        let list: Lists = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| disk(&path, &e))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                use std::hash::{BuildHasher, RandomState};
                Lists {
                    seed: RandomState::new().hash_one(place.0.as_os_str()),
                    ..Lists::default()
                }
            }
            Err(error) => return Err(disk(&path, &error)),
        };
        Ok(Self {
            path,
            any_suppressed: AtomicBool::new(!list.suppressed.is_empty()),
            list: RwLock::new(list),
        })
    }

    /// Takes the events of suppressed customers out of an arrival: they are not kept at all.
    pub fn sift(&self, arrival: &mut Arrival) {
        if !self.any_suppressed.load(Ordering::Relaxed) {
            return;
        }
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let is_suppressed =
            |text: &str| Named::of(text).is_of(&|id| list.suppressed.contains(&list.hash(id)));
        arrival.lines.retain(|line| !is_suppressed(line));
        arrival.failed.retain(|one| !is_suppressed(&one.original));
    }

    /// Suppresses identifiers, or takes that back.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn suppress(&self, ids: &HashSet<String>, on: bool) -> Result<Json, AskError> {
        self.change(|list| {
            for hash in ids.iter().map(|id| list.hash(id)).collect::<Vec<_>>() {
                if on {
                    list.suppressed.insert(hash);
                } else {
                    list.suppressed.remove(&hash);
                }
            }
        })?;
        Ok(json!({"suppressed": on}))
    }

    /// Remembers whose lines are about to leave the logs.
    fn begin_erasing(&self, ids: &HashSet<String>) -> Result<(), AskError> {
        self.change(|list| {
            let hashes: Vec<String> = ids.iter().map(|id| list.hash(id)).collect();
            list.erased.extend(hashes);
            list.erasing = true;
        })
    }

    fn end_erasing(&self) -> Result<(), AskError> {
        self.change(|list| list.erasing = false)
    }

    /// Finishes an erasure that was cut short; answers whether there was one, so that what is derived
    /// has to be built anew.
    ///
    /// # Errors
    /// What the logs say, and [`RuntimeError::Disk`].
    pub fn finish(&self, events: &mut Log, failed: &mut Log) -> Result<bool, RuntimeError> {
        let list = self
            .list
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if !list.erasing {
            return Ok(false);
        }
        let is_erased = |id: &str| list.erased.contains(&list.hash(id));
        let rewritten = events
            .rewrite(0, |_, line| fate(Named::of(line).is_of(&is_erased)))
            .and_then(|_| {
                failed.rewrite(0, |_, line| fate(named::in_refused(line).is_of(&is_erased)))
            });
        rewritten.map_err(RuntimeError::log)?;
        Ok(true)
    }

    /// An erasure that was cut short has been finished.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn finished(&self) -> Result<(), RuntimeError> {
        self.end_erasing().map_err(|error| disk(&self.path, &error))
    }

    fn change(&self, change: impl FnOnce(&mut Lists)) -> Result<(), AskError> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = list.clone();
        change(&mut changed);
        let text = serde_json::to_vec(&changed).map_err(AskError::failed)?;
        replace(&self.path, &text).map_err(AskError::failed)?;
        self.any_suppressed
            .store(!changed.suppressed.is_empty(), Ordering::Relaxed);
        *list = changed;
        Ok(())
    }
}

fn fate(goes: bool) -> Fate {
    if goes { Fate::Blank } else { Fate::Keep }
}
