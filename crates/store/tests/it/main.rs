//! What the store promises, tried over every body and against crashes, errors and damage.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test says what failed by failing, and prints its seed"
)]

mod crash;
mod damage;
mod disks;
mod ids;
mod log;
mod rewrite;
mod seeds;
mod shelf;
