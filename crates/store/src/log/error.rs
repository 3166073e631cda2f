//! What can go wrong with a log, told apart by what is to be done.

use std::io;
use std::path::{Path, PathBuf};

/// Why the log could not do something. Its variants say what the caller should do.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Try again when there is room; nothing of the batch is in the log, and what was there is.
    #[error("there is no room left on the disk")]
    Full,
    /// Refuse the batch: it is larger than a record may be.
    #[error("{bytes} bytes in {lines} lines are more than a record takes")]
    TooLarge {
        /// Bytes of the batch, with a line end for each line.
        bytes: usize,
        /// Lines of the batch.
        lines: usize,
    },
    /// Refuse the batch: the line with this place in it holds a line end.
    #[error("line {0} of the batch holds a line end")]
    LineEnd(usize),
    /// Stop, and open the log anew: an earlier write or sync failed.
    #[error("an earlier write to the log failed; it must be opened anew")]
    Poisoned,
    /// Stop: another process has the log open.
    #[error("{}: another process has this log open", .0.display())]
    Locked(PathBuf),
    /// Stop: a later version of Perennial wrote the file.
    #[error("{}: written in version {version} of the format, which this program does not know", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that it says.
        version: u16,
    },
    /// Stop: what was durable is no longer whole.
    #[error("{}: damaged at byte {offset}: {flaw}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// What is wrong there.
        flaw: Flaw,
    },
    /// Stop: the disk failed. It is not to be tried again without opening the log anew.
    #[error("{}: {error}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
}

/// What is wrong at a place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The header of the file is not one.
    #[error("the header of the file is damaged")]
    FileHeader,
    /// The file is named by another line than it begins with.
    #[error("the file begins with another line than its name says")]
    Name,
    /// The header of a record is not one.
    #[error("the header of a record is damaged")]
    Header,
    /// The lines of a record are not those that were written.
    #[error("the lines of a record are damaged")]
    Lines,
    /// A record ends after the file does.
    #[error("the file ends within a record")]
    Cut,
    /// A record does not begin where the one before it ended.
    #[error("a record is out of order")]
    Order,
    /// Durable lines are no longer there.
    #[error("lines that were durable are missing")]
    Missing,
}

impl LogError {
    /// A failure of the disk at `path`.
    pub(crate) fn disk(path: &Path) -> impl Fn(io::Error) -> Self {
        |error| Self::Disk {
            path: path.to_owned(),
            error,
        }
    }

    /// Damage at `offset` of the file `path`.
    pub(crate) fn damaged(path: &Path, offset: u64, flaw: Flaw) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            offset,
            flaw,
        }
    }
}
