//! What lasts: the log of lines, the disk beneath it, the shelf of derived state, the ids of messages.
//!
//! The log is the truth: a line that [`Log::sync`] has answered for is there after any crash, in its
//! place, or reading says that it is damaged. Everything else is derived from it and may be thrown away.
//! This crate touches the disk, and nothing else: it knows no clock, no network, no events and no rules;
//! times and seeds are given by the caller. Start with [`Log`] and
//! [`LogReader`], then [`shelf`] and [`ids`].

pub mod disk;
pub mod ids;
mod log;
pub mod shelf;

pub use log::{
    Damage, Fate, Flaw, Line, Log, LogError, LogOptions, LogReader, Record, Recovery, Rewritten,
    SEGMENT_BYTES, Verified, verify,
};
