//! The shelf: derived state by key, in named spaces, changed in atomic commits.
//!
//! What stands on a shelf can be made again from the log. So its errors all have one answer: close it,
//! throw the folder away, and fold the log again.

mod attempt;
mod disk;
mod memory;
mod writes;

use std::io;
use std::path::PathBuf;

pub use disk::{DiskShelf, ShelfOptions};
pub use memory::MemoryShelf;
pub use writes::Writes;

/// The name of a space, fixed when a shelf is opened: letters, digits, `_`, `-`.
pub type Space = &'static str;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Pairs in the order of their keys. After an error there is nothing more.
pub type Pairs = Box<dyn Iterator<Item = Result<Pair, ShelfError>> + Send>;

/// Bytes of a key, at most; there is at least one.
pub const MAX_KEY_BYTES: usize = 65_535;

/// Whether a commit is to be durable when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// It survives power loss, and so do all before it.
    Yes,
    /// It survives the end of the process. Power loss may undo the last commits.
    No,
}

/// Reading what stands on a shelf.
pub trait View: Send + std::marker::Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError>;

    /// The pairs whose keys begin with `prefix`, as they stand now.
    fn scan(&self, space: Space, prefix: &[u8]) -> Pairs;

    /// The pairs from the key `from` on, as they stand now.
    fn scan_range(&self, space: Space, from: &[u8]) -> Pairs;
}

/// A store of derived state. Reading sees the last commit.
pub trait Shelf: View {
    /// Makes all of the writes, in all of their spaces, or none.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn commit(&self, writes: Writes, sync: Sync) -> Result<(), ShelfError>;

    /// What stands here now, and stays so while commits go on.
    fn snapshot(&self) -> Box<dyn View>;
}

/// Why a shelf cannot be used any more, and where it lies.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// Stop: another process has the shelf open.
    #[error("{}: another process has this state open", .0.display())]
    Locked(PathBuf),
    /// Throw the folder away and fold the log again.
    #[error("{}: {reason}; the state can be made again from the log", folder.display())]
    Broken {
        /// The folder of the shelf; empty for one in memory.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The disk failed. Free room or mend it, and open the shelf again.
    #[error("{}: {error}", folder.display())]
    Disk {
        /// The folder of the shelf.
        folder: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
    /// The caller is wrong: no such space was opened, or a key is empty, too long or kept back.
    #[error("the space `{space}` does not take this")]
    Refused {
        /// The space.
        space: Space,
    },
}

/// Pairs that are none but an error.
fn failed(error: ShelfError) -> Pairs {
    Box::new(std::iter::once(Err(error)))
}
