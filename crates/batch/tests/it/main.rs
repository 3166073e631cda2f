//! Tests of the batch crate through its doors, one binary for all.

#[path = "../../../engine/tests/it/check.rs"]
mod check;
mod desk;
mod forecast;
mod fuzz;
mod laws;
mod read;
mod scoring;
mod stitched;
mod together;
mod trails;
