//! Small systems, run.

mod clients;
mod nodes;
mod queues;
mod small;
