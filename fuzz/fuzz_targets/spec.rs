//! Coverage-guided: `scripts/fuzz`.

#![no_main]
#![allow(dead_code, reason = "each target is one function of the harness")]

#[path = "../harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|text: &str| harness::run(text));
