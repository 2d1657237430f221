//! Specs, and the files they become.

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

fn said(out: &Output) -> Vec<String> {
    let lines = out.diagnostics.iter().map(|found| {
        let label = found.labels.first().map_or("", |label| &label.text);
        format!("{}: {} [{label}]", found.severity.word(), found.message)
    });
    lines.collect()
}

fn file<'o>(out: &'o Output, path: &str) -> &'o str {
    &out.artifacts
        .iter()
        .find(|artifact| artifact.path == path)
        .unwrap()
        .body
}

/// One setting of the only app.
fn setting(out: &Output, name: &str) -> String {
    let start = format!("      {name}: ");
    let lines = file(out, "ecosystem.config.cjs").lines();
    let found: Vec<&str> = lines.filter_map(|line| line.strip_prefix(&start)).collect();
    found.join(" ").trim_end_matches(',').to_owned()
}

/// A service of Node with further settings, on a machine with PM2.
fn service(settings: &str) -> Output {
    emitted(&format!(
        "project shop {{ }}\nhost web {{ cpu 4; process pm2 }}\nservice api {{ runtime node 24; run \"a.mjs\"; {settings} }}"
    ))
}

#[test]
fn apps_and_the_unit_of_their_daemon() {
    let spec = r#"
project shop { }
host web { cpu 4; memory 8Gi; reserve 1Gi; process pm2 }
## Takes orders.
service api {
  runtime   node 24
  run       "dist/server.mjs"
  args      ["--verbose", "it's \"quoted\""]
  processes cores
  listen    http 3000
  memory    2Gi { heap auto }
  env       { PORT self.http.port; SELF self.http.url }
  secret    DATABASE_URL from "vault:shop/api#database_url"
  secret    API_KEY from "file:/etc/ssl/api.key"
  volume    uploads "/var/lib/uploads" { kind persistent }
  logs      { format json }
  health    { startup "/readyz" { every 2s; within 10s }; ready "/readyz" }
  shutdown  { drain 24s; grace 45s }
  load      { boot 5s..8s; longest 20s }
}
worker mailer {
  runtime  node 24
  run      ["node", "--import", "./otel.mjs", "worker.mjs", "all"]
  scale    2
  memory   256Mi { heap 128Mi; young 24Mi }
  restart  on_failure { delay 1s; limit 5 in 10s }
  secret   SMTP_PASSWORD from "env:MAIL_PASSWORD"
  shutdown { drain 30s }
}
worker search { runtime go; run "bin/search"; memory 128Mi }
job report { runtime node 24; run "report.mjs"; schedule "*/30 6-8 * * mon-fri" }
environment production { service api { env NODE_ENV production } }
"#;
    insta::assert_snapshot!(shown(spec, &emitted(spec)));
}

#[test]
fn what_pm2_cannot_do_is_said_where_it_is_written() {
    let spec = r#"
project shop { }
host web { count 2; process pm2 }
service api {
  runtime node 24
  run     "a.mjs"
  listen  http 80
  scale   2..3
  cpu     1
  secret  A from "vault:a#b"
  secret  B from "vault:a#c"
  volume  data "/data"
  before  warm { run "warm.mjs" }
  security { user 2000; capabilities ["NET_BIND_SERVICE"] }
  restart always { limit 5 in 10s }
  health  { live "/livez" }
  migrate before { run "migrate.mjs" }
}
job import { runtime node 24; run "import.mjs" }
job report {
  runtime node 24
  run "report.mjs"
  schedule "0 3 * * *" { zone "Europe/Paris"; deadline 10m }
  timeout 1h
  retries 2
}
"#;
    insta::assert_snapshot!(format!("{}\n\n{}", spec.trim(), said(&emitted(spec)).join("\n")));
}

#[test]
fn defaults_are_not_warned_about() {
    let out = service("listen http 3000; env PORT self.http.port; memory 512Mi { heap auto }");
    assert_eq!(said(&out), [""; 0]);
}

#[test]
fn an_environment_is_found_under_its_name() {
    let mut model = model("host web { process pm2 }\nservice api { runtime go; run \"a\" }");
    for (environment, line) in [
        ("production", "env_production: {}"),
        ("pre-prod", "\"env_pre-prod\": {}"),
    ] {
        model.environment = Some(environment.to_owned());
        let mut out = Output::default();
        emit(&model, &mut out);
        assert!(file(&out, "ecosystem.config.cjs").contains(line));
    }
}

#[test]
fn processes_are_a_number_and_share_ports_only_in_a_cluster() {
    let of = |settings: &str| {
        let out = service(settings);
        format!("{} {}", setting(&out, "exec_mode"), setting(&out, "instances"))
    };
    assert_eq!(of("listen http 3000; processes cores; scale 2"), "\"cluster\" 8");
    assert_eq!(of("listen http 3000"), "\"cluster\" 1");
    assert_eq!(of("processes 3"), "\"fork\" 3");
}

#[test]
fn other_programs_make_their_own_processes_and_share_no_port() {
    let of = |settings: &str| {
        emitted(&format!(
            "host web {{ process pm2 }}\nservice api {{ runtime python 3.13; run \"app.py\"; {settings} }}"
        ))
    };
    let out = of("listen http 3000; processes 4; memory 1Gi { native 100Mi }");
    assert_eq!(setting(&out, "instances"), "1");
    assert_eq!(setting(&out, "script"), "\"/usr/bin/python3\"");
    assert_eq!(setting(&out, "args"), "[\"app.py\"]");
    assert_eq!(setting(&out, "interpreter"), "\"none\"");
    assert_eq!(setting(&out, "max_memory_restart"), "\"972M\"");
    let out = of("listen http 3000; scale 2; env PORT self.http.port");
    assert_eq!(
        said(&out),
        [
            "error: 2 processes of `api` need a port each, and PM2 gives them one environment \
          [needs `scale 1`, or `process systemd`]"
        ]
    );
    assert!(!of("listen http 3000 { step 0 }; scale 2").has_errors());
}

#[test]
fn waiting_is_in_whole_milliseconds_and_never_zero() {
    let of = |settings: &str| {
        let out = service(settings);
        format!("{} {}", setting(&out, "kill_timeout"), setting(&out, "listen_timeout"))
    };
    assert_eq!(
        of("shutdown { settle 5s; drain 10s; grace 25s }; load { boot 8s }"),
        "20000 12000"
    );
    assert_eq!(of("shutdown { grace 2100us; drain 0s }; load { boot 333us }"), "3 1");
    // PM2 takes 0 for its own 1.6 s and 3 s.
    assert_eq!(
        of("shutdown { settle 1s; drain 0s; grace 1s }; load { boot 0s }"),
        "1 1"
    );
    assert_eq!(
        of("shutdown { grace 10s }; load { boot 4s }; health { startup tcp { every 5s; failing 6; after 2s } }"),
        "10000 32000"
    );
    assert_eq!(of("shutdown { grace 10s }"), "10000 30000");
}

#[test]
fn only_a_cluster_with_a_probe_waits_for_ready() {
    let of = |settings: &str| setting(&service(settings), "wait_ready");
    assert_eq!(of("listen http 3000"), "");
    assert_eq!(of("listen http 3000; health { live \"/livez\" }"), "");
    assert_eq!(of("health { ready tcp }"), "");
    assert_eq!(
        of("listen http 3000; health { ready tcp }"),
        "true, // process.send(\"ready\")"
    );
}

#[test]
fn heap_flags_are_arguments_of_node() {
    let out = service("memory 512Mi { heap 300Mi }; env NODE_OPTIONS \"--trace-warnings\"");
    assert_eq!(setting(&out, "node_args"), "[\"--max-old-space-size=300\"]");
}

#[test]
fn a_memory_threshold_that_cannot_be_is_an_error() {
    let out = service(
        "processes 2; memory 512Mi { heap 210Mi; native 45Mi; young 3Mi }; allow restart-threshold-misplaced \"a test\"",
    );
    let said = said(&out);
    assert!(
        said.iter()
            .any(|line| line.starts_with("error: no `max_memory_restart` lies between")),
        "{said:?}"
    );
}

#[test]
fn what_pm2_takes_for_something_else_is_refused() {
    let errors = |settings: &str| said(&service(settings)).join("\n");
    assert_eq!(
        errors("env status ok"),
        "error: PM2 keeps a setting of its own under the name `status` [cannot be written]"
    );
    assert_eq!(
        errors("env A \"[object Object]\""),
        "error: PM2 leaves out a variable that is \"[object Object]\" [cannot be written]"
    );
    assert!(errors("env __proto__ x").starts_with("error: JavaScript takes the key `__proto__`"));
    let errors = |run: &str| {
        let spec = format!("host web {{ process pm2 }}\nservice api {{ runtime node 24; run {run} }}");
        said(&emitted(&spec)).join("\n")
    };
    assert!(errors("[\"node\", \"my app.mjs\"]").starts_with("error: PM2 hands a script with a blank"));
    assert!(errors("[\"node\", \"-e\", \"1\"]").starts_with("error: PM2 starts a file with Node"));
    let out = emitted("host web { process pm2 }\njob a { runtime go; run \"a\"; schedule \"0 0 13 * 5\" }");
    assert!(said(&out).join("\n").contains("PM2 takes only days that are both"));
}

#[test]
fn two_secrets_under_one_name_are_refused() {
    let of = |other: &str| {
        let spec = format!(
            "host web {{ process pm2 }}\nservice a {{ runtime go; run \"a\"; secret KEY from \"vault:a#key\" }}\n\
             service b-c {{ runtime go; run \"b\"; secret KEY from \"{other}\" }}"
        );
        said(&emitted(&spec))
            .into_iter()
            .filter(|line| line.starts_with("error"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("vault:a#key"), [""; 0]);
    assert_eq!(of("env:B_KEY"), [""; 0]);
    assert_eq!(of("file:/etc/key"), [""; 0]);
    assert_eq!(
        of("vault:b#key"),
        [
            "error: PM2's environment holds one `KEY`, and another app takes it from elsewhere \
          [give it a name of its own: `from \"env:B_C_KEY\"`]"
        ]
    );
}

#[test]
fn two_files_in_one_place_are_refused() {
    let spec = "host web { process pm2 }\n\
        service a { runtime go; run \"a\"; file \"/etc/app.key\" from secret \"file:/etc/ssl/a.key\" }\n\
        service b { runtime go; run \"b\"; file \"/etc/app.key\" from secret \"file:/etc/ssl/b.key\" }";
    assert_eq!(
        said(&emitted(spec)),
        [
            "error: the apps of PM2 see one file system, and another app finds another file at `/etc/app.key` \
          [mounted here]"
        ]
    );
}

#[test]
fn the_daemon_has_time_to_end_all_its_processes() {
    let out = emitted(
        "project shop { }\nhost web { cpu 4; process pm2 }\n\
         service a { runtime node 24; run \"a.mjs\"; listen http 1; processes 4; shutdown { drain 10s; grace 20s } }\n\
         worker b { runtime node 24; run \"b.mjs\"; scale 2; shutdown { drain 1s; grace 3s } }",
    );
    let unit = file(&out, "pm2-shop.service");
    assert!(unit.contains("\nTimeoutStopSec=96s\n"), "{unit}");
    // A reload: 4 × (30 + 20) + 2 × (30 + 3) + 10.
    assert!(unit.contains("\nTimeoutStartSec=276s\n"), "{unit}");
    assert!(unit.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
    assert!(!unit.contains("MemoryDenyWriteExecute"));
}

#[test]
fn the_daemon_sends_a_signal_that_is_heard() {
    let sent = |settings: &[&str]| {
        let mut spec = "host web { process pm2 }\n".to_owned();
        for (number, settings) in settings.iter().enumerate() {
            spec.push_str(&format!(
                "worker w{number} {{ runtime node 24; run \"a.mjs\"; shutdown {{ {settings} }} }}\n"
            ));
        }
        let out = emitted(&spec);
        let unit = out
            .artifacts
            .iter()
            .find(|artifact| artifact.path.ends_with(".service"));
        let lines = unit
            .unwrap()
            .body
            .lines()
            .find_map(|line| line.split_once("PM2_KILL_SIGNAL="));
        (
            lines.map(|(_, signal)| signal.trim_end_matches('"').to_owned()),
            said(&out).len(),
        )
    };
    let term = Some("SIGTERM".to_owned());
    assert_eq!(sent(&["drain 1s"]), (None, 0));
    assert_eq!(sent(&["signals [SIGTERM, SIGINT]"]), (None, 0));
    assert_eq!(sent(&["signals [SIGTERM]", "drain 1s"]), (term.clone(), 0));
    assert_eq!(sent(&["signals [SIGTERM]", "signals [SIGINT]"]), (term, 1));
}

#[test]
fn several_hosts_have_directories_of_their_own() {
    let out = emitted(
        "host one { process pm2 }\nhost two { process pm2 }\n\
         service a { runtime go; run \"a\"; runs_on one }\nservice b { runtime go; run \"b\"; runs_on two }",
    );
    let paths: Vec<&str> = out.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    insta::assert_snapshot!(paths.join("\n"));
}

/// Everything at once, with strings that break files.
#[test]
fn pm2_and_systemd_accept_the_files() {
    let out = emitted(
        r#"
project shop { }
host web { cpu 4; memory 8Gi; process pm2 }
## Takes "orders" */ // `x`
service api {
  runtime node 24
  run ["node", "--import=./otel.mjs", "dist/server.mjs", "a b", "\\", "\u{2028}"]
  processes cores
  listen http 443
  memory 2Gi { heap auto }
  env { PORT self.http.port; WORDS "50% \"off\" of ${self.http.url}\n\t</script> 'x' \\" }
  secret TOKEN from "vault:shop/api#token"
  secret KEY from "file:/etc/ssl/private/key"
  volume data "/data/a b%c" { kind persistent }
  volume ram "/ram" { kind memory; size 1Mi }
  security { writable ["/home/x"] }
  health { startup "/readyz" { every 2s; within 10s } }
  shutdown { drain 24s; grace 45s }
  load { boot 5s..8s; longest 20s }
}
worker mailer { runtime node 24; run "worker.mjs"; scale 2; restart never; memory 256Mi { heap 100Mi; young 24Mi } }
worker search { runtime python 3.13; run [".venv/bin/search", "--x"]; restart on_failure { limit 3 in 100ms } }
job report { runtime node 24; run "report.mjs"; schedule "*/7 6-8,22 * jan-mar mon-fri"; parallel 2 }
"#,
    );
    judge::accepts("pm2", &out);
    judge::accepts("systemd", &out);
}

/// An application that boots in 10 s under PM2's own 3 s left nobody listening for 4 s: PM2 ends the old process after that
/// time, whether the new one listens or not.
#[test]
fn a_reload_waits_longer_than_the_slowest_boot() {
    assert_eq!(
        setting(&service("listen http 3000; load { boot 10s }"), "listen_timeout"),
        "15000"
    );
    assert_eq!(
        setting(&service("listen http 3000; load { boot 4s..16s }"), "listen_timeout"),
        "24000"
    );
}
