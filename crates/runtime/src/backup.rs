//! A copy of a workspace, taken while it runs.

use std::fs;
use std::path::Path;

use crate::place::disk;
use crate::{RuntimeError, Workspace};

/// Copies rules, lists and logs into a folder. The logs are copied between two writes, so every event
/// that was acknowledged before is in the copy, and no record is cut.
///
/// # Errors
/// [`RuntimeError::Disk`].
pub(crate) fn copy(workspace: &Workspace, to: &Path) -> Result<(), RuntimeError> {
    let from = workspace.place().0.clone();
    fs::create_dir_all(to).map_err(|error| disk(to, &error))?;
    let target = to.to_owned();
    let copied = workspace.between(move |_| {
        for name in ["log", "failed"] {
            copy_folder(&from.join(name), &target.join(name))?;
        }
        for entry in fs::read_dir(&from).map_err(|error| disk(&from, &error))? {
            let entry = entry.map_err(|error| disk(&from, &error))?;
            let name = entry.file_name();
            let text = name.to_string_lossy();
            if text.starts_with("rules-") {
                copy_folder(&entry.path(), &target.join(&name))?;
            } else if text.ends_with(".json") {
                copy_file(&entry.path(), &target.join(&name))?;
            }
        }
        Ok(())
    });
    copied.map_err(|error| disk(to, &error))?
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), RuntimeError> {
    fs::create_dir_all(to).map_err(|error| disk(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| disk(from, &error))? {
        let entry = entry.map_err(|error| disk(from, &error))?;
        if entry.path().is_file() {
            copy_file(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    let folder = fs::File::open(to).map_err(|error| disk(to, &error))?;
    folder.sync_all().map_err(|error| disk(to, &error))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), RuntimeError> {
    fs::copy(from, to).map_err(|error| disk(to, &error))?;
    let file = fs::File::open(to).map_err(|error| disk(to, &error))?;
    file.sync_all().map_err(|error| disk(to, &error))
}
