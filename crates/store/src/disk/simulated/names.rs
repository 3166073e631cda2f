//! Names of files, and the changes to them that a sync of the folder makes durable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A change to the names in a folder.
#[derive(Clone, Debug)]
pub(super) enum NameChange {
    /// A file, by its number, gets a name.
    Create(PathBuf, usize),
    /// The first name becomes the second.
    Rename(PathBuf, PathBuf),
    /// A name goes.
    Remove(PathBuf),
}

impl NameChange {
    /// The names that it concerns.
    pub(super) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Create(path, _) | Self::Remove(path) => vec![path],
            Self::Rename(from, to) => vec![from, to],
        }
    }

    /// Whether one of its names stands in `folder`.
    pub(super) fn is_in(&self, folder: &Path) -> bool {
        let paths = self.paths();
        paths.iter().any(|path| path.parent() == Some(folder))
    }
}

/// Makes a change in a table of names.
pub(super) fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Create(path, file) => {
            names.insert(path.clone(), *file);
        }
        NameChange::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        NameChange::Remove(path) => {
            names.remove(path);
        }
    }
}
