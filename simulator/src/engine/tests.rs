//! Small systems, run.

mod clients;
mod queues;
mod small;
