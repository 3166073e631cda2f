//! The rights of a customer: to be forgotten, and to be left alone.
//!
//! Whoever was erased or suppressed is kept by salted hashes of her identifiers, each with the time of
//! her erasure. The list serves to finish an erasure that was cut short, and to erase again after a
//! backup was restored ([`erase_again`]).
//!
//! **What the list reveals:** the salt lies beside the hashes, so whoever has the folder and an
//! identifier can check whether, and when, it was erased, and can try all phone numbers there are. It
//! shows no identifier to who has none.

mod again;
mod erase;
mod lists;
mod mask;
mod named;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use perennial_model::Time;
use perennial_store::{Fate, Log};
use serde_json::{Value as Json, json};

use crate::place::{Place, disk};
use crate::{Arrival, AskError, RuntimeError};
pub use again::erase_again;
pub(crate) use erase::{erase, suppress};
use lists::Lists;
pub(crate) use mask::Mask;
use named::Named;

/// The file of the lists, beside the logs.
const FILE: &str = "privacy.json";

/// Who was erased or is suppressed.
pub(crate) struct Privacy {
    path: PathBuf,
    any_suppressed: AtomicBool,
    list: RwLock<Lists>,
}

impl Privacy {
    /// The lists of a workspace.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn open(place: &Place) -> Result<Self, RuntimeError> {
        let path = place.0.join(FILE);
        let list = match Lists::read(&path)? {
            Some(list) => list,
            None => {
                let list = Lists::new(&place.0);
                // From the beginning, so that all backups have the same salt. Where there is no room for
                // it the first erasure writes it.
                let _ = list.write(&path);
                list
            }
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
        let lines = &mut arrival.lines;
        lines.retain(|line| !list.is_suppressed(&Named::of(line)));
        let failed = &mut arrival.failed;
        failed.retain(|one| {
            let door = one.door.as_deref().unwrap_or_default();
            !list.is_suppressed(&Named::of_failed(&one.original, door))
        });
    }

    /// Suppresses identifiers, or takes that back.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn suppress(&self, ids: &HashSet<String>, on: bool, now: Time) -> Result<Json, AskError> {
        self.change(|list| {
            list.suppressed_at_ms = now.ms();
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
    fn begin_erasing(&self, ids: &HashSet<String>, now: Time) -> Result<(), AskError> {
        self.change(|list| {
            let hashes: Vec<String> = ids.iter().map(|id| list.hash(id)).collect();
            let hashes = hashes.into_iter().map(|hash| (hash, now.ms()));
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
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        if !list.erasing {
            return Ok(false);
        }
        blank_erased(&list, events, failed)?;
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
        let written = changed.write(&self.path);
        written.map_err(AskError::failed)?;
        self.any_suppressed
            .store(!changed.suppressed.is_empty(), Ordering::Relaxed);
        *list = changed;
        Ok(())
    }
}

/// Blanks the lines of the erased in both logs; answers how many.
fn blank_erased(list: &Lists, events: &mut Log, failed: &mut Log) -> Result<u64, RuntimeError> {
    if list.erased.is_empty() {
        return Ok(0);
    }
    let is_erased = |named: Named| fate(list.is_erased(&named));
    let events = events.rewrite(0, |_, line| is_erased(Named::of(line)));
    let events = events.map_err(RuntimeError::log)?;
    let failed = failed.rewrite(0, |_, line| is_erased(Named::of_refused(line)));
    Ok(events.lines() + failed.map_err(RuntimeError::log)?.lines())
}

fn fate(goes: bool) -> Fate {
    if goes { Fate::Blank } else { Fate::Keep }
}
