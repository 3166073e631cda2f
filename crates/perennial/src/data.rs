//! A folder of data as commands see it: its workspaces, its logs, and whether a server has it open.

use std::fs;
use std::path::{Path, PathBuf};

use perennial_runtime::{House, HouseOptions, RuntimeError, Workspace};

use crate::failure::Failure;

/// The folders of a workspace that hold a log: good events, and refused ones.
pub const LOGS: [&str; 2] = ["log", "failed"];

/// Where the workspaces are.
fn all(data: &Path) -> PathBuf {
    data.join("workspaces")
}

/// The folder of a workspace.
pub fn folder(data: &Path, workspace: &str) -> PathBuf {
    all(data).join(workspace)
}

/// The names of the workspaces in a folder of data, or the one that is asked for.
///
/// # Errors
/// A folder that holds no data, or not that workspace.
pub fn workspaces(data: &Path, asked: Option<&str>) -> Result<Vec<String>, Failure> {
    let all = all(data);
    let entries = fs::read_dir(&all).map_err(|_| {
        Failure::failed(format!(
            "{}: this is no folder of data; `perennial serve --data DIR` makes one",
            data.display()
        ))
    })?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| asked.is_none_or(|asked| asked == name))
        .collect();
    names.sort();
    match asked {
        Some(asked) if names.is_empty() => Err(Failure::failed(format!(
            "{}: there is no workspace `{asked}`",
            data.display()
        ))),
        _ => Ok(names),
    }
}

/// Opens a folder of data that is there, as a server would.
///
/// # Errors
/// As [`workspaces`]; where a server has it open, the way over HTTP is named.
pub fn open(data: &Path) -> Result<House, Failure> {
    workspaces(data, None)?;
    // A command does what it is told, and no more.
    let options = HouseOptions {
        retains_when_asked: true,
        ..HouseOptions::default()
    };
    House::open(data, options).map_err(|error| match error {
        RuntimeError::InUse(_) => Failure::failed(format!(
            "{error}; ask the server itself with `--url URL` instead of `--data`"
        )),
        error => Failure::failed(error),
    })
}

/// A workspace of a house that is open.
///
/// # Errors
/// Where there is none of that name.
pub fn workspace(house: &House, name: &str) -> Result<Workspace, Failure> {
    let missing = || Failure::failed(format!("there is no workspace `{name}`"));
    house.workspace(name).ok_or_else(missing)
}

/// Whether a server has the folder open.
pub fn is_served(data: &Path) -> bool {
    let file = fs::OpenOptions::new().write(true).open(data.join("lock"));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

/// Makes a folder that nobody else can look into, for what is personal. One that is there stays as it is.
///
/// # Errors
/// A place where none can be made.
pub fn make_private(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))
}
