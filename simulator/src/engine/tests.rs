//! Small systems, run.

mod queues;
mod small;
