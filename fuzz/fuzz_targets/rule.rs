//! `cargo fuzz run --sanitizer none rule`: see `src/rule.rs` for what must hold.
#![no_main]

#[path = "../src/rule.rs"]
mod rule;

libfuzzer_sys::fuzz_target!(|data: &[u8]| rule::check(data));
