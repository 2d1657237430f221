//! Coverage-guided: `scripts/fuzz`.

#![no_main]

#[path = "../harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|text: &str| harness::run(text));
