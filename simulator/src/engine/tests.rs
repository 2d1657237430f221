//! Small systems, run.

mod clients;
mod guards;
mod kept;
mod memory;
mod messages;
mod nginx;
mod nodes;
mod probes;
mod queues;
mod sessions;
mod sizes;
mod small;
