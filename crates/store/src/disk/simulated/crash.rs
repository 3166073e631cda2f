//! What power loss leaves: everything synced, and of the rest what the seed says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::file::{Change, Inode};
use super::names::{NameChange, apply};
use super::{Random, State};

/// Sectors that a disk may write whole or not at all, in bytes.
const SECTORS: [u64; 2] = [512, 4096];

/// How much of what was not synced is found.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    All,
    /// The first changes, and a part of the one after them.
    First(u64),
    /// Each sector by itself.
    Some,
}

impl Kept {
    fn draw(random: &mut Random, changes: usize) -> Self {
        match random.below(5) {
            0 => Self::Nothing,
            1 => Self::All,
            2 => Self::First(random.below(changes as u64 + 1)),
            _ => Self::Some,
        }
    }
}

/// Fills the empty disk `after` with what is left of `before`.
pub(super) fn crash(before: &State, after: &mut State) {
    let random = &mut after.random;
    after.files = before
        .files
        .iter()
        .map(|file| after_crash(file, random))
        .collect();
    after.names = names_after(&before.durable_names, &before.name_changes, random);
    after.durable_names.clone_from(&after.names);
}

fn after_crash(file: &Inode, random: &mut Random) -> Inode {
    let mut bytes = file.durable.clone();
    let sector = SECTORS[random.below(2) as usize];
    let kept = Kept::draw(random, file.unsynced.len());
    for (number, change) in (0u64..).zip(&file.unsynced) {
        match kept {
            Kept::Nothing => {}
            Kept::All => change.apply(&mut bytes),
            Kept::First(whole) if number < whole => change.apply(&mut bytes),
            Kept::First(whole) if number > whole => {}
            Kept::First(_) => {
                let whole = random.below(8);
                apply_sectors(change, sector, &mut bytes, |index| index < whole);
            }
            Kept::Some => apply_sectors(change, sector, &mut bytes, |_| random.chance(60)),
        }
    }
    // The length of a file can get through without its bytes, which then read as zeros.
    if bytes.len() < file.seen.len() && random.chance(30) {
        bytes.resize(file.seen.len(), 0);
    }
    Inode {
        seen: bytes.clone(),
        durable: bytes,
        ..Inode::default()
    }
}

/// Makes those parts of a change, sector by sector, that `found` says yes to.
fn apply_sectors(
    change: &Change,
    sector: u64,
    bytes: &mut Vec<u8>,
    mut found: impl FnMut(u64) -> bool,
) {
    let Change::Write(at, written) = change else {
        if found(0) {
            change.apply(bytes);
        }
        return;
    };
    let (mut from, mut rest) = (*at, &written[..]);
    let mut index = 0;
    while !rest.is_empty() {
        let length = (sector - from % sector).min(rest.len() as u64);
        let (piece, after) = rest.split_at(length as usize);
        if found(index) {
            Change::Write(from, piece.to_vec()).apply(bytes);
        }
        (from, rest, index) = (from + length, after, index + 1);
    }
}

/// The names that are found. A change that is lost takes with it the later ones of the same names.
fn names_after(
    durable: &BTreeMap<PathBuf, usize>,
    changes: &[NameChange],
    random: &mut Random,
) -> BTreeMap<PathBuf, usize> {
    let mut names = durable.clone();
    let mut lost = BTreeSet::new();
    let kept = Kept::draw(random, changes.len());
    for (number, change) in (0u64..).zip(changes) {
        let found = match kept {
            Kept::Nothing => false,
            Kept::All => true,
            Kept::First(whole) => number < whole,
            Kept::Some => random.chance(60),
        };
        let paths = change.paths();
        if found && !paths.iter().any(|path| lost.contains(*path)) {
            apply(&mut names, change);
        } else {
            lost.extend(paths.into_iter().map(ToOwned::to_owned));
        }
    }
    names
}
