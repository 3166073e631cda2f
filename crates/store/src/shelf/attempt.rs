//! Counts openings that did not return, since some damage makes the store beneath end the process.
//!
//! Without it a flipped bit there would stop every start, and nobody would make the state anew.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::ShelfError;

/// Openings in a row that may end with the process. A process may also be killed while it opens.
const ATTEMPTS: u64 = 3;
/// The file; it has a byte for each.
const NAME: &str = "attempts";

/// An opening that has begun.
pub(super) struct Attempt {
    path: PathBuf,
}

impl Attempt {
    /// Begins to open the shelf in `folder`.
    pub(super) fn begin(folder: &Path) -> Result<Self, ShelfError> {
        let path = folder.join(NAME);
        let before = fs::metadata(&path).map_or(0, |about| about.len());
        if before >= ATTEMPTS {
            return Err(ShelfError::Broken {
                folder: folder.to_owned(),
                reason: format!("opening it ended the process {before} times in a row"),
            });
        }
        count(folder, &path).map_err(|error| ShelfError::Disk {
            folder: folder.to_owned(),
            error,
        })?;
        Ok(Self { path })
    }

    /// The shelf is open, or has said why not.
    pub(super) fn end(&self) {
        // A count that stays is cleared by the next opening that returns.
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

fn count(folder: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&[1])
}
