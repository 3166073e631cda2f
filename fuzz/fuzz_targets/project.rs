//! `cargo fuzz run --sanitizer none project`: see `src/project.rs` for what must hold.
#![no_main]

#[path = "../src/project.rs"]
mod project;

libfuzzer_sys::fuzz_target!(|data: &[u8]| project::check(data));
