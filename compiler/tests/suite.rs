//! The tests of the whole compiler, from text to findings: one binary, a module for each concern.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
#![allow(clippy::disallowed_methods, reason = "a test may look at the sources")]

mod advice;
mod budgets;
mod configuration;
mod distributions;
mod exploring;
mod flags;
mod graph;
mod harness;
mod health;
mod incidents;
mod judged;
mod memory;
mod migrations;
mod operations;
mod pools;
mod postgres_locks;
mod rollout;
mod rules;
mod runtimes;
mod scenarios;
mod shutdown;
mod state;
mod statements;
mod transition;
mod what_if;
mod worst_case;
