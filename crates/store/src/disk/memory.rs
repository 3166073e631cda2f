//! A disk in memory, for tests and for what need not last.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Disk, DiskFile, DiskLock};

/// Files in memory. A clone is the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    files: BTreeMap<PathBuf, Arc<MemoryFile>>,
    locked: BTreeSet<PathBuf>,
}

impl MemoryDisk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for MemoryDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = Arc::new(MemoryFile::default());
        self.inner().files.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.inner().files.get(path).cloned();
        Ok(file.ok_or(ErrorKind::NotFound)?)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let inner = self.inner();
        Ok(names_in(inner.files.keys(), folder))
    }

    fn create_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        let file = inner.files.remove(from).ok_or(ErrorKind::NotFound)?;
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let gone = self.inner().files.remove(path);
        gone.map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        if !self.inner().locked.insert(path.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(MemoryLock {
            disk: self.clone(),
            path: path.to_owned(),
        }))
    }
}

/// The names, sorted, of those files that stand in `folder` itself.
pub(super) fn names_in<'a>(files: impl Iterator<Item = &'a PathBuf>, folder: &Path) -> Vec<String> {
    let inside = files.filter(|path| path.parent() == Some(folder));
    inside
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect()
}

#[derive(Debug)]
struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl DiskLock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.inner().locked.remove(&self.path);
    }
}

#[derive(Debug, Default)]
struct MemoryFile {
    bytes: RwLock<Vec<u8>>,
}

impl MemoryFile {
    fn change(&self, what: impl FnOnce(&mut Vec<u8>)) {
        what(&mut self.bytes.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl DiskFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.change(|all| all.extend_from_slice(bytes));
        Ok(())
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|all| write_over(all, at, bytes));
        Ok(())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let all = self.bytes.read().unwrap_or_else(PoisonError::into_inner);
        Ok(read_from(&all, at, into))
    }

    fn length(&self) -> io::Result<u64> {
        let all = self.bytes.read().unwrap_or_else(PoisonError::into_inner);
        Ok(all.len() as u64)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.change(|all| all.resize(length as usize, 0));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes `bytes` at `at` into `all`, with zeros in between where it is shorter.
pub(super) fn write_over(all: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let at = at as usize;
    let end = at + bytes.len();
    if all.len() < end {
        all.resize(end, 0);
    }
    all[at..end].copy_from_slice(bytes);
}

/// Reads from `all` at `at` what there is of `into`'s length; says how many bytes.
pub(super) fn read_from(all: &[u8], at: u64, into: &mut [u8]) -> usize {
    let from = all.get(at as usize..).unwrap_or_default();
    let some = from.len().min(into.len());
    into[..some].copy_from_slice(&from[..some]);
    some
}
