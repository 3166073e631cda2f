//! What lasts: the log of lines, the disk beneath it, and the store of derived state.
//!
//! The log is the truth: a line that [`Log::sync`] has answered for is there after any crash, in its
//! place, or reading says that it is damaged. Everything else is derived from it and may be thrown away.
//! This crate touches the disk, and nothing else: it knows no clock, no network, no events and no rules;
//! times and seeds are given by the caller. Start with [`Log`] and [`LogReader`].

pub mod disk;
mod log;
pub mod shelf;

pub use log::{
    Damage, Flaw, Line, Log, LogError, LogOptions, LogReader, Record, Recovery, SEGMENT_BYTES,
    Verified, verify,
};
