//! Erasures applied again to a workspace that was restored from a backup taken before them.

use std::path::Path;
use std::sync::Arc;

use perennial_store::disk::{Disk, RealDisk};
use perennial_store::{Log, LogOptions};

use super::lists::Lists;
use super::{FILE, blank_erased};
use crate::RuntimeError;
use crate::place::{Place, disk};
use crate::rulebook::Rulebook;
use crate::state::{Messages, refill};

/// Applies erasures to a folder of data that no server has open: those that the folder `from` knows of,
/// which is a folder of data too, or a later backup, or holds the file `privacy.json` of each workspace
/// where these would have it. Who is suppressed there is so here.
///
/// Answers for each workspace how many lines went; nothing where `from` has no list of it.
///
/// # Errors
/// [`RuntimeError::Disk`], [`RuntimeError::Log`], and [`RuntimeError::Name`] where a list is of another
/// workspace.
pub fn erase_again(data: &Path, from: &Path) -> Result<Vec<(String, Option<u64>)>, RuntimeError> {
    let all = data.join("workspaces");
    let mut done = Vec::new();
    for entry in std::fs::read_dir(&all).map_err(|error| disk(&all, &error))? {
        let entry = entry.map_err(|error| disk(&all, &error))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let later = Lists::read(&from.join("workspaces").join(&name).join(FILE))?;
        let lines = match later {
            None => None,
            Some(later) => Some(erase_one(&Place(entry.path()), &name, later)?),
        };
        done.push((name, lines));
    }
    done.sort();
    Ok(done)
}

fn erase_one(place: &Place, name: &str, later: Lists) -> Result<u64, RuntimeError> {
    let path = place.0.join(FILE);
    let mut lists = Lists::read(&path)?.unwrap_or_else(|| Lists {
        seed: later.seed,
        ..Lists::default()
    });
    if lists.seed != later.seed {
        return Err(RuntimeError::Name(format!(
            "what was erased cannot be told: the list is of another workspace `{name}`, with another salt"
        )));
    }
    lists.join(later);
    let open = |folder| {
        let opened = Log::open(Arc::new(RealDisk), folder, LogOptions::default());
        opened.map(|(log, _)| log).map_err(RuntimeError::log)
    };
    let (mut events, mut failed) = (open(&place.log())?, open(&place.failed())?);
    if !lists.erased.is_empty() {
        remember(place, &events)?;
    }
    let lines = blank_erased(&lists, &mut events, &mut failed)?;
    lists.erasing = false;
    lists.write(&path)?;
    Ok(lines)
}

/// Puts the ids of all messages into files while every line is there: what was erased and is sent again is
/// a duplicate, as it is where it was erased the first time.
fn remember(place: &Place, events: &Log) -> Result<(), RuntimeError> {
    let current = place.current()?.unwrap_or_default();
    let mut reader = Rulebook::compile(&place.read_rules(current.rules)?)?.reader();
    let real: Arc<dyn Disk> = Arc::new(RealDisk);
    let folder = place.ids();
    let messages = Messages::open(&real, &folder).map_err(|error| disk(&folder, &error))?;
    refill(&messages, &events.reader(), &mut reader, events.durable())
}
