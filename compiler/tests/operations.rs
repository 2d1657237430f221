//! Security, runtimes and operations: where a rule speaks, how loud, and where it does not.

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(String);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        if path == "loadline.load" {
            Ok(self.0.clone())
        } else {
            Err(ReadError::NotFound)
        }
    }
}

/// `severity rule`, a line each, of the rules about operations.
fn judged(spec: &str, environment: Option<&str>, today: &str) -> Vec<String> {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let checked = project.check(environment, &mut files, |_| Date::parse(today).unwrap());
    let all = checked.judged.diagnostics.iter();
    let own = all.filter(|found| found.rule.code < 100 || found.rule.code / 100 == 9);
    own.map(|found| format!("{} {}", found.severity.word(), found.rule.name))
        .collect()
}

fn found(spec: &str) -> Vec<String> {
    judged(spec, None, "2026-11-21")
}

fn service(settings: &str) -> Vec<String> {
    found(&format!(
        "service api {{ image \"a@sha256:0\"; memory 512Mi; {settings} }}"
    ))
}

const NONE: [&str; 0] = [];

#[test]
fn a_first_small_spec_is_not_asked_for_what_operations_need() {
    let spec = "database db { engine postgres 16 }
        service api { image \"a@sha256:0\"; memory 512Mi; listen http 3000; uses db { pool 5 } }";
    assert_eq!(found(spec), NONE);
    let named = format!("project shop {{ owner \"team-shop\" }}\n{spec}");
    assert_eq!(
        found(&named),
        [
            "note runbook-missing",
            "note backup-missing",
            "note logs-not-structured"
        ]
    );
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let in_production = judged(&format!("{spec}\nenvironment prod {{ }}"), Some("prod"), "2026-11-21");
    for rule in ["owner-missing", "runbook-missing", "backup-missing"] {
        assert!(in_production.contains(&format!("warning {rule}")), "{in_production:?}");
    }
    let required = found(&format!("policy p {{ require production }}\n{spec}"));
    assert_eq!(sorted(required), sorted(in_production));
    let staging = judged(
        &format!("{named}\nenvironment staging {{ }}"),
        Some("staging"),
        "2026-11-21",
    );
    assert!(staging.iter().all(|line| line.starts_with("note ")), "{staging:?}");
}

#[test]
fn dates_of_a_runtime() {
    let on = |version: &str, today: &str| {
        let spec =
            format!("service api {{ image \"a@sha256:0\"; runtime node {version}; memory 512Mi {{ heap auto }} }}");
        judged(&spec, None, today)
    };
    assert_eq!(on("26", "2026-10-27"), ["warning runtime-not-lts"]);
    assert_eq!(on("26", "2026-10-28"), NONE);
    assert_eq!(on("25", "2026-05-31"), ["warning runtime-not-lts"]);
    assert_eq!(on("25", "2026-06-01"), ["error runtime-end-of-life"]);
    assert_eq!(on("20", "2026-04-29"), NONE);
    assert_eq!(on("20.19", "2026-04-30"), ["error runtime-end-of-life"]);
    assert_eq!(on("14", "2026-04-30"), ["error runtime-end-of-life"]);
    // 27 has no day yet on which support begins; 28 is not in the table.
    assert_eq!(on("27", "2027-05-01"), ["warning runtime-not-lts"]);
    assert_eq!(on("28", "2027-05-01"), NONE);
}

#[test]
fn secrets_stand_in_many_places() {
    for settings in [
        "run \"server --db-password=hunter2\"",
        "args [\"--token\", \"abc\"]",
        "annotations { \"note\" \"postgres://app:hunter2@db/orders\" }",
        "health { ready \"/r\" { header { \"Authorization\" \"Bearer ghp_0123456789012345678901234567890123456789\" } } }",
        "sidecar log { image \"l@sha256:0\"; memory 64Mi; env API_TOKEN abc }",
        "secret KEY from \"hunter2\"",
    ] {
        assert_eq!(service(settings), ["error secret-literal"], "{settings}");
    }
    assert_eq!(
        found("database db { engine postgres 16; url \"postgres://app:hunter2@db.internal/orders\" }"),
        ["error secret-literal"]
    );
    for settings in [
        "args [\"--password-file\", \"/run/secrets/db\"]",
        "env CA \"-----BEGIN CERTIFICATE-----\"",
        "env TOKEN_LIFE 15m",
        "annotations { \"description\" \"token: see the vault\" }",
    ] {
        assert_eq!(service(settings), NONE, "{settings}");
    }
}

#[test]
fn production_is_told_that_it_is() {
    let on = |place: &str, settings: &str| {
        let head = "project shop { owner \"o\"; runbook \"r\" }\npolicy p { require production }";
        let rest = "memory 512Mi { heap auto; young 48Mi }; runtime node 24; logs { format json }";
        found(&format!(
            "{head}\n{place}\nservice api {{ run \"s.js\"; {rest}; {settings} }}"
        ))
    };
    let host = "host web { cpu 4; memory 8Gi }";
    assert_eq!(on(host, ""), ["warning production-env-missing"]);
    assert_eq!(on(host, "env NODE_ENV staging"), ["warning production-env-missing"]);
    assert_eq!(on(host, "env NODE_ENV production"), NONE);
    assert_eq!(on(host, "config NODE_ENV string { default production }"), NONE);
    let set = format!("{host}\nconfig_set shared {{ env NODE_ENV production }}");
    assert_eq!(on(&set, "env_from shared"), NONE);
    // The Dockerfile that is written sets it; what another image has is not known.
    assert_eq!(on("", "image \"a@sha256:0\"; build { output \"dist\" }"), NONE);
    assert_eq!(on("", "image \"a@sha256:0\""), ["note production-env-missing"]);
    assert_eq!(
        on("", "image \"a@sha256:0\"; env NODE_ENV test"),
        ["warning production-env-missing"]
    );
}

#[test]
fn what_is_open_to_the_outside() {
    let gateway = |settings: &str, place: &str| {
        found(&format!(
            "{place}\nservice api {{ image \"a@sha256:0\"; run \"server\"; memory 512Mi; {settings} }}
             gateway edge {{ domain \"a.example\"; route \"/\" api }}"
        ))
    };
    let open = "listen http 3000 { expose public }; shutdown { settle 20s }";
    assert_eq!(gateway(open, "cluster prod { nodes 3 }"), ["warning port-exposed"]);
    assert_eq!(gateway("listen http 3000", "cluster prod { nodes 3 }"), NONE);
    assert_eq!(gateway(open, "project { targets [compose] }"), NONE);
    let beside = format!("{open}; listen tcp 1883 {{ name mqtt; expose public }}")
        .replace("expose public }; shutdown", "}; shutdown");
    assert_eq!(gateway(&beside, "cluster prod { nodes 3 }"), NONE);
    assert_eq!(service("listen tcp 5432 { expose node }"), ["warning port-exposed"]);
    assert_eq!(
        service("run \"node --inspect=0.0.0.0:9229 s.js\""),
        ["warning port-exposed"]
    );
    assert_eq!(service("run \"node --inspect=127.0.0.1:9229 s.js\""), NONE);
    assert_eq!(
        service("env NODE_OPTIONS \"--inspect=0.0.0.0\""),
        ["warning port-exposed"]
    );
}

#[test]
fn variables_of_some_environments() {
    let drift = |overlays: &str, config: &str| {
        let spec = format!("service api {{ image \"a@sha256:0\"; memory 512Mi; {config} }}\n{overlays}");
        judged(&spec, None, "2026-11-21")
    };
    let staging = "environment staging { service api { env SEARCH s } }";
    assert_eq!(drift(staging, ""), ["warning env-drift"]);
    assert_eq!(drift(staging, "env SEARCH b"), NONE);
    assert_eq!(
        drift(staging, "secret SEARCH from \"env:SEARCH\""),
        NONE,
        "a secret there, plain here"
    );
    assert_eq!(drift(staging, "config SEARCH string { default x }"), NONE);
    assert_eq!(drift("environment dev { service api { env DEBUG 1 } }", ""), NONE);
    // The base is not deployed where there is a production.
    let both = format!("{staging}\nenvironment production {{ service api {{ env SEARCH p }} }}");
    assert_eq!(drift(&both, ""), NONE);
    assert_eq!(
        drift(&format!("{staging}\nenvironment production {{ }}"), ""),
        ["warning env-drift"]
    );
    let shared = "config_set shared { env REGION eu }\nenvironment staging { config_set shared { env ZONE a } }";
    assert_eq!(drift(shared, "env_from shared"), ["warning env-drift"]);
}

#[test]
fn files_of_the_system_stay_as_they_are() {
    assert_eq!(service("security { writable [\"/etc/\"] }"), ["warning writable-root"]);
    assert_eq!(service("volume root \"/\""), ["warning writable-root"]);
    assert_eq!(
        service("security { writable [\"/etc/api/cache\", \"/var/lib/api\"] }"),
        NONE
    );
    assert_eq!(
        service("security { egress [\"10.0.0.0/8\", \"::/0\"] }"),
        ["note egress-open"]
    );
    assert_eq!(service("security { egress [\"10.0.0.0/10\"] }"), NONE);
}
