//! Tests of the batch crate through its doors, one binary for all.

mod read;
