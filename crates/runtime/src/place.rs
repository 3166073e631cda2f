//! Where things are in the folder of a workspace.
//!
//! ```text
//! log/        good events, the truth
//! failed/     refused events
//! rules-N/    project files, by the number of their change
//! ids/        ids of messages, and
//! state-N/    what is derived, which may both be thrown away
//! pictures/   what questions about all customers are asked of; gone at every start
//! current.json   which rules and which state are in force
//! forecast.json  what is known of forecasts, which may be thrown away
//! ```

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use perennial_store::shelf::{DiskShelf, Shelf, ShelfOptions};
use serde::{Deserialize, Serialize};

use crate::RuntimeError;
use crate::state::ALL;

/// The file that says what is in force.
const CURRENT: &str = "current.json";

/// Which rules and which state are in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Current {
    pub rules: u32,
    pub state: u32,
}

/// Where a state is kept, by number.
pub(crate) type StatePlace = u32;

/// The folder of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub PathBuf);

impl Place {
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub fn failed(&self) -> PathBuf {
        self.0.join("failed")
    }

    /// Ids of messages, which may be thrown away.
    pub fn ids(&self) -> PathBuf {
        self.0.join("ids")
    }

    /// What is known of forecasts, which may be thrown away.
    pub fn forecast_file(&self) -> PathBuf {
        self.0.join("forecast.json")
    }

    /// What runs over the log have written, which may be thrown away.
    pub fn pictures(&self) -> PathBuf {
        self.0.join("pictures")
    }

    /// Throws away what runs over the log have written.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`]; then personal data may be left there.
    pub fn forget_pictures(&self) -> Result<(), RuntimeError> {
        let folder = self.pictures();
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(disk(&folder, &error))
            }
            _ => Ok(()),
        }
    }

    fn rules(&self, number: u32) -> PathBuf {
        self.0.join(format!("rules-{number}"))
    }

    fn state(&self, number: StatePlace) -> PathBuf {
        self.0.join(format!("state-{number}"))
    }

    /// What is in force; `None` in a folder that is new.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn current(&self) -> Result<Option<Current>, RuntimeError> {
        let path = self.0.join(CURRENT);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| disk(&path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(&path, &error)),
        }
    }

    /// Says what is in force from now on.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`]; then what was in force still is.
    pub fn set_current(&self, current: Current) -> Result<(), RuntimeError> {
        let text = serde_json::to_string(&current).unwrap_or_default();
        replace(&self.0.join(CURRENT), text.as_bytes())
    }

    /// The project files of a number.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn read_rules(&self, number: u32) -> Result<Vec<(String, String)>, RuntimeError> {
        let folder = self.rules(number);
        let path = folder.join("files.json");
        let bytes = fs::read(&path).map_err(|error| disk(&path, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| disk(&path, &error))
    }

    /// Keeps project files under a number.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn write_rules(&self, number: u32, files: &[(String, String)]) -> Result<(), RuntimeError> {
        let folder = self.rules(number);
        fs::create_dir_all(&folder).map_err(|error| disk(&folder, &error))?;
        let text = serde_json::to_string_pretty(files).unwrap_or_default();
        replace(&folder.join("files.json"), text.as_bytes())
    }

    /// The shelf of a number, made if it is not there.
    ///
    /// # Errors
    /// [`RuntimeError::State`].
    pub fn shelf(&self, number: StatePlace) -> Result<Arc<dyn Shelf>, RuntimeError> {
        let folder = self.state(number);
        let shelf = DiskShelf::open(&folder, &ALL, ShelfOptions::default())?;
        Ok(Arc::new(shelf))
    }

    /// Throws a state away.
    pub fn forget_state(&self, number: StatePlace) {
        // What cannot be removed is in nobody's way, and is tried again at the next start.
        let _ = fs::remove_dir_all(self.state(number));
    }

    /// Throws all states away but one.
    pub fn forget_other_states(&self, kept: StatePlace) {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("state-"));
            if number.is_some_and(|number| number != kept.to_string()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Replaces a file in one step that lasts.
///
/// # Errors
/// [`RuntimeError::Disk`]; then the file is as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    let written = || {
        let new = path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    written().map_err(|error: std::io::Error| disk(path, &error))
}

pub(crate) fn disk(path: &Path, cause: &dyn std::fmt::Display) -> RuntimeError {
    RuntimeError::Disk {
        path: path.to_owned(),
        cause: cause.to_string(),
    }
}
