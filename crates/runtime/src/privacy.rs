//! The rights of a person: to be forgotten, and to be left alone.
//!
//! Whoever was erased or suppressed is kept by keyed hashes of her identifiers alone, so that the list
//! says nothing about anybody, and can be gone through again after a backup was restored.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use perennial_store::{Fate, LogError};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::place::{Place, disk, replace};
use crate::state::digits;
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
    let mut named = Vec::new();
    for way in ways {
        let found = way.iter().try_fold(&call, |at, key| at.get(key));
        let Some(id) = found.and_then(Json::as_str).map(str::trim) else {
            continue;
        };
        named.push(id.to_owned());
        match way.last() {
            Some(&"email") => named.push(id.to_lowercase()),
            Some(&"phone") => named.push(digits(id)),
            _ => {}
        }
    }
    named
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
        let said = profile["traits"][name].as_str().map(str::trim);
        hers.extend(said.map(str::to_owned));
        hers.extend(said.map(|said| match name {
            "email" => said.to_lowercase(),
            _ => digits(said),
        }));
    }
    // Nobody is found by nothing at all, which every line holds.
    hers.retain(|id| !id.is_empty());
    workspace.privacy().change(|list| {
        let hashes: Vec<String> = hers.iter().map(|id| list.hash(id)).collect();
        list.erased.extend(hashes);
    })?;
    let ids = hers.clone();
    let rewritten = workspace.between(move |logs| {
        let is_hers = |line: &str| {
            may_name(&ids, line) && identifiers(line).iter().any(|id| ids.contains(id))
        };
        let events = logs.events.rewrite(0, |_, line| fate(is_hers(line)))?;
        // What was refused may be no JSON at all, so any mention counts.
        let failed = logs.failed.rewrite(0, |_, line| {
            let escapes = line.contains("\\u");
            fate(mentions(&ids, line) || escapes && mentions(&ids, &unescaped(line)))
        })?;
        Ok::<_, LogError>((events.lines(), failed.lines()))
    })?;
    let counts = rewritten.map_err(|error| AskError::Failed(error.to_string()))?;
    let rebuilt = workspace.ask_and_wait(Question::Rebuild)?;
    Ok(json!({
        "erased": {"events": counts.0, "failed": counts.1, "identifiers": hers.len()},
        "stores": ["log", "failed", "state"],
        "rebuilt": rebuilt,
    }))
}

/// Whether a call may name any of some identifiers: most lines can be told not to without reading them.
fn may_name(ids: &HashSet<String>, line: &str) -> bool {
    // These are compared in a form of their own, and escapes may spell an identifier in other letters.
    let spelled_otherwise = ["\"email\"", "\"phone\"", "\\"];
    spelled_otherwise.iter().any(|part| line.contains(part)) || mentions(ids, line)
}

fn mentions(ids: &HashSet<String>, text: &str) -> bool {
    ids.iter().any(|id| text.contains(id.as_str()))
}

/// A text with its `\uXXXX` written as the letters that they stand for, however deep it is quoted.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    loop {
        let unit = rest
            .trim_start_matches('\\')
            .strip_prefix('u')
            .filter(|_| rest.starts_with('\\'));
        let unit = unit.and_then(|after| Some((after.get(..4)?, after.get(4..)?)));
        let unit =
            unit.and_then(|(digits, after)| Some((u16::from_str_radix(digits, 16).ok()?, after)));
        if let Some((unit, after)) = unit {
            units.push(unit);
            rest = after;
            continue;
        }
        plain.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        let mut letters = rest.chars();
        match letters.next() {
            Some(letter) => plain.push(letter),
            None => return plain,
        }
        rest = letters.as_str();
    }
}

fn fate(goes: bool) -> Fate {
    if goes { Fate::Blank } else { Fate::Keep }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_seen_through() {
        assert_eq!(unescaped(r#"{"a":"Zo\u00eb"}"#), r#"{"a":"Zoë"}"#);
        assert_eq!(unescaped(r"\\\u00eb \ud83c\udf31 \u12"), "ë 🌱 \\u12");
    }

    #[test]
    fn identifiers_are_found_in_the_forms_in_which_they_are_compared() {
        let call = r#"{"userId":" u1 ","traits":{"email":"A@X.org","phone":"+33 6 12"}}"#;
        let named = identifiers(call);
        for id in ["u1", "A@X.org", "a@x.org", "+33612"] {
            assert!(named.iter().any(|known| known == id), "{id}");
        }
    }
}
