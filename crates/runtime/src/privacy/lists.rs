//! The lists of those who were erased or are suppressed, as they are kept beside the logs.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use perennial_model::Time;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::named::Named;
use crate::RuntimeError;
use crate::place::{disk, replace};

/// Who was erased, and who is suppressed, by hashes of their identifiers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lists {
    /// The salt of the hashes: the same in all copies of a workspace.
    pub seed: u64,
    /// Whose events are not taken.
    pub suppressed: HashSet<String>,
    /// When the suppressed changed last, in ms since 1970.
    #[serde(default)]
    pub suppressed_at_ms: i64,
    /// What was received up to when is erased, in ms since 1970.
    pub erased: HashMap<String, i64>,
    /// Whether lines of the erased may still stand in the logs, an erasure having been cut short.
    #[serde(default)]
    pub erasing: bool,
}

impl Lists {
    /// Empty lists with a salt of their own.
    pub fn new(place: &Path) -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self {
            seed: RandomState::new().hash_one(place.as_os_str()),
            ..Self::default()
        }
    }

    /// The lists in a file; none where there is no file.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn read(path: &Path) -> Result<Option<Self>, RuntimeError> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| disk(path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(path, &error)),
        }
    }

    /// Puts the lists into a file, in one step.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn write(&self, path: &Path) -> Result<(), RuntimeError> {
        let text = serde_json::to_vec(self).map_err(|error| disk(path, &error))?;
        replace(path, &text)
    }

    /// The hash under which an identifier is kept.
    pub fn hash(&self, id: &str) -> String {
        format!("{:032x}", xxh3_128_with_seed(id.as_bytes(), self.seed))
    }

    /// Whether an event is of somebody who is suppressed.
    pub fn is_suppressed(&self, named: &Named) -> bool {
        named.is_of(&|id| self.suppressed.contains(&self.hash(id)))
    }

    /// Whether an event is of somebody who was erased after it was received. What does not say when it
    /// was received is taken to be old.
    pub fn is_erased(&self, named: &Named) -> bool {
        named.is_of(&|id| {
            let until = self.erased.get(&self.hash(id));
            until.is_some_and(|&until| named.received_at.is_none_or(|at| at <= Time(until)))
        })
    }

    /// Takes over what later lists of the same workspace say. Who was erased stays so in both.
    pub fn join(&mut self, other: Self) {
        for (hash, until) in other.erased {
            let known = self.erased.entry(hash).or_insert(until);
            *known = until.max(*known);
        }
        if other.suppressed_at_ms >= self.suppressed_at_ms {
            self.suppressed = other.suppressed;
            self.suppressed_at_ms = other.suppressed_at_ms;
        }
        self.erasing |= other.erasing;
    }
}
