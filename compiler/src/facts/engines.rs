//! What servers accept when nothing is configured, and what a connection costs them.

use crate::quantity::Duration;

/// Defaults of a server.
#[derive(Clone, Copy, Debug)]
pub struct EngineDefault {
    /// Connections that it accepts.
    pub max_connections: u64,
    /// Connections of those that ordinary users never get.
    pub reserved: u64,
    /// Where the numbers stand.
    pub source: &'static str,
}

/// The defaults of an engine; `None` when they are not known.
#[must_use]
pub fn engine_default(engine: &str) -> Option<EngineDefault> {
    Some(match engine {
        "postgres" | "postgresql" => EngineDefault {
            max_connections: 100,
            reserved: 3,
            source: "PostgreSQL: max_connections 100, superuser_reserved_connections 3 (pg_settings of 10 to 18)",
        },
        "mysql" | "mariadb" => EngineDefault {
            max_connections: 151,
            reserved: 0,
            source: "MySQL 8 manual, \"Too many connections\": max_connections 151, and one more for CONNECTION_ADMIN; MariaDB: 151",
        },
        "redis" | "valkey" => EngineDefault {
            max_connections: 10_000,
            reserved: 0,
            source: "Redis 7, redis.conf: maxclients 10000",
        },
        _ => return None,
    })
}

/// Processor time that a server spends at least on a new connection; `None` when it was not measured.
///
/// PostgreSQL 15, `pgbench -C` with SCRAM and without TLS: 8 to 9 ms for a connection with one query, on a virtual machine with
/// two cores. A quarter is counted: servers are faster.
#[must_use]
pub fn connect_cost(engine: &str) -> Option<Duration> {
    matches!(engine, "postgres" | "postgresql").then_some(Duration::millis(2))
}
