//! What was written, run by the real programs on loopback: the claims of the checker and of the targets against what really happens.

mod connections;
mod http;
mod limit;
mod locks;
mod memory;
mod migration;
mod nginx;
mod orders;
mod platform;
mod postgres;
mod predicted;
mod process;
mod rollout;
