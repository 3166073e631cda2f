//! What can go wrong with keys and the audit log, by what the caller should do about it.

use std::path::{Path, PathBuf};

/// Why something about keys or the audit log could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file could not be read or written.
    #[error("{path}: {cause}", path = path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What happened.
        cause: String,
    },
    /// A file says what cannot be: it was damaged or changed by hand.
    #[error("{path}: {what}", path = path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong in it.
        what: String,
    },
    /// There is no such key.
    #[error("there is no key `{0}`")]
    NoKey(String),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Refused(String),
    /// There is no randomness to make a key of.
    #[error("the system gives no randomness: {0}")]
    Random(String),
}

impl AccessError {
    /// An error of the file system.
    pub(crate) fn disk(path: &Path, cause: &std::io::Error) -> Self {
        Self::Disk {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// Content that cannot be.
    pub(crate) fn damaged(path: &Path, what: impl ToString) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.to_string(),
        }
    }
}
