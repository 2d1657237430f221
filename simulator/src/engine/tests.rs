//! Small systems, run.

mod clients;
mod guards;
mod kept;
mod memory;
mod messages;
mod nginx;
mod nodes;
mod pointed;
mod probes;
mod queues;
mod sizes;
mod small;
