//! Specs, and the scripts they become.

use super::emit;
use crate::host::judge;
use crate::output::Output;
use crate::testing::{model, shown};

fn emitted(spec: &str) -> Output {
    let mut out = Output::default();
    emit(&model(spec), &mut out);
    out.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Without the file that is the same everywhere.
fn scripts(spec: &str) -> String {
    let mut out = emitted(spec);
    out.artifacts.retain(|artifact| !artifact.path.ends_with("pm2.cjs"));
    shown(spec, &out)
}

#[test]
fn a_service_under_pm2() {
    insta::assert_snapshot!(scripts(
        r#"
project shop { targets [pm2, release] }
host web { cpu 4; process pm2 }
database db { engine postgres 16; url "postgres://db.internal/shop" }
service api {
  runtime   node 24
  run       "dist/server.mjs"
  processes 4
  listen    http 3000
  env       { PORT self.http.port; SELF self.http.url }
  secret    DATABASE_URL from "vault:shop/api#database_url"
  uses      db { pool 5 }
  load      { boot 3s }
  migrate   before { run ["node", "dist/migrate.mjs"]; lock_timeout 2s; timeout 5m }
  rollout   reload { verify "/health" { after 1s; every 500ms; tries 4 }; releases 3 }
}
"#
    ));
}

#[test]
fn a_service_under_systemd() {
    insta::assert_snapshot!(scripts(
        r#"
project shop { }
host web { }
service api {
  runtime go
  run     "bin/api"
  scale   2
  listen  http 8080
  env     PORT self.http.port
  health  { ready "/readyz?a=b c" { every 2s; timeout 3s; header Host "it's" } }
  migrate after { run ["bin/api", "contract"] }
}
"#
    ));
}

#[test]
fn a_site_a_worker_and_a_job() {
    insta::assert_snapshot!(scripts(
        r#"
project shop { }
host web { process pm2 }
site shop-app { root "/opt/it's/shop"; releases 2; assets "/assets/"; assets "/it's here/" }
worker mailer { runtime node 24; run "mailer.mjs" }
job report { runtime node 24; run "report.mjs"; schedule "0 3 * * *" }
"#
    ));
}

#[test]
fn the_shell_accepts_what_is_written() {
    for spec in [
        "host web { cpu 4; process pm2 }\nservice api { runtime node 24; run \"a.mjs\"; listen http 3000; env PORT self.http.port }",
        "host web { }\nservice api { runtime go; run \"a\"; listen tcp 3000; env PORT self.tcp.port; migrate before { run \"m\" } }",
        "host web { }\nservice api { runtime go; run \"a\"; listen tcp 3000; migrate after { run \"m\" } }\nsite s { root \"/opt/a b\"; assets \"/a/\" }",
        "host web { process pm2 }\nworker w { runtime node 24; run \"a.mjs\"; secret A from \"env:A\" }\njob j { runtime go; run \"j\"; schedule \"0 3 * * *\" }",
    ] {
        judge::accepts("release", &emitted(spec));
    }
}

#[test]
fn systemd_accepts_the_unit_of_a_candidate() {
    judge::accepts(
        "systemd",
        &emitted(
            "project shop { }\nhost web { }\nservice api { runtime node 24; run \"a.mjs\"; scale 3; listen http 80; volume d \"/data\"\n\
             env PORT self.http.port; memory 256Mi { heap auto; young 16Mi }; secret A from \"file:/etc/a b\" }",
        ),
    );
}

#[test]
fn a_directory_without_a_link_is_said() {
    let out = emitted("host web { }\nservice api { runtime go; run \"api\"; working_dir \"/opt/api\" }");
    assert!(out.artifacts.is_empty());
    assert_eq!(
        out.diagnostics[0].message,
        "`api` has no link that a release could move"
    );
}

#[test]
fn a_candidate_has_a_unit_that_no_service_has() {
    let out = emitted(
        "host web { }\nservice api { runtime go; run \"a\"; listen http 80; env PORT self.http.port }\n\
         service api-candidate { runtime go; run \"b\" }",
    );
    assert!(out.has_errors());
}

#[test]
fn several_hosts_have_directories_of_their_own() {
    let out = emitted(
        "host one { }\nhost two { process pm2 }\nsite s { runs_on one }\n\
         service a { runtime go; run \"a\"; runs_on one }\nservice b { runtime go; run \"b\"; runs_on two }",
    );
    let paths: Vec<&str> = out.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "one/a/release.sh",
            "one/s/release.sh",
            "two/b/release.sh",
            "two/pm2.cjs"
        ]
    );
}
