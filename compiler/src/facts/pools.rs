//! What a client library does when no pool is declared.

use crate::model::Language;
use crate::quantity::Duration;

/// A client library's own pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolDefault {
    /// Connections, overflow included; `None` when it has no maximum.
    pub max: Option<u64>,
    /// How long a request waits for a connection when all are taken.
    pub waits: Waits,
    /// Whose default it is, with the version that was read.
    pub library: &'static str,
    /// What sets another maximum, and what other libraries of the runtime do.
    pub remark: &'static str,
}

/// How long a request waits for a connection when all are taken, unless the program says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Until there is one.
    Forever,
    /// So long.
    UpTo(Duration),
    /// As the request itself says, or there is nothing to wait for.
    Otherwise,
}

struct Row {
    language: Language,
    engines: &'static [&'static str],
    default: PoolDefault,
}

const POSTGRES: &[&str] = &["postgres", "postgresql"];
const MYSQL: &[&str] = &["mysql", "mariadb"];
const SQL: &[&str] = &["postgres", "postgresql", "mysql", "mariadb"];
const MONGODB: &[&str] = &["mongodb"];
const REDIS: &[&str] = &["redis", "valkey"];

const fn row(
    language: Language,
    engines: &'static [&'static str],
    max: Option<u64>,
    waits: Waits,
    library: &'static str,
    remark: &'static str,
) -> Row {
    Row {
        language,
        engines,
        default: PoolDefault {
            max,
            waits,
            library,
            remark,
        },
    }
}

const fn up_to(seconds: u64) -> Waits {
    Waits::UpTo(Duration::seconds(seconds))
}

const NODE_SQL: &str =
    "sequelize opens 5, knex and TypeORM 10, Prisma up to version 6 twice the cores of the machine and one";
const IN_URL: &str = "the connection string sets another";

/// Sources, read at the versions named: brianc/node-postgres `packages/pg-pool/index.js`; mysql2 `lib/pool_config.js`;
/// mongodb/node-mongodb-native `src/connection_string.ts`; ioredis `lib/redis/RedisOptions.ts`; `HikariConfig.java`;
/// SQLAlchemy `lib/sqlalchemy/pool/impl.py`; go.dev/doc/database/manage-connections; npgsql/doc
/// `connection-string-parameters.md` (100 since 3.1); MySqlConnector `MySqlConnectionStringBuilder.cs`; PyMongo
/// `pymongo/common.py`; mongo-java-driver `ConnectionPoolSettings.java`; launchbadge/sqlx
/// `sqlx-core/src/pool/options.rs`; deadpool `CHANGELOG.md`. From their documentation, not re-read: the MongoDB driver for
/// Go, Django and Prisma. Where libraries of one runtime differ the most used one stands here, and the finding asks for a
/// declaration.
const ROWS: &[Row] = &[
    row(
        Language::Node,
        POSTGRES,
        Some(10),
        Waits::Forever,
        "pg-pool 3.14",
        NODE_SQL,
    ),
    row(Language::Node, MYSQL, Some(10), Waits::Forever, "mysql2 3.23", NODE_SQL),
    row(
        Language::Node,
        MONGODB,
        Some(100),
        Waits::Forever,
        "mongodb 7.5",
        IN_URL,
    ),
    row(
        Language::Node,
        REDIS,
        Some(1),
        Waits::Otherwise,
        "ioredis 6",
        "subscribers need one more",
    ),
    row(
        Language::Jvm,
        SQL,
        Some(10),
        up_to(30),
        "HikariCP",
        "`maximumPoolSize` sets another",
    ),
    row(
        Language::Jvm,
        MONGODB,
        Some(100),
        up_to(120),
        "the MongoDB driver",
        IN_URL,
    ),
    row(
        Language::Python,
        SQL,
        Some(15),
        up_to(30),
        "SQLAlchemy (5 + 10 overflow)",
        "Django opens one for each thread",
    ),
    row(Language::Python, MONGODB, Some(100), Waits::Forever, "PyMongo", IN_URL),
    row(
        Language::Go,
        SQL,
        None,
        Waits::Otherwise,
        "database/sql",
        "`SetMaxOpenConns` sets one; pgxpool opens 4, or as many as there are cores",
    ),
    row(
        Language::Go,
        MONGODB,
        Some(100),
        Waits::Otherwise,
        "the MongoDB driver",
        IN_URL,
    ),
    row(Language::Dotnet, POSTGRES, Some(100), up_to(15), "Npgsql", IN_URL),
    row(Language::Dotnet, MYSQL, Some(100), up_to(15), "MySqlConnector", IN_URL),
    row(
        Language::Rust,
        SQL,
        Some(10),
        up_to(30),
        "sqlx 0.8",
        "deadpool opens two for each core, four before 0.12.3",
    ),
];

/// The default of the library that is most used for an engine under a runtime; `None` when none is known.
#[must_use]
pub fn pool_default(language: Language, engine: &str) -> Option<PoolDefault> {
    let row = ROWS
        .iter()
        .find(|row| row.language == language && row.engines.contains(&engine))?;
    Some(row.default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pair_of_runtime_and_engine_stands_twice() {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for row in ROWS {
            for engine in row.engines {
                let pair = (row.language.word(), *engine);
                assert!(!pairs.contains(&pair), "{pair:?}");
                pairs.push(pair);
            }
        }
    }
}
