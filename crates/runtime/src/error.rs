//! What can go wrong, by what the caller should do about it.

use std::fmt::Display;
use std::path::PathBuf;

use perennial_store::shelf::ShelfError;

/// Why an arrival was not acknowledged. Nothing of it may be counted as kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// More arrives than can be written: come back later.
    #[error("more arrives than can be written; try again in {retry_after_s} s")]
    Busy {
        /// Seconds after which it is worth trying again.
        retry_after_s: u32,
    },
    /// The disk is full: come back when there is space.
    #[error("the disk is full; try again in {retry_after_s} s")]
    Full {
        /// Seconds after which it is worth trying again.
        retry_after_s: u32,
    },
    /// The workspace is stopping, or its log can no longer be trusted to keep anything.
    #[error("the workspace has stopped")]
    Stopped,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nobody and nothing is known by that name.
    #[error("{0}")]
    Unknown(String),
    /// The question makes no sense.
    #[error("{0}")]
    Bad(String),
    /// It contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// It cannot be answered now: come back later.
    #[error("not now; try again in {retry_after_s} s")]
    Busy {
        /// Seconds after which it is worth trying again.
        retry_after_s: u32,
    },
    /// The workspace is stopping.
    #[error("the workspace has stopped")]
    Stopped,
    /// Something failed inside: it is in the log of the process.
    #[error("{0}")]
    Failed(String),
}

impl AskError {
    /// Something failed inside, whatever it was.
    pub(crate) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// For those who ask, a full disk and damage are one: the workspace mends itself.
impl From<ShelfError> for AskError {
    fn from(error: ShelfError) -> Self {
        Self::failed(error)
    }
}

/// What stops a house from opening or going on.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// A file or folder.
    #[error("{path}: {cause}", path = path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What happened.
        cause: String,
    },
    /// The log cannot be read or written.
    #[error("{0}")]
    Log(String),
    /// What is derived from the log cannot be relied on; it is built anew.
    #[error("{0}")]
    State(String),
    /// Another process has the folder open.
    #[error("{path}: another process serves this folder", path = .0.display())]
    InUse(PathBuf),
    /// The rules are not valid.
    #[error("{0}")]
    Rules(String),
    /// The name of a workspace that there is none of, or that cannot be one.
    #[error("{0}")]
    Name(String),
}

impl RuntimeError {
    /// What the log says.
    pub(crate) fn log(error: perennial_store::LogError) -> Self {
        Self::Log(error.to_string())
    }
}

/// The state is built anew. Where a full disk is to be waited for, that is looked at before.
impl From<ShelfError> for RuntimeError {
    fn from(error: ShelfError) -> Self {
        Self::State(error.to_string())
    }
}
