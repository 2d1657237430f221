//! Small systems, run.

mod nodes;
mod queues;
mod small;
