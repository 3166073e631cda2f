//! A folder of data with its workspaces.

use std::path::{Path, PathBuf};

use crate::{RuntimeError, Workspace};

/// How a house is opened.
#[derive(Clone, Debug, Default)]
pub struct HouseOptions {
    /// Files of the project for a workspace that has none yet: names and texts.
    pub project: Vec<(String, String)>,
    /// Memory for customers at hand, in bytes.
    pub memory_bytes: usize,
}

/// A folder of data with its workspaces.
pub struct House {
    folder: PathBuf,
}

impl House {
    /// Opens a folder and all its workspaces, with one called `default` if there is none.
    ///
    /// # Errors
    /// [`RuntimeError`].
    pub fn open(folder: &Path, options: HouseOptions) -> Result<Self, RuntimeError> {
        drop(options);
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A workspace by name.
    pub fn workspace(&self, name: &str) -> Option<Workspace> {
        let _ = name;
        None
    }

    /// The names of all workspaces.
    pub fn workspaces(&self) -> Vec<String> {
        Vec::new()
    }

    /// Makes a workspace.
    ///
    /// # Errors
    /// [`RuntimeError::Name`], [`RuntimeError::Rules`], [`RuntimeError::Disk`].
    pub fn create(
        &self,
        name: &str,
        project: &[(String, String)],
    ) -> Result<Workspace, RuntimeError> {
        let _ = project;
        Err(RuntimeError::Name(name.to_owned()))
    }

    /// Copies all workspaces, while they run, into a folder that is new.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn backup(&self, to: &Path) -> Result<(), RuntimeError> {
        let _ = to;
        Ok(())
    }

    /// Stops: what was acknowledged is durable, what was folded is kept.
    pub fn stop(&self) {}
}
