//! The tests of the whole program: one binary, a module for each concern.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may panic, and say why"
)]

mod against;
mod api_server;
mod chains;
mod check;
mod check_sql;
mod ci;
mod cli;
mod compile;
mod conform;
mod corpus;
mod docs;
mod documents;
mod examples;
mod fix;
mod format;
mod fuzz;
mod generated;
mod harness;
mod library;
mod live;
mod matrix;
mod numbers;
mod overrides;
mod simulate;
mod simulation;
mod sweep;
mod tidy;
mod tools;
