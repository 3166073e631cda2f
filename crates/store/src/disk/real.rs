//! The disk of the machine.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Disk, DiskFile, DiskLock, is_full};

/// The disk of the machine, by the standard library. Absent: any other system than a Unix.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        RealFile::new(options.open(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        RealFile::new(OpenOptions::new().read(true).write(true).open(path)?)
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        RealFile::new(File::open(path)?)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        match folder.parent() {
            Some(above) if !above.as_os_str().is_empty() => self.sync_folder(above),
            _ => Ok(()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(RealLock { _file: file })),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The lock goes with the file's handle, so also when the process is killed.
#[derive(Debug)]
struct RealLock {
    _file: File,
}

impl DiskLock for RealLock {}

#[derive(Debug)]
struct RealFile {
    file: File,
    length: AtomicU64,
    poisoned: AtomicBool,
}

impl RealFile {
    #[expect(
        clippy::new_ret_no_self,
        reason = "a file is only used as what a disk gives"
    )]
    fn new(file: File) -> io::Result<Arc<dyn DiskFile>> {
        let length = AtomicU64::new(file.metadata()?.len());
        let poisoned = AtomicBool::new(false);
        Ok(Arc::new(Self {
            file,
            length,
            poisoned,
        }))
    }

    /// Runs what changes the file, unless that failed before.
    fn change(&self, what: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(io::Error::other(
                "an earlier write or sync of this file failed",
            ));
        }
        what().inspect_err(|error| {
            if !is_full(error) {
                self.poisoned.store(true, Ordering::Release);
            }
        })
    }
}

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let at = self.length.load(Ordering::Acquire);
        self.change(|| self.file.write_all_at(bytes, at))?;
        self.length
            .store(at + bytes.len() as u64, Ordering::Release);
        Ok(())
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|| self.file.write_all_at(bytes, at))?;
        self.length
            .fetch_max(at + bytes.len() as u64, Ordering::AcqRel);
        Ok(())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < into.len() {
            match self.file.read_at(&mut into[read..], at + read as u64) {
                Ok(0) => break,
                Ok(some) => read += some,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.change(|| self.file.set_len(length))?;
        self.length.store(length, Ordering::Release);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.change(|| match self.file.sync_data() {
            // The full disk that a sync reports has lost bytes, unlike the one that a write reports.
            Err(error) if is_full(&error) => Err(io::Error::other(error)),
            result => result,
        })
    }
}
