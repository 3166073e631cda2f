//! An open file of the simulated disk: what is seen, what is durable, and what lies between.

use std::io::{self, ErrorKind};

use super::super::memory::read_from;
use super::{DiskFile, Fault, SimulatedDisk, State, failed, write_over};

/// A file without its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// As programs see it.
    pub(super) seen: Vec<u8>,
    /// As power loss leaves it at least.
    pub(super) durable: Vec<u8>,
    /// What made the one out of the other, in order.
    pub(super) unsynced: Vec<Change>,
    /// A change has been refused; nothing more is taken.
    pub(super) poisoned: bool,
}

/// A change to the bytes of a file.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Bytes written at a place.
    Write(u64, Vec<u8>),
    /// The file cut to a length.
    Truncate(u64),
}

impl Change {
    /// Makes the change.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => write_over(bytes, *at, written),
            Self::Truncate(length) => bytes.resize(*length as usize, 0),
        }
    }
}

#[derive(Debug)]
pub(super) struct SimulatedFile {
    pub(super) disk: SimulatedDisk,
    pub(super) number: usize,
}

impl SimulatedFile {
    fn write(&self, at: Option<u64>, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let state = &mut *state;
        let fault = begin(state, self.number)?;
        let file = &mut state.files[self.number];
        let at = at.unwrap_or(file.seen.len() as u64);
        let grows = (at + bytes.len() as u64).saturating_sub(file.seen.len() as u64);
        let (kept, result) = match (fault, state.room) {
            (Some(_), _) => {
                file.poisoned = true;
                let part = state.random.below(bytes.len() as u64 + 1);
                (part as usize, Err(failed()))
            }
            (None, Some(room)) if room < grows => {
                let part = bytes.len() - (grows - room) as usize;
                (part, Err(ErrorKind::StorageFull.into()))
            }
            (None, _) => (bytes.len(), Ok(())),
        };
        if kept > 0 {
            let before = file.seen.len();
            let change = Change::Write(at, bytes[..kept].to_vec());
            change.apply(&mut file.seen);
            file.unsynced.push(change);
            let grown = (file.seen.len() - before) as u64;
            state.room = state.room.map(|room| room.saturating_sub(grown));
        }
        result
    }
}

/// Counts an operation on a file, unless the file takes no more.
fn begin(state: &mut State, number: usize) -> io::Result<Option<Fault>> {
    let fault = state.begin()?;
    if state.files[number].poisoned {
        return Err(failed());
    }
    Ok(fault)
}

impl DiskFile for SimulatedFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.write(None, bytes)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write(Some(at), bytes)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state();
        state.powered()?;
        Ok(read_from(&state.files[self.number].seen, at, into))
    }

    fn length(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.powered()?;
        Ok(state.files[self.number].seen.len() as u64)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let state = &mut *state;
        let fault = begin(state, self.number)?;
        let file = &mut state.files[self.number];
        if fault.is_some() {
            file.poisoned = true;
            return Err(failed());
        }
        let freed = (file.seen.len() as u64).saturating_sub(length);
        state.room = state.room.map(|room| room + freed);
        let change = Change::Truncate(length);
        change.apply(&mut file.seen);
        file.unsynced.push(change);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let state = &mut *state;
        let fault = begin(state, self.number)?;
        let file = &mut state.files[self.number];
        if fault == Some(Fault::Error) {
            // The pages are clean now as far as the system knows: what did not get through is gone.
            file.poisoned = true;
            let random = &mut state.random;
            file.unsynced.retain(|_| random.chance(50));
        }
        if fault.is_some() {
            return Err(failed());
        }
        file.durable.clone_from(&file.seen);
        file.unsynced.clear();
        Ok(())
    }
}
