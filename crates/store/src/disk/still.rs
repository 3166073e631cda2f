//! A disk that is only read: nothing on it changes, whatever is asked.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use super::{Disk, DiskFile, DiskLock};

/// Another disk, of which nothing can be changed. Files can be opened without a right to write.
#[derive(Debug)]
pub(crate) struct StillDisk(pub Arc<dyn Disk>);

fn no<T>() -> io::Result<T> {
    Err(ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for StillDisk {
    fn create(&self, _: &Path) -> io::Result<Arc<dyn DiskFile>> {
        no()
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.0.open_to_read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.0.list(folder)
    }

    fn create_folder(&self, _: &Path) -> io::Result<()> {
        no()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        no()
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        no()
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        no()
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn DiskLock>> {
        no()
    }
}
