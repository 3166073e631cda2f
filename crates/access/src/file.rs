//! Files of which there is always a whole one: replaced at once, locked while they are changed.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use crate::AccessError;

/// Replaces a file: a new one is written, made durable and moved into its place. Only the owner of
/// the process may read it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), AccessError> {
    let failed = |error| AccessError::disk(path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = path.with_extension("new");
    // One that was left over may have other permissions.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = private();
    let mut file = options
        .write(true)
        .create_new(true)
        .open(&new)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&new, path).map_err(failed)?;
    sync_folder(folder)
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<(), AccessError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| AccessError::disk(folder, &error))
}

/// Options to open a file that only the owner of the process may read.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Holds a lock against other processes and threads until it is dropped.
pub fn lock(path: &Path) -> Result<File, AccessError> {
    let failed = |error| AccessError::disk(path, &error);
    let mut options = private();
    options.create(true).truncate(false).write(true);
    let file = options.open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}
