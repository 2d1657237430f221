//! Small systems, run.

mod clients;
mod guards;
mod memory;
mod messages;
mod nodes;
mod queues;
mod small;
