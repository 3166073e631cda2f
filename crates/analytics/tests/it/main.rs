//! Tests of the analytics crate through its doors, one binary for all.

mod attribution;
mod dfg;
mod log;
mod paths;
mod sequence;
