//! A disk that fails as a seed tells it: power loss, torn writes, errors, no room, flipped bits.

mod crash;
mod file;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use file::{Inode, SimulatedFile};
use names::{NameChange, apply};

use super::memory::{names_in, write_over};
use super::{Disk, DiskFile, DiskLock, Random};

/// What a simulated disk does at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The operation fails. Of a write, a part may stand in the file; of what was to be synced, a part
    /// is lost though it can be read, and a later sync does not bring it back.
    Error,
    /// The power goes: the operation may have begun, and everything after it fails.
    PowerOff,
}

/// Files that keep apart what is durable from what is merely written. A clone is the same disk.
///
/// Operations that change something are counted from 0; faults are scripted by that number. Reads are
/// not counted and do not fail before the power goes.
#[derive(Clone, Debug)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    files: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    name_changes: Vec<NameChange>,
    locked: BTreeSet<PathBuf>,
    faults: BTreeMap<u64, Fault>,
    operations: u64,
    room: Option<u64>,
    off: bool,
    random: Random,
}

impl SimulatedDisk {
    /// An empty disk; what is left to chance follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let state = State {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            name_changes: Vec::new(),
            locked: BTreeSet::new(),
            faults: BTreeMap::new(),
            operations: 0,
            room: None,
            off: false,
            random: Random::new(seed),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The disk as it would be found after power loss now, in one of many ways, chosen by `seed`.
    ///
    /// What was synced is there. Of the rest, each sector of 512 or 4096 bytes and each change of a name
    /// may be there or not. This disk stays as it is.
    pub fn crash(&self, seed: u64) -> Self {
        let after = Self::new(seed);
        crash::crash(&self.state(), &mut after.state());
        after
    }

    /// Has the operation with this number fail.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.state().faults.insert(operation, fault);
    }

    /// How many changing operations there have been.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Leaves room for so many more bytes, or for any number.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// What stands in a file as programs see it.
    pub fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let file = state.names.get(path)?;
        Some(state.files[*file].seen.clone())
    }

    /// All files, in order of their paths.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// Turns over one bit of a file, as decay does; says whether the file has that byte.
    pub fn flip(&self, path: &Path, at: u64, bit: u8) -> bool {
        self.decay(path, |bytes| {
            let byte = bytes.get_mut(at as usize);
            byte.map(|byte| *byte ^= 1 << (bit % 8)).is_some()
        })
    }

    /// Writes zeros over a stretch of a file, as a lost page reads; says whether any byte was there.
    pub fn zero(&self, path: &Path, from: u64, length: u64) -> bool {
        self.decay(path, |bytes| {
            let end = bytes.len().min(from.saturating_add(length) as usize);
            let stretch = bytes.get_mut(from as usize..end);
            stretch.map(|stretch| stretch.fill(0)).is_some()
        })
    }

    /// Cuts a file, as damage does; says whether it had more bytes.
    pub fn cut(&self, path: &Path, length: u64) -> bool {
        self.decay(path, |bytes| {
            let longer = bytes.len() as u64 > length;
            bytes.truncate(length as usize);
            longer
        })
    }

    fn decay(&self, path: &Path, what: impl Fn(&mut Vec<u8>) -> bool) -> bool {
        let mut state = self.state();
        let Some(&number) = state.names.get(path) else {
            return false;
        };
        let file = &mut state.files[number];
        what(&mut file.durable);
        what(&mut file.seen)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, number: usize) -> Arc<dyn DiskFile> {
        Arc::new(SimulatedFile {
            disk: self.clone(),
            number,
        })
    }
}

impl State {
    /// Counts an operation; says which fault it is to have, or that there is no power.
    fn begin(&mut self) -> io::Result<Option<Fault>> {
        self.powered()?;
        let fault = self.faults.get(&self.operations).copied();
        self.operations += 1;
        if fault == Some(Fault::PowerOff) {
            self.off = true;
        }
        Ok(fault)
    }

    /// An operation that happens whole or not at all.
    fn whole(&mut self) -> io::Result<()> {
        match self.begin()? {
            None => Ok(()),
            Some(_) => Err(failed()),
        }
    }

    fn powered(&self) -> io::Result<()> {
        if self.off { Err(failed()) } else { Ok(()) }
    }

    fn change_name(&mut self, change: NameChange) {
        apply(&mut self.names, &change);
        self.name_changes.push(change);
    }
}

fn failed() -> io::Error {
    io::Error::other("input/output error (simulated)")
}

impl Disk for SimulatedDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.whole()?;
        if state.room == Some(0) {
            return Err(ErrorKind::StorageFull.into());
        }
        let number = state.files.len();
        state.files.push(Inode::default());
        let path = path.to_owned();
        state.change_name(NameChange::Create(path, number));
        drop(state);
        Ok(self.file(number))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        state.powered()?;
        let number = *state.names.get(path).ok_or(ErrorKind::NotFound)?;
        drop(state);
        Ok(self.file(number))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.powered()?;
        Ok(names_in(state.names.keys(), folder))
    }

    fn create_folder(&self, _folder: &Path) -> io::Result<()> {
        self.state().powered()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.whole()?;
        if !state.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.whole()?;
        let number = *state.names.get(path).ok_or(ErrorKind::NotFound)?;
        let freed = state.files[number].seen.len() as u64;
        state.room = state.room.map(|room| room + freed);
        state.change_name(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.whole()?;
        let changes = std::mem::take(&mut state.name_changes);
        for change in changes {
            if change.is_in(folder) {
                apply(&mut state.durable_names, &change);
            } else {
                state.name_changes.push(change);
            }
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        let mut state = self.state();
        state.powered()?;
        if !state.locked.insert(path.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimulatedLock {
            disk: self.clone(),
            path: path.to_owned(),
        }))
    }
}

#[derive(Debug)]
struct SimulatedLock {
    disk: SimulatedDisk,
    path: PathBuf,
}

impl DiskLock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state().locked.remove(&self.path);
    }
}
