//! A folder of data with its workspaces.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use perennial_store::disk::{Disk, RealDisk};

use crate::clock::{Clock, SystemClock};
use crate::place::{Current, Place, disk};
use crate::rulebook::Rulebook;
use crate::workspace::Parts;
use crate::{RuntimeError, Workspace};

/// Customers kept at hand where nothing is said.
const AT_HAND: usize = 100_000;
/// Most bytes of a workspace's name.
const MAX_NAME_BYTES: usize = 64;
/// The workspace that there always is.
pub const DEFAULT: &str = "default";

/// How a house is opened.
#[derive(Clone, Default)]
pub struct HouseOptions {
    /// Files of the project for a workspace that has none yet: names and texts.
    pub project: Vec<(String, String)>,
    /// Customers kept at hand in each workspace; 0 is as many as usual.
    pub at_hand: usize,
    /// What time it is; the machine's clock where nothing is said.
    pub clock: Option<Arc<dyn Clock>>,
    /// Where logs are; the machine's disk where nothing is said.
    pub disk: Option<Arc<dyn Disk>>,
    /// Whether the content of old events goes only when that is asked for, and not by itself once a day.
    pub retains_when_asked: bool,
    /// Who has made something of a log, for a server that answers questions about all customers.
    pub forgets: Option<Forgets>,
}

/// Called with a workspace's name and its folder of pictures whenever events may no longer be told: whoever has
/// made something of its log has ended what works on that, and removed it, when the call returns. What is made of
/// the log from then on stays. An error says what could not be removed.
pub type Forgets = Arc<dyn Fn(&str, &Path) -> Result<(), String> + Send + Sync>;

/// A folder of data with its workspaces.
pub struct House {
    folder: PathBuf,
    options: HouseOptions,
    /// Held open so that no other process serves the folder.
    _lock: fs::File,
    workspaces: Mutex<BTreeMap<String, Workspace>>,
}

impl House {
    /// Opens a folder and all its workspaces, with one called `default` if there is none.
    ///
    /// # Errors
    /// [`RuntimeError`].
    pub fn open(folder: &Path, options: HouseOptions) -> Result<Self, RuntimeError> {
        let all = folder.join("workspaces");
        fs::create_dir_all(&all).map_err(|error| disk(&all, &error))?;
        let lock = lock(folder)?;
        let house = Self {
            folder: folder.to_owned(),
            options,
            _lock: lock,
            workspaces: Mutex::default(),
        };
        let mut names: Vec<String> = Vec::new();
        for entry in fs::read_dir(&all).map_err(|error| disk(&all, &error))? {
            let entry = entry.map_err(|error| disk(&all, &error))?;
            names.extend(entry.file_name().into_string().ok().filter(|n| is_name(n)));
        }
        for name in names {
            house.open_one(&name, None)?;
        }
        if house.workspace(DEFAULT).is_none() {
            let project = house.options.project.clone();
            house.create(DEFAULT, &project)?;
        }
        Ok(house)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A workspace by name.
    pub fn workspace(&self, name: &str) -> Option<Workspace> {
        let workspaces = self.workspaces.lock();
        let workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        workspaces.get(name).cloned()
    }

    /// The names of all workspaces.
    pub fn workspaces(&self) -> Vec<String> {
        let workspaces = self.workspaces.lock();
        let workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        workspaces.keys().cloned().collect()
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
        if !is_name(name) {
            return Err(RuntimeError::Name(format!(
                "a workspace's name has 1 to {MAX_NAME_BYTES} letters a-z, digits, - and _"
            )));
        }
        if self.workspace(name).is_some() {
            return Err(RuntimeError::Name(
                "there is a workspace of that name".to_owned(),
            ));
        }
        self.open_one(name, Some(project))
    }

    fn open_one(
        &self,
        name: &str,
        project: Option<&[(String, String)]>,
    ) -> Result<Workspace, RuntimeError> {
        let place = Place(self.folder.join("workspaces").join(name));
        fs::create_dir_all(&place.0).map_err(|error| disk(&place.0, &error))?;
        let (current, files) = match place.current()? {
            Some(current) => (current, place.read_rules(current.rules)?),
            None => {
                let files = project.unwrap_or(&self.options.project).to_vec();
                // Rules that are not valid leave nothing behind.
                Rulebook::compile(&files)?;
                let current = Current { rules: 1, state: 1 };
                place.write_rules(current.rules, &files)?;
                place.set_current(current)?;
                (current, files)
            }
        };
        // Whatever a server that was killed has left, an erasure since then knew nothing of.
        place.forget_pictures()?;
        let workspace = Workspace::open(Parts {
            name: name.to_owned(),
            place,
            forgets: self.options.forgets.clone(),
            current,
            rules: Rulebook::compile(&files)?,
            clock: self.options.clock.clone().unwrap_or(Arc::new(SystemClock)),
            disk: self.options.disk.clone().unwrap_or(Arc::new(RealDisk)),
            most_at_hand: match self.options.at_hand {
                0 => AT_HAND,
                some => some,
            },
            retains_daily: !self.options.retains_when_asked,
        })?;
        let workspaces = self.workspaces.lock();
        let mut workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        workspaces.insert(name.to_owned(), workspace.clone());
        Ok(workspace)
    }

    /// Copies all workspaces, while they run, into a folder that is new: rules, lists and logs. What is
    /// derived is built again where the copy is opened.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn backup(&self, to: &Path) -> Result<(), RuntimeError> {
        if to.exists() {
            return Err(disk(to, &"the folder must be new"));
        }
        for name in self.workspaces() {
            if let Some(workspace) = self.workspace(&name) {
                crate::backup::copy(&workspace, &to.join("workspaces").join(&name))?;
            }
        }
        Ok(())
    }

    /// Why a workspace can keep no promise any more, if one is so.
    pub fn dead(&self) -> Option<String> {
        let names = self.workspaces();
        names.iter().find_map(|name| self.workspace(name)?.dead())
    }

    /// Stops: what was acknowledged is durable, what was folded is kept.
    pub fn stop(&self) {
        let workspaces = self.workspaces.lock();
        let workspaces: Vec<Workspace> = workspaces
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        workspaces.iter().for_each(Workspace::stop);
    }
}

/// Whether a text may be a workspace's name.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
}

/// Keeps other processes off the folder for as long as the file is open.
fn lock(folder: &Path) -> Result<fs::File, RuntimeError> {
    let path = folder.join("lock");
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| disk(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(RuntimeError::InUse(folder.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(disk(&path, &error)),
    }
}
