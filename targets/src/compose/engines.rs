//! The official image of each engine, and what it needs to be one.

use loadline_compiler::model::{Store, ThingKind};

/// A container of an engine.
pub(crate) struct Engine {
    /// Name of the image.
    pub(crate) image: &'static str,
    /// Tag where the spec gives no version.
    pub(crate) version: &'static str,
    /// Behind the version in the tag.
    pub(crate) variant: &'static str,
    /// Arguments of the server.
    pub(crate) command: Vec<String>,
    /// Plain variables.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Variables for the name of the first user, with its default, and for its password.
    pub(crate) user: Option<(&'static str, &'static str)>,
    pub(crate) password: Option<&'static str>,
    /// Health check.
    pub(crate) test: Vec<&'static str>,
    /// Where its data is.
    pub(crate) data: &'static str,
    /// How long it is given to stop, if docker's 10s are too little.
    pub(crate) stop: Option<&'static str>,
    /// Whether its data belong to the name of the machine.
    pub(crate) named: bool,
}

/// The container of a store; `None` for engines without one here.
pub(crate) fn engine(store: &Store) -> Option<Engine> {
    let clients = |flag: &str| connections(store).map(|count| format!("{flag}{count}"));
    let database = database(store);
    Some(match store.engine_name() {
        "postgres" | "postgresql" => Engine {
            command: clients("max_connections=")
                .map(|setting| vec!["postgres".to_owned(), "-c".to_owned(), setting])
                .unwrap_or_default(),
            environment: database.map(|name| ("POSTGRES_DB", name)).into_iter().collect(),
            user: Some(("POSTGRES_USER", "postgres")),
            password: Some("POSTGRES_PASSWORD"),
            // Over TCP: the server that only sets up the first database listens on its socket alone.
            test: vec![
                "CMD-SHELL",
                "pg_isready --quiet --host=127.0.0.1 --username=\"$POSTGRES_USER\" --dbname=\"${POSTGRES_DB:-$POSTGRES_USER}\"",
            ],
            // From 18 on the image keeps a directory for each major version below this one.
            data: if postgres_major(store) < 18 {
                "/var/lib/postgresql/data"
            } else {
                "/var/lib/postgresql"
            },
            // The image's own advice: at least this for a shutdown that writes everything.
            stop: Some("90s"),
            ..Engine::of("postgres", POSTGRES)
        },
        "mysql" => Engine {
            command: clients("--max-connections=").into_iter().collect(),
            environment: database.map(|name| ("MYSQL_DATABASE", name)).into_iter().collect(),
            password: Some("MYSQL_ROOT_PASSWORD"),
            // Passes as soon as it answers, whoever asks; the server of the first set-up has no network.
            test: vec!["CMD", "mysqladmin", "ping", "--silent", "--host=127.0.0.1"],
            data: "/var/lib/mysql",
            stop: Some("90s"),
            ..Engine::of("mysql", "8.4")
        },
        "mariadb" => Engine {
            command: clients("--max-connections=").into_iter().collect(),
            environment: database.map(|name| ("MARIADB_DATABASE", name)).into_iter().collect(),
            password: Some("MARIADB_ROOT_PASSWORD"),
            test: vec!["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"],
            data: "/var/lib/mysql",
            stop: Some("90s"),
            ..Engine::of("mariadb", "11.4")
        },
        "mongodb" => Engine {
            command: connections(store)
                .map(|count| vec!["--maxConns".to_owned(), count.to_string()])
                .unwrap_or_default(),
            user: Some(("MONGO_INITDB_ROOT_USERNAME", "root")),
            password: Some("MONGO_INITDB_ROOT_PASSWORD"),
            test: vec![
                "CMD",
                "mongosh",
                "--quiet",
                "--eval",
                "db.runCommand({ping:1}).ok||quit(1)",
            ],
            data: "/data/db",
            stop: Some("90s"),
            ..Engine::of("mongo", "8.0")
        },
        "redis" => Engine {
            command: remembering("redis-server", store),
            test: vec!["CMD", "redis-cli", "ping"],
            data: "/data",
            ..Engine::of("redis", "7.4")
        },
        "valkey" => Engine {
            command: remembering("valkey-server", store),
            test: vec!["CMD", "valkey-cli", "ping"],
            data: "/data",
            ..Engine::of("valkey/valkey", "8.0")
        },
        "memcached" => Engine {
            command: connections(store)
                .map(|count| vec!["--conn-limit".to_owned(), count.to_string()])
                .unwrap_or_default(),
            // The image has no client, but bash can open connections.
            test: vec!["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/11211"],
            ..Engine::of("memcached", "1.6")
        },
        "rabbitmq" => Engine {
            user: Some(("RABBITMQ_DEFAULT_USER", "app")),
            password: Some("RABBITMQ_DEFAULT_PASS"),
            test: vec!["CMD", "rabbitmq-diagnostics", "--quiet", "check_port_connectivity"],
            data: "/var/lib/rabbitmq",
            named: true,
            ..Engine::of("rabbitmq", "4.0")
        },
        "nats" => Engine {
            // The image without variant has no program that could ask.
            variant: "-alpine",
            command: ["--jetstream", "--store_dir=/data", "--http_port=8222"]
                .map(str::to_owned)
                .into(),
            test: vec!["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz"],
            data: "/data",
            ..Engine::of("nats", "2.10")
        },
        _ => return None,
    })
}

const POSTGRES: &str = "17";

impl Engine {
    const fn of(image: &'static str, version: &'static str) -> Self {
        Self {
            image,
            version,
            variant: "",
            command: Vec::new(),
            environment: Vec::new(),
            user: None,
            password: None,
            test: Vec::new(),
            data: "",
            stop: None,
            named: false,
        }
    }
}

/// The limit that the budget counts with is the limit of the server.
fn connections(store: &Store) -> Option<u64> {
    let written = store.max_connections.as_ref().or(store.max_clients.as_ref());
    written.map(|limit| limit.value)
}

/// A cache forgets when it stops; a queue must not.
fn remembering(server: &str, store: &Store) -> Vec<String> {
    let mut words = vec![server.to_owned()];
    if store.id.kind == ThingKind::Cache {
        words.extend(["--save", "", "--appendonly", "no"].map(str::to_owned));
    } else {
        words.extend(["--appendonly", "yes"].map(str::to_owned));
    }
    if let Some(count) = connections(store) {
        words.extend(["--maxclients".to_owned(), count.to_string()]);
    }
    words
}

/// The database that its URL names.
fn database(store: &Store) -> Option<String> {
    let place = crate::address::parse_url(&store.url.as_ref()?.value)?;
    let name = place.path.trim_start_matches('/');
    let name = name.split(['?', '/']).next().unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn postgres_major(store: &Store) -> u64 {
    let version = store.engine.as_ref().and_then(|engine| engine.version.as_ref());
    let major = version.map_or_else(|| POSTGRES.parse().ok(), |version| version.major());
    major.unwrap_or(0)
}
