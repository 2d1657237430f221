//! Databases, caches, queues, and services of others.

use super::distribution::Drawn;
use super::parts::{Allow, ToQueue, ToStorePlace, Word};
use super::thing::{ThingId, ThingKind};
use super::uses::PoolMode;
use crate::lower::{Name, ProjectPath, Ref, Text, Val, Version};
use crate::quantity::{Duration, Rate, Ratio};
use crate::schema::block;

block! {
    /// What keeps state, or belongs to somebody else: `database`, `cache`, `queue`, `external`.
    pub struct StoreSettings("database") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The product and its version: `postgres 16`, `redis 7`. The version decides which locks a migration takes.
        engine in ["database", "cache", "queue"]: Option<Engine>,
        /// Most connections that the server accepts, reserved ones included.
        max_connections in ["database"]: Option<Val<u64>>,
        /// Connections that are kept for administration, migrations by hand and monitoring; a client takes some of them with
        /// `from_reserve`.
        reserve in ["database"]: Option<Val<u64>>,
        /// Most clients that may be connected.
        max_clients in ["cache", "queue"]: Option<Val<u64>>,
        /// What it holds is gone once it was away: nothing is written to disk, and no replica takes over. For the simulator. Memcached
        /// is always so; of any other engine the opposite is taken when left out.
        volatile in ["cache"]: Option<Val<bool>>,
        /// Most messages that may wait.
        max_depth in ["queue"]: Option<Val<u64>>,
        /// Where messages go that could not be worked on.
        dead_letter in ["queue"]: Option<Val<Ref<ToQueue>>>,
        /// What it lives in: a queue inside a cache, a store on a host.
        on: Option<Val<Ref<ToStorePlace>>>,
        /// A pooler between the clients and the database.
        pooler in ["database"]: Option<Pooler>,
        /// The schema as it is before the first change: an SQL file.
        schema in ["database"]: Option<Val<ProjectPath>>,
        /// How long it is away when it fails over.
        failover: Option<Val<Duration>>,
        /// The quota that the owner grants.
        limit in ["external"]: Option<Val<Rate>>,
        /// Time of one round trip; always the same unless its braces say otherwise.
        latency: Option<Drawn<Duration>>,
        /// Time that the server works on one request, on average; the simulator draws from an exponential distribution unless
        /// its braces say otherwise.
        service_time: Option<Drawn<Duration>>,
        /// Requests that it works on at once, before others wait.
        capacity: Option<Val<u64>>,
        /// How long the server keeps the connection of a client that was killed; for the simulator. No time when left out, which
        /// is optimistic: a process that the kernel ends closes its sockets, but a machine that is gone does not, and then TCP
        /// keepalive decides, after two hours where nobody changed it (`tcp_keepalive_time` of Linux).
        dead_client in ["database", "cache", "queue"]: Option<Val<Duration>>,
        /// Part of the time that it is there.
        availability: Option<Val<Ratio>>,
        /// How long backups are kept: `"7d"`.
        backup in ["database", "cache", "queue"]: Option<Val<Text>>,
        /// Where it is, without user and password: `"postgres://db.internal:5432/orders"`.
        url: Option<Val<Text>>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// A database, cache, queue or external with all its settings.
#[derive(Clone, Debug)]
pub struct Store {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: StoreSettings,
}

impl std::ops::Deref for Store {
    type Target = StoreSettings;

    fn deref(&self) -> &StoreSettings {
        &self.settings
    }
}

impl Store {
    /// The engine's name in lower case; empty when it is not declared.
    #[must_use]
    pub fn engine_name(&self) -> &str {
        self.engine.as_ref().map_or("", |engine| &engine.name.value.0)
    }

    /// Whether what it holds is gone once it was away. Source: memcached keeps items in memory only (docs.memcached.org, "About
    /// memcached"); Redis and Valkey write snapshots unless told otherwise (`save 3600 1 300 100 60 10000` in redis.conf).
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        let written = self.volatile.as_ref().map(|volatile| volatile.value);
        written.unwrap_or_else(|| self.engine_name() == "memcached")
    }

    /// Whether it is a database.
    #[must_use]
    pub fn is_database(&self) -> bool {
        self.id.kind == ThingKind::Database
    }
}

block! {
    /// A product and its version.
    pub struct Engine("engine") {
        head {
            /// The product.
            name: Val<Word>,
            /// Its version.
            version: Option<Val<Version>>,
        }
    }
}

block! {
    /// A pooler between clients and database: clients are counted at the pooler, its own connections at the database.
    pub struct Pooler("pooler") {
        head {
            /// The product: `pgbouncer`.
            product: Val<Word>,
        }
        /// How long a client keeps a server connection. PgBouncer's own default is `session`.
        mode: Val<PoolMode> = PoolMode::Session,
        /// Server connections for each user and database. PgBouncer's own default (`default_pool_size`) is 20.
        size: Val<u64> = 20,
        /// Clients that may be connected to one pooler process. PgBouncer's own default (`max_client_conn`) is 100.
        max_clients: Val<u64> = 100,
        /// Pooler processes; each has pools of its own.
        processes: Val<u64> = 1,
        /// Pairs of user and database; each has a pool of its own.
        pools: Val<u64> = 1,
    }
}
