//! Small systems, run.

mod clients;
mod guards;
mod memory;
mod nodes;
mod queues;
mod small;
