//! Small systems, run.

mod changes;
mod clients;
mod endings;
mod event_loop;
mod guards;
mod kept;
mod memory;
mod messages;
mod nginx;
mod nodes;
mod pointed;
mod pools;
mod probes;
mod queues;
mod sessions;
mod sizes;
mod small;
mod watched;
