//! What the server is tried with, by tests and benchmarks: a client, a process that may be killed,
//! made-up events, and load. Nothing of it is shipped.
//!
//! Start with [`Server`], which runs the real binary, and [`Client`], which speaks HTTP to it byte by
//! byte. Everything random is drawn from [`Dice`], so a seed that is printed is enough to come back.
//!
//! What is absent: any knowledge of how the server works. What it promises is all that is looked at.

mod client;
mod crowd;
mod dice;
mod process;

pub use client::{Client, Reply, batch, gzip, request};
pub use crowd::{Crowd, Event};
pub use dice::Dice;
pub use process::{Server, Setup, Used, free_port};

/// The write key that servers are started with.
pub const WRITE_KEY: &str = "wk_test_123";
/// The admin key that servers are started with.
pub const ADMIN_KEY: &str = "admin_test_123";
/// The write key as the header of `Authorization: Basic`.
pub const BASIC: &str = "Basic d2tfdGVzdF8xMjM6";
