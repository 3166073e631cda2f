//! The log: numbered lines in records, records in segment files of one folder.
//!
//! A segment is named by the number of its first line and begins with a header; records follow each other
//! without gaps. Only the last segment grows. What is where in a file is in `format`, what is done after
//! a crash in `recover`.

mod beside;
mod error;
mod format;
mod index;
mod mark;
mod read;
mod record;
mod recover;
mod rewrite;
mod segment;
mod verify;
mod window;
mod write;

pub use error::{Flaw, LogError};
pub use read::LogReader;
pub use record::{Line, Record};
pub use recover::Recovery;
pub use rewrite::{Fate, Rewritten};
pub use verify::{Damage, Verified, verify};
pub use write::{Log, LogOptions, SEGMENT_BYTES};
