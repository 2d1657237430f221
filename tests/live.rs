//! What was written, run by the real programs on loopback: the claims of the checker against what really happens.

mod connections;
mod limit;
mod memory;
mod migration;
mod orders;
mod platform;
mod postgres;
mod process;
mod rollout;
