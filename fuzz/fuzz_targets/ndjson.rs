//! `cargo fuzz run --sanitizer none ndjson`: see `src/ndjson.rs` for what must hold.
#![no_main]

#[path = "../src/ndjson.rs"]
mod ndjson;
#[path = "../src/rows.rs"]
mod rows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ndjson::check(data));
