//! What was written, run by the real programs on loopback: the claims of the checker against what really happens.

mod connections;
mod migration;
mod orders;
mod postgres;
mod process;
mod rollout;
