//! `cargo fuzz run --sanitizer none csv`: see `src/csv.rs` for what must hold.
#![no_main]

#[path = "../src/csv.rs"]
mod csv;
#[path = "../src/rows.rs"]
mod rows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| csv::check(data));
