//! `cargo fuzz run --sanitizer none planted`: see `src/planted.rs` for what must hold.
#![no_main]

#[path = "../src/planted.rs"]
mod planted;

libfuzzer_sys::fuzz_target!(|data: &[u8]| planted::check(data));
