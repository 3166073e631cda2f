//! The rights of a person: to be forgotten, and to be left alone.
//!
//! Whoever was erased or suppressed is kept by keyed hashes of her identifiers alone, so that the list
//! says nothing about anybody, and can be gone through again after a backup was restored.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use perennial_store::LogReader;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::place::{Place, disk, replace};
use crate::{Arrival, AskError, Person, Question, RuntimeError, Workspace};

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

    /// Takes the events of suppressed persons out of an arrival: they are not kept at all.
    pub fn sift(&self, arrival: &mut Arrival) {
        if !self.any_suppressed.load(Ordering::Relaxed) {
            return;
        }
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let is_suppressed = |text: &str| {
            let named = identifiers(text);
            named
                .iter()
                .any(|id| list.suppressed.contains(&list.hash(id)))
        };
        arrival.lines.retain(|line| !is_suppressed(line));
        arrival.failed.retain(|one| !is_suppressed(&one.original));
    }

    /// Suppresses a person by an identifier, or takes that back.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn suppress(&self, who: &Person, on: bool) -> Result<Json, AskError> {
        self.change(|list| {
            let hash = list.hash(id_of(who));
            if on {
                list.suppressed.insert(hash);
            } else {
                list.suppressed.remove(&hash);
            }
        })?;
        Ok(json!({"suppressed": on}))
    }

    fn change(&self, change: impl FnOnce(&mut Lists)) -> Result<(), AskError> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = list.clone();
        change(&mut changed);
        let text = serde_json::to_vec(&changed).map_err(|e| AskError::Failed(e.to_string()))?;
        replace(&self.path, &text).map_err(|e| AskError::Failed(e.to_string()))?;
        self.any_suppressed
            .store(!changed.suppressed.is_empty(), Ordering::Relaxed);
        *list = changed;
        Ok(())
    }
}

fn id_of(who: &Person) -> &str {
    match who {
        Person::Any(id) | Person::Of { id, .. } => id,
    }
}

/// The identifiers that a call names: of no use for joining, but for finding whose it is.
fn identifiers(line: &str) -> Vec<String> {
    let Ok(call) = serde_json::from_str::<Json>(line) else {
        return Vec::new();
    };
    let ways: [&[&str]; 8] = [
        &["userId"],
        &["anonymousId"],
        &["previousId"],
        &["traits", "email"],
        &["traits", "phone"],
        &["context", "traits", "email"],
        &["context", "traits", "phone"],
        &["properties", "email"],
    ];
    ways.iter()
        .filter_map(|way| {
            let found = way.iter().try_fold(&call, |at, key| at.get(key))?;
            found.as_str().map(|id| id.trim().to_owned())
        })
        .collect()
}

/// Erases a person: her lines leave both logs, and what is derived is built anew without them.
///
/// # Errors
/// [`AskError::Unknown`], [`AskError::Conflict`] while other rules are applied, [`AskError::Failed`].
pub(crate) fn erase(workspace: &Workspace, who: &Person) -> Result<Json, AskError> {
    let profile = workspace.ask_and_wait(Question::Customer(who.clone()))?;
    let mut hers: HashSet<String> = HashSet::new();
    for one in profile["identifiers"].as_array().into_iter().flatten() {
        hers.extend(one["identifier"].as_str().map(str::to_owned));
    }
    for name in ["email", "phone"] {
        hers.extend(profile["traits"][name].as_str().map(str::to_owned));
    }
    workspace.privacy().change(|list| {
        let hashes: Vec<String> = hers.iter().map(|id| list.hash(id)).collect();
        list.erased.extend(hashes);
    })?;
    let (log, failed) = workspace.logs();
    let is_hers = |line: &str| identifiers(line).iter().any(|id| hers.contains(id));
    let events = ordinals(log, &is_hers)?;
    // What was refused may be no JSON at all, so any mention counts.
    let mentions = |line: &str| hers.iter().any(|id| line.contains(id.as_str()));
    let refused = ordinals(failed, &mentions)?;
    let counts = (events.len(), refused.len());
    let rewritten = workspace.between(move |logs| {
        crate::erase::blank(&mut logs.events, &events)
            .and_then(|()| crate::erase::blank(&mut logs.failed, &refused))
    })?;
    rewritten.map_err(|error| AskError::Failed(error.to_string()))?;
    let rebuilt = workspace.ask_and_wait(Question::Rebuild)?;
    Ok(json!({
        "erased": {"events": counts.0, "failed": counts.1, "identifiers": hers.len()},
        "stores": ["log", "failed", "state"],
        "rebuilt": rebuilt,
    }))
}

/// The numbers of the lines that are meant.
fn ordinals(log: &LogReader, is_meant: &dyn Fn(&str) -> bool) -> Result<Vec<u64>, AskError> {
    let mut found = Vec::new();
    let mut position = 0;
    let read = |position| {
        log.read(position)
            .map_err(|e| AskError::Failed(e.to_string()))
    };
    while let Some(record) = read(position)? {
        for (ordinal, text) in record.lines() {
            if is_meant(text) {
                found.push(ordinal);
            }
        }
        position = record.end();
    }
    Ok(found)
}
