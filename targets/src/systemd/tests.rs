//! Specs, and the units they become.

mod lifecycle;
mod sandbox;

use super::emit;
use crate::host::judge;
use crate::output::Output;
use crate::testing::{model, model_with, shown};

fn emitted(spec: &str) -> Output {
    let mut out = Output::default();
    emit(&model(spec), &mut out);
    out.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// The body of a file.
fn body(out: &Output, path: &str) -> String {
    let found = out.artifacts.iter().find(|artifact| artifact.path == path);
    let paths: Vec<&str> = out.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    found.unwrap_or_else(|| panic!("no {path} in {paths:?}")).body.clone()
}

/// The values of a setting of a file, in order.
fn values(out: &Output, path: &str, setting: &str) -> Vec<String> {
    let start = format!("{setting}=");
    let body = body(out, path);
    body.lines()
        .filter_map(|line| line.strip_prefix(&start))
        .map(str::to_owned)
        .collect()
}

/// Everything that was said, as `severity: message [label]`.
fn said(out: &Output) -> Vec<String> {
    let lines = out.diagnostics.iter().map(|found| {
        let label = found.labels.first().map_or("", |label| &label.text);
        format!("{}: {} [{label}]", found.severity.word(), found.message)
    });
    lines.collect()
}

/// A service with further settings, on a machine.
fn service(settings: &str) -> Output {
    emitted(&format!(
        "project shop {{ }}\nhost web {{ }}\nservice api {{ runtime node 24; run \"a.mjs\"; {settings} }}"
    ))
}

#[test]
fn a_service() {
    let spec = r#"
project shop { owner "team-shop" }
host web { cpu 4; memory 8Gi; reserve 1Gi; process systemd }
database orders-db { engine postgres 16; max_connections 100; reserve 10; url "postgres://db.internal/orders" }
config_set shared { env { LOG_LEVEL info; NODE_ENV production } }

## Takes orders.
## And more.
service api {
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000
  cpu     250m..1
  memory  256Mi..512Mi { heap auto }
  env_from shared
  env     { PORT self.http.port; GREETING "100% \"sure\"\nof $HOME"; DB orders-db.host }
  secret  DATABASE_URL from "vault:shop/api#database_url"
  secret  TLS_KEY from "file:/etc/ssl/private/api.key"
  volume  uploads "/var/lib/api/uploads" { kind persistent }
  volume  cache "/var/cache/api"
  volume  spool "/run/spool" { kind memory; size 64Mi }
  uses    orders-db { pool 4 }
  health  { startup "/readyz" { every 2s; within 60s }; ready "/readyz"; live "/livez" }
  shutdown { settle 2s; drain 24s; grace 45s }
  migrate before { run ["node", "migrate.mjs", "--up"]; timeout 5m }
  load    { boot 5s..8s; longest 20s }
}
"#;
    insta::assert_snapshot!(shown(spec, &emitted(spec)));
}

#[test]
fn several_instances_have_ports_and_volumes_of_their_own() {
    let spec = r#"
project shop { }
host web { }
service api {
  runtime go
  run     "bin/api"
  listen  http 80 { step 10 }
  scale   2
  memory  128Mi
  env     { ADDRESS "0.0.0.0:${self.http.port}"; MODE "fast & loose" }
  volume  data "/data" { kind persistent }
  security { writable ["/srv/shared", "/tmp/x"]; user 2001; group 2002 }
  migrate after { run "bin/migrate" }
}
"#;
    insta::assert_snapshot!(shown(spec, &emitted(spec)));
}

#[test]
fn jobs_and_timers() {
    let spec = r#"
project shop { }
host web { }
## Sends the bills.
job billing {
  runtime  jvm 21
  run      "billing.jar"
  memory   1Gi { heap 700Mi; native 100Mi }
  schedule "30 2 1 * *" { zone "Europe/Paris" }
  timeout  2h
  before   rates { run ["java", "-jar", "rates.jar"] }
}
job cleanup { runtime rust; run "bin/cleanup"; schedule "*/10 * 13 * fri"; retries 0 }
job import { runtime binary; run ["/usr/local/bin/import", "--all", "$x %y"]; args ["a b"]; timeout 10m; retries 2 }
"#;
    insta::assert_snapshot!(shown(spec, &emitted(spec)));
}

#[test]
fn several_hosts_have_directories_of_their_own() {
    let spec = r#"
project shop { }
host web { address ["10.0.0.5"] }
host back { count 2; address ["10.0.0.6", "10.0.0.7"] }
service api { runtime go; run "api"; listen http 3000; env PORT self.http.port; runs_on web }
worker mailer { runtime go; run "mailer"; env API api.http.url; runs_on back }
job nightly { runtime go; run "nightly"; schedule "0 3 * * *"; runs_on back }
"#;
    let out = emitted(spec);
    let paths: Vec<&str> = out.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    insta::assert_snapshot!(format!(
        "{}\n\n{}\n\n{}",
        spec.trim(),
        paths.join("\n"),
        said(&out).join("\n")
    ));
    assert_eq!(
        values(&out, "back/mailer.service", "Environment"),
        ["\"API=http://10.0.0.5:3000\""]
    );
}

#[test]
fn what_systemd_cannot_do_is_said_where_it_is_written() {
    let spec = r#"
project shop { }
host web { count 2 }
cache store { engine redis 7; max_clients 100; url "redis://cache.internal" }
service api {
  runtime node 24
  run     "a.mjs"
  listen  http 3000 { as 80; expose public }
  scale   1..3
  env     PORT self.http.port
  budget  { unavailable 1 }
  labels  { team "a" }
  annotations { note "b" }
  volume  data "/data" { size 1Gi }
  file    "/etc/app/token" from secret "vault:shop/api#token"
  sidecar proxy { image "envoy:1" }
  before  wait { wait_for store }
  before  warm { run "warm.mjs"; image "warm:1"; env A b }
  placement { spread node }
  security { egress ["10.0.0.0/8"] }
  health  { startup tcp; ready "/readyz"; live "/livez" }
  migrate on_start { run "migrate.mjs"; lock_timeout 2s; timeout 1m }
}
job report {
  runtime node 24
  run "report.mjs"
  schedule "0 3 * * *" { concurrency allow; deadline 10m }
  parallel 2
  restart always
}
"#;
    insta::assert_snapshot!(format!("{}\n\n{}", spec.trim(), said(&emitted(spec)).join("\n")));
}

#[test]
fn defaults_are_not_warned_about() {
    let out = service("listen http 3000; env PORT self.http.port; memory 512Mi");
    assert_eq!(said(&out), [""; 0]);
}

#[test]
fn what_cannot_be_written_is_an_error_at_its_place() {
    let errors = |settings: &str| said(&service(settings)).join("\n");
    assert_eq!(
        errors("working_dir \"/srv/a \""),
        "error: systemd drops the blanks around \"/srv/a \" [cannot be written]"
    );
    assert_eq!(
        errors("listen http 3000; scale 2"),
        "error: 2 instances of `api` run on a machine, and nothing tells the second that its port is 3001 \
         [tell it: `env PORT self.http.port`]"
    );
    // Instances that share a port on purpose.
    assert_eq!(errors("listen http 3000 { step 0 }; scale 2"), "");
    let out = emitted("host web { }\njob a { runtime go; run \"a\"; schedule \"0 25 * * *\" }");
    assert_eq!(
        said(&out),
        ["error: `25` is no hour: 25 is not between 0 and 23 [cannot be written as a calendar event]"]
    );
    let out = emitted(
        "host web { }\nservice a { runtime go; run \"a\"; migrate before { run \"m\" } }\nworker a-migrate { runtime go; run \"b\" }",
    );
    assert_eq!(
        said(&out),
        ["error: `a-migrate` is the unit of the migration of `a` [needs another name]"]
    );
}

#[test]
fn no_secret_is_ever_written() {
    let spec = "host web { }\nservice api { runtime go; run \"a\"; secret KEY from \"env:DEPLOY_KEY\"; secret T from \"k8s:api#t\" }";
    let out = emitted(spec);
    assert_eq!(
        values(&out, "api.service", "EnvironmentFile"),
        ["/etc/project/api.secrets"]
    );
    let unit = body(&out, "api.service");
    assert!(unit.contains("#   KEY: from the variable DEPLOY_KEY of whoever deploys\n"));
    assert!(body(&out, "tmpfiles.d/project.conf").contains("z /etc/project/api.secrets 0600 root root -"));
}

/// Everything at once, for every runtime, with strings that break files.
#[test]
fn systemd_itself_accepts_the_files() {
    let mut spec = String::from(
        r#"
project shop { }
host web { cpu 4; memory 8Gi }
host back { count 2; address ["10.0.0.6"] }
service edge {
  runtime go; run "bin/edge"; runs_on web
  listen http 443 { step 10 }
  scale 2
  cpu 125m..1500m
  memory 96Mi
  env { PORT self.http.port; WORDS "50% \"off\" of $HOME\n\ttwice; # 'x' \\" }
  args ["--name=50% $x", "", ";", "a\"b"]
  volume data "/data/a b%c" { kind persistent }
  volume scratch "/scratch"
  volume ram "/ram" { kind memory; size 1000kB }
  secret TOKEN from "vault:shop/edge#token"
  secret KEY from "file:/etc/ssl/private/key"
  file "/etc/edge/token" from secret "file:/etc/ssl/token"
  security { writable ["/var/log", "/home/x"]; user 2001; group 2002 }
  restart on_failure { delay 500ms; limit 5 in 10s }
  migrate before { run "bin/migrate"; timeout 90s }
}
job nightly { runtime go; run "nightly"; schedule "30 2 1,15 * fri" { zone "Europe/Paris" }; runs_on back }
job often { runtime go; run "often"; schedule "*/7 * * * *"; timeout 30s; security { group 2003 }; runs_on back }
job by-hand { runtime go; run "by-hand"; retries 0; runs_on back }
"#,
    );
    for (name, runtime) in [
        ("a", "node 24"),
        ("b", "python 3.13"),
        ("c", "jvm 21"),
        ("d", "dotnet 9"),
        ("e", "rust"),
        ("f", "binary"),
    ] {
        spec.push_str(&format!(
            "## 100% of {name}\\\nworker {name} {{ runtime {runtime}; run \"x\"; memory 512Mi {{ native 50Mi }}; runs_on web; shutdown {{ signals [SIGINT]; drain 0s }} }}\n"
        ));
    }
    judge::accepts("systemd", &emitted(&spec));
}
