//! Numbers from the world, each with its source. Tables, not code: a new version of a runtime is a new row.

pub mod engines;
pub mod mysql_ddl;
pub mod node;
pub mod node_schedule;
pub mod options;
pub mod pools;
pub mod postgres_locks;
pub mod proxies;
pub mod queues;
pub mod runtimes;
pub mod threads;
pub mod users;
pub mod workers;

/// When the tables were last compared with their sources.
pub const AS_OF: &str = "2026-11-21";
