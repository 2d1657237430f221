//! Coverage-guided: `scripts/fuzz`. A spec, its SQL and the spec that runs, with lines of `----` between them.

#![no_main]
#![allow(dead_code, reason = "each target is one function of the harness")]

#[path = "../harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut parts = text.split("\n----\n");
    let spec = parts.next().unwrap_or("");
    let sql = parts.next().unwrap_or("");
    harness::transition(spec, sql, parts.next().unwrap_or(spec));
});
