//! Systems: where they run, what they share, and what is in them.

use super::edge;
use super::random::Random;
use super::workload;

/// What a system runs on decides what may be said of its workloads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Kubernetes,
    Systemd,
    Pm2,
    Compose,
    /// Some on a cluster, some on hosts.
    Mixed,
}

/// A spec, and the files that it names.
pub(crate) struct System {
    pub(crate) files: Vec<(String, String)>,
    /// The version of Kubernetes, where the spec names one.
    pub(crate) version: Option<&'static str>,
}

/// A service that others may call and route to.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) listener: String,
    /// Names lead to what runs in the same network only.
    pub(crate) on_host: bool,
}

/// What has been declared so far.
pub(crate) struct Draft {
    pub(crate) random: Random,
    pub(crate) platform: Platform,
    pub(crate) blocks: Vec<String>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) databases: Vec<String>,
    pub(crate) caches: Vec<String>,
    pub(crate) queues: Vec<String>,
    pub(crate) externals: Vec<String>,
    pub(crate) config_set: Option<String>,
    pub(crate) services: Vec<Service>,
    pub(crate) sites: Vec<String>,
    pub(crate) has_gateway: bool,
    pub(crate) several_places: bool,
    pub(crate) argo: bool,
    pub(crate) cluster: String,
    pub(crate) host: String,
    names: Vec<String>,
    port: u64,
}

const VERSIONS: &[&str] = &[
    "1.25", "1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37",
];

const WORDS: &[&str] = &[
    "api",
    "web",
    "orders",
    "billing",
    "search",
    "mail",
    "users",
    "stock",
    "cart",
    "ledger",
    "feed",
    "media",
    "auth",
    "quotes",
    "reports",
    "rooms",
    "gate",
    "on",
    "null",
    "x1",
    "a",
    "api-v2",
    "internal-reporting-service",
    "a-name-that-is-as-long-as-a-name-may-be-in-every-one-of-targets",
];

/// What careless writers break, and readers of several formats take for something else.
const AWKWARD: &[&str] = &[
    "on",
    "1e3",
    "0777",
    "2024-01-01",
    "null",
    "a b",
    " lead",
    "tail ",
    "it's",
    "say \"hi\"",
    "100%",
    "%n %%",
    "$HOME",
    "${PATH}",
    "$(NAME)",
    "$$",
    "back\\slash",
    "a;b",
    "a#b",
    "# no comment",
    "{}",
    "[x]",
    "a: b",
    "- x",
    "ümlaut 日本",
    "tab\tin",
    "line\nbreak",
    "~",
    "*",
    "`x`",
    "<b>",
    "a=b",
    "@x",
    "!x",
    "|",
    "",
];

pub(crate) fn spec(seed: u64) -> System {
    let mut random = Random::new(seed);
    let platform = match random.between(1, 100) {
        1..=46 => Platform::Kubernetes,
        47..=66 => Platform::Systemd,
        67..=78 => Platform::Pm2,
        79..=88 => Platform::Compose,
        _ => Platform::Mixed,
    };
    let mut draft = Draft {
        random,
        platform,
        blocks: Vec::new(),
        files: Vec::new(),
        databases: Vec::new(),
        caches: Vec::new(),
        queues: Vec::new(),
        externals: Vec::new(),
        config_set: None,
        services: Vec::new(),
        sites: Vec::new(),
        has_gateway: false,
        several_places: false,
        argo: false,
        cluster: String::new(),
        host: String::new(),
        names: Vec::new(),
        port: 2999,
    };
    let project = project(&mut draft);
    let version = place(&mut draft);
    stores(&mut draft);
    workload::all(&mut draft);
    edge::all(&mut draft);
    environments(&mut draft);
    let blocks = std::mem::take(&mut draft.blocks);
    // Order means nothing to the language.
    let blocks = draft.random.shuffled(blocks);
    let mut files = draft.files;
    files.push(("loadline.load".to_owned(), format!("{project}{}", blocks.concat())));
    System { files, version }
}

impl Draft {
    /// A name that nothing has yet.
    pub(crate) fn name(&mut self) -> String {
        loop {
            let mut name = self.random.pick(WORDS).to_owned();
            if self.names.contains(&name) && name.len() < 40 {
                name = format!("{name}-{}", self.random.between(2, 99));
            }
            if !self.names.contains(&name) {
                self.names.push(name.clone());
                return name;
            }
        }
    }

    /// A port of its own: instances of a host lie side by side.
    pub(crate) fn port(&mut self) -> u64 {
        self.port += 20;
        self.port
    }

    /// A text as the language writes it.
    pub(crate) fn text(&mut self) -> String {
        let text = self.random.pick(AWKWARD);
        quoted(text)
    }

    /// A block of the top level; the lines in it may stand in any order.
    pub(crate) fn block(&mut self, head: &str, lines: Vec<String>) {
        let lines = self.random.shuffled(lines);
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.blocks.push(format!("{head} {{\n{body}}}\n"));
    }

    pub(crate) fn on_host(&self) -> bool {
        matches!(self.platform, Platform::Systemd | Platform::Pm2)
    }

    pub(crate) fn in_cluster(&self) -> bool {
        matches!(self.platform, Platform::Kubernetes | Platform::Mixed)
    }
}

/// As a string of the language.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            other => out.push_str(&format!("\\u{{{:x}}}", u32::from(other))),
        }
    }
    out.push('"');
    out
}

fn project(draft: &mut Draft) -> String {
    let targets = match draft.platform {
        Platform::Kubernetes => draft
            .random
            .pick(&["docker, kubernetes", "kubernetes", "docker, compose, kubernetes"]),
        Platform::Systemd => {
            draft
                .random
                .pick(&["systemd, nginx, release", "systemd", "docker, compose, systemd, nginx"])
        }
        Platform::Pm2 => draft.random.pick(&["pm2, nginx, release", "pm2"]),
        Platform::Compose => draft.random.pick(&["docker, compose", "compose"]),
        Platform::Mixed => "docker, kubernetes, systemd, nginx",
    };
    let name = draft.name();
    let mut lines = vec![
        format!("targets [{targets}]"),
        "as_of \"2026-11-21\"".to_owned(),
        "registry \"registry.example.com/acme\"".to_owned(),
    ];
    if draft.random.chance(60) {
        lines.push("owner \"team-shop\"".to_owned());
        lines.push("runbook \"https://wiki.example.com/shop?a=1&b=2\"".to_owned());
    }
    if draft.random.chance(30) {
        lines.push("labels { tier \"backend\"; \"example.com/cost-centre\" \"12_3\" }".to_owned());
    }
    let lines = draft.random.shuffled(lines);
    format!("project {name} {{\n{}\n}}\n", lines.join("\n"))
}

fn place(draft: &mut Draft) -> Option<&'static str> {
    let mut version = None;
    if draft.in_cluster() {
        let mut lines = vec!["nodes 40; cpu 16; memory 64Gi; reserve 10%".to_owned()];
        if draft.random.chance(85) {
            let chosen = draft.random.pick(VERSIONS);
            lines.push(format!("version {chosen}"));
            version = Some(chosen);
        }
        if draft.random.chance(60) {
            lines.push("namespace shop".to_owned());
        }
        draft.argo = draft.random.chance(60);
        if draft.argo {
            lines.push("rollouts argo".to_owned());
        }
        lines.push(format!("zones {}", draft.random.between(1, 3)));
        if draft.random.chance(10) {
            lines.push("ingress_class \"haproxy\"".to_owned());
        }
        let name = draft.name();
        draft.block(&format!("cluster {name}"), lines);
        draft.cluster = name;
    }
    let process = match draft.platform {
        Platform::Pm2 => "process pm2",
        _ => "process systemd",
    };
    if draft.on_host() || draft.platform == Platform::Mixed {
        let name = draft.name();
        let mut lines = vec!["cpu 32; memory 256Gi; reserve 1Gi".to_owned(), process.to_owned()];
        let count = draft.random.between(1, 3);
        lines.push(format!("count {count}"));
        if draft.random.chance(50) || 1 < count {
            let addresses: Vec<String> = (1..=count).map(|host| format!("\"10.0.0.{host}\"")).collect();
            lines.push(format!("address [{}]", addresses.join(", ")));
        }
        draft.block(&format!("host {name}"), lines);
        draft.host = name;
    }
    version
}

fn stores(draft: &mut Draft) {
    for _ in 0..draft.random.between(0, 2) {
        let name = draft.name();
        let (engine, scheme) = *draft.random.pick(&[
            &("postgres 16", "postgres"),
            &("postgres 12", "postgres"),
            &("mysql 8.0", "mysql"),
            &("mariadb 11.4", "mysql"),
        ]);
        let mut lines = vec![
            format!("engine {engine}; max_connections 90_000; reserve 50; backup \"14d\""),
            format!(
                "url \"{scheme}://{}/shop\"",
                draft
                    .random
                    .pick(&["db.internal", "10.0.9.1:5433", "[2001:db8::1]:5432"])
            ),
        ];
        if draft.random.chance(20) {
            lines.push("pooler pgbouncer { mode transaction; size 500; max_clients 50_000 }".to_owned());
        }
        if draft.random.chance(30) {
            lines.push("failover 20s; latency 2ms".to_owned());
        }
        draft.block(&format!("database {name}"), lines);
        draft.databases.push(name);
    }
    if draft.random.chance(45) {
        let name = draft.name();
        let engine = draft.random.pick(&["redis 7.4", "valkey 8", "memcached 1.6"]);
        draft.block(
            &format!("cache {name}"),
            vec![
                format!("engine {engine}; max_clients 50_000"),
                "url \"redis://10.0.9.2:6379\"".to_owned(),
            ],
        );
        draft.caches.push(name);
    }
    for _ in 0..draft.random.between(0, 2) {
        let name = draft.name();
        let engine = draft.random.pick(&["rabbitmq 3.13", "rabbitmq 4", "nats 2.10"]);
        draft.block(
            &format!("queue {name}"),
            vec![
                format!("engine {engine}; max_depth 50_000; max_clients 5_000"),
                "url \"amqp://mq.internal:5672\"".to_owned(),
            ],
        );
        draft.queues.push(name);
    }
    if draft.random.chance(40) {
        let name = draft.name();
        let url = draft
            .random
            .pick(&["https://api.example.net", "https://192.0.2.7:8443/v1"]);
        draft.block(
            &format!("external {name}"),
            vec![format!("url \"{url}\"; limit 10_000/s; latency 100ms")],
        );
        draft.externals.push(name);
    }
    if draft.random.chance(40) {
        let name = draft.name();
        let value = draft.text();
        draft.block(
            &format!("config_set {name}"),
            vec![format!("env {{ SHARED_MODE {value}; LOG_LEVEL info }}")],
        );
        draft.config_set = Some(name);
    }
}

fn environments(draft: &mut Draft) {
    if !draft.random.chance(15) {
        return;
    }
    let Some(service) = draft.services.first().map(|service| service.name.clone()) else {
        return;
    };
    let value = draft.text();
    draft.block(
        "environment staging",
        vec![format!("service {service} {{ scale 1; env STAGE {value} }}")],
    );
    if draft.random.chance(40) {
        draft.block(
            "environment production",
            vec![format!("service {service} {{ env STAGE live }}")],
        );
    }
}
