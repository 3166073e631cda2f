//! Why files cannot be read: one variant for each thing the caller can do about it.

use std::io;

use thiserror::Error;

use super::reject::shown;

/// Most columns named in a message.
const SHOWN_COLUMNS: usize = 12;

/// Why reading failed. Bad rows are no errors: they become [`super::Reject`]s.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is nothing to read: the command or the project must name files.
    #[error("{0}")]
    NothingToRead(String),
    /// A file cannot be opened or read: check its name and rights.
    #[error("{file}: {}", told(.cause))]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The file is of a form that is not read: convert it as the message says.
    #[error("{file}: {cause}; {way_out}")]
    Unusable {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
        /// What to do about it.
        way_out: String,
    },
    /// The file is cut off or corrupt: get it anew.
    #[error("{file}: {cause}; get the file anew (rows before the damage were read: {rows})")]
    Damaged {
        /// The file.
        file: String,
        /// Where and how.
        cause: String,
        /// Rows read before.
        rows: u64,
    },
    /// The columns are not what is needed or declared: change the source in perennial.yaml.
    #[error("{file}: {cause}; {way_out}. Its columns are: {}", list(.columns))]
    Mapping {
        /// The file.
        file: String,
        /// What is missing.
        cause: String,
        /// Which key to set.
        way_out: String,
        /// The columns found.
        columns: Vec<String>,
    },
    /// The caller asked for what the file cannot give; a mistake in the program.
    #[error("{file}: {cause}")]
    Misuse {
        /// The file.
        file: String,
        /// What was asked.
        cause: String,
    },
    /// The caller's own function failed on a batch.
    #[error(transparent)]
    Caller(Box<dyn std::error::Error + Send + Sync>),
}

impl ReadError {
    /// An error of the system on a file.
    pub(crate) fn io(file: &str, cause: io::Error) -> Self {
        Self::Io {
            file: file.to_owned(),
            cause,
        }
    }

    /// A form that is not read.
    pub(crate) fn unusable(
        file: &str,
        cause: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self::Unusable {
            file: file.to_owned(),
            cause: cause.into(),
            way_out: way_out.into(),
        }
    }

    /// Damage found after `rows` rows.
    pub(crate) fn damaged(file: &str, cause: impl ToString, rows: u64) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            cause: cause.to_string(),
            rows,
        }
    }

    /// A mistake of the calling program.
    pub(crate) fn misuse(file: &str, cause: impl Into<String>) -> Self {
        Self::Misuse {
            file: file.to_owned(),
            cause: cause.into(),
        }
    }
}

/// What the system says, with the way out where there is one.
fn told(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => {
            "there is no such file; check its name, and the folder that it is looked for in"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            format!("it may not be read ({cause}); allow it, as `chmod +r` does")
        }
        _ => cause.to_string(),
    }
}

/// Column names for people, the first dozen of them.
fn list(columns: &[String]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = columns
        .iter()
        .take(SHOWN_COLUMNS)
        .map(|name| shown(name))
        .collect();
    let more = columns.len().saturating_sub(SHOWN_COLUMNS);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} more", shown.join(", "))
    }
}
