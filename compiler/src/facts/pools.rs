//! What a client library does when no pool is declared.

use crate::model::Language;

/// A client library's own pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolDefault {
    /// Connections, overflow included; `None` when it has no maximum.
    pub max: Option<u64>,
    /// Whose default it is.
    pub library: &'static str,
}

/// The default of the library that is most used for an engine under a runtime; `None` when none is known.
///
/// Sources, read at the versions named: `packages/pg-pool/index.js` (brianc/node-postgres), `lib/pool_config.js`
/// (mysql2), `src/connection_string.ts` (mongodb/node-mongodb-native), `lib/redis/RedisOptions.ts` (ioredis),
/// `HikariConfig.java`, `lib/sqlalchemy/pool/impl.py`. Where frameworks differ (sequelize 5, prisma up to 6 twice the
/// host's cores plus one) the larger fleet's default is taken and the finding asks for a declaration.
#[must_use]
pub fn pool_default(language: Language, engine: &str) -> Option<PoolDefault> {
    let (max, library) = match (language, engine) {
        (Language::Node, "postgres" | "postgresql") => (10, "pg-pool 3.14"),
        (Language::Node, "mysql" | "mariadb") => (10, "mysql2 3.23"),
        (Language::Node, "mongodb") => (100, "mongodb 7.5"),
        (Language::Node, "redis" | "valkey") => (1, "ioredis 6"),
        (Language::Jvm, "postgres" | "postgresql" | "mysql" | "mariadb") => (10, "HikariCP"),
        (Language::Python, "postgres" | "postgresql" | "mysql" | "mariadb") => (15, "SQLAlchemy (5 + 10 overflow)"),
        _ => return None,
    };
    Some(PoolDefault {
        max: Some(max),
        library,
    })
}
