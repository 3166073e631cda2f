//! What the store needs of a disk, and nothing more: files that grow at their end, and folders.

mod memory;
mod random;
mod real;
mod simulated;
mod still;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use memory::MemoryDisk;
pub use random::Random;
pub use real::RealDisk;
pub use simulated::{Fault, SimulatedDisk};
pub(crate) use still::StillDisk;

/// A disk: the real one, one in memory, or one that fails as it is told.
///
/// Nothing is durable but what a sync has returned for: the bytes of a file by [`DiskFile::sync`],
/// its name by [`Disk::sync_folder`] of the folder it stands in.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Makes an empty file, or empties the one that is there.
    ///
    /// # Errors
    /// What the disk says.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file that is there, to read and to append.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] where there is none; else what the disk says.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file that is there, to read alone; a right to write it is not needed.
    ///
    /// # Errors
    /// As for [`Disk::open`].
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.open(path)
    }

    /// The names of the files in `folder`, sorted; folders in it are left out.
    ///
    /// # Errors
    /// What the disk says.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Makes `folder` and those above it, where they are not there.
    ///
    /// # Errors
    /// What the disk says.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Gives the file `from` the name `to`, whole or not at all; a file that has that name goes.
    ///
    /// # Errors
    /// What the disk says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes away a file's name. Who has it open may go on reading.
    ///
    /// # Errors
    /// What the disk says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in `folder` durable.
    ///
    /// # Errors
    /// What the disk says. It is not to be tried again.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Keeps others from writing where this file lies, until what is returned is dropped.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where another has it; else what the disk says.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>>;
}

/// An open file. Several threads may read while one appends.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Writes all of `bytes` at the end of the file.
    ///
    /// # Errors
    /// What the disk says; a part of the bytes may then stand in the file. After an error other than a
    /// full disk the file takes no more: a failed write is never tried again.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Writes all of `bytes` over what stands at `at` bytes from the beginning.
    ///
    /// # Errors
    /// As for [`DiskFile::append`].
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Reads from `at` bytes from the beginning until `into` is full or the file ends; says how many.
    ///
    /// # Errors
    /// What the disk says.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// How many bytes the file has.
    ///
    /// # Errors
    /// What the disk says.
    fn length(&self) -> io::Result<u64>;

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// As for [`DiskFile::append`].
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Makes durable what has been written.
    ///
    /// # Errors
    /// What the disk says. A failed sync is never tried again, since the bytes may be lost and the next
    /// sync say yes; the file takes no more.
    fn sync(&self) -> io::Result<()>;
}

/// A place that is locked as long as this lives.
pub trait DiskLock: Send + Sync + fmt::Debug {}

/// Whether an error says that there is no room, which may be mended while running.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
