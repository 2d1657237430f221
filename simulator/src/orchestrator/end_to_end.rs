//! Each controller drives the instances of a spec, under load.

use std::fmt::Write as _;

use crate::Seed;
use crate::engine::{Luck, run};
use crate::outcome::{FactKind, Figures};
use crate::scenario::Scenario;
use crate::testing::model;

const CLUSTER: &str = "
project shop {}
cluster main { version 1.34; rollouts argo; nodes 3; cpu 8; memory 16Gi }
gateway edge { domain \"example.com\"; tls { acme }; route \"/\" api; class nginx; runs_on main }
";

const HOST: &str = "
project shop { targets [PROCESS, release] }
host web { cpu 8; memory 16Gi; process PROCESS }
gateway edge { domain \"example.com\"; tls { acme }; route \"/\" api; runs_on web }
";

const COMPOSE: &str = "
project shop { targets [compose] }
gateway edge { domain \"example.com\"; tls { acme }; route \"/\" api }
";

fn service(rest: &str) -> String {
    format!(
        "service api {{
  image \"registry.example.com/api:1\"
  runtime node 24
  run \"server.js\"
  listen http 8080
  scale 4
  cpu 500m..1
  memory 256Mi..512Mi
  health {{ ready \"/health\" {{ every 1s }} }}
  load {{ rate 20/s; cpu 2ms; boot 4s; longest 3s }}
  {rest}
}}
"
    )
}

/// What was told of the run, a line each, and its figures.
fn told(spec: &str, event: &str) -> (String, Figures) {
    let scenario = format!("scenario release {{ at 10s {{ {event} }}; until 5m }}\n");
    let model = model(&format!("{spec}{scenario}"));
    let mut scenario = Scenario::of(&model, model.scenarios.first().unwrap()).unwrap();
    scenario.plan.told = true;
    let luck = Luck { seed: Seed(7), run: 0 };
    let outcome = run(&scenario.system, &scenario.plan, luck);
    let mut text = String::new();
    for fact in outcome.story.unwrap().facts {
        let what = match fact.what {
            FactKind::RolloutBegan(_) => "rollout".to_owned(),
            FactKind::TrafficSplit(parts) => format!("traffic {}%", parts / 10_000),
            FactKind::RolloutComplete => "complete".to_owned(),
            FactKind::RolloutStuck => "stuck".to_owned(),
            FactKind::RolloutAborted(why) => format!("aborted: {why}"),
            _ => continue,
        };
        writeln!(text, "{:>5}s {what}", fact.at.micros() / 1_000_000).unwrap();
    }
    (text, outcome.figures)
}

fn shown(spec: &str, event: &str) -> String {
    let (text, figures) = told(spec, event);
    let service = &figures.services[0];
    let (ready, _) = service.least_ready;
    let (live, _) = service.most_live;
    let failed = service.requests.failed() + service.requests.dropped();
    format!(
        "{}{event}\n---\n{text}fewest ready {ready}, most live {}, failed {failed}",
        service_of(spec),
        live.live()
    )
}

/// The part of a spec that says how it is rolled out.
fn service_of(spec: &str) -> String {
    let lines = spec
        .lines()
        .filter(|line| line.contains("rollout ") || line.contains("process ") || line.contains("compose"));
    lines.fold(String::new(), |text, line| text + line.trim() + "\n")
}

#[test]
fn canaries() {
    let rollout = "rollout canary { via edge; step 25% { for 90s }; step 50% { for 90s }; abort error_rate > 1% }";
    let spec = format!("{CLUSTER}{}", service(rollout));
    insta::assert_snapshot!("canary_good", shown(&spec, "rollout api { to 2 }"));
    insta::assert_snapshot!("canary_bad", shown(&spec, "rollout api { to 2; errors 20% }"));
    let by_count = rollout.replace("via edge; ", "");
    let spec = format!("{CLUSTER}{}", service(&by_count));
    insta::assert_snapshot!("canary_by_count_bad", shown(&spec, "rollout api { to 2; errors 20% }"));
}

#[test]
fn blue_green() {
    let rollout = "rollout blue-green { smoke \"/health\"; abort error_rate > 1%; hold 2m }";
    let spec = format!("{CLUSTER}{}", service(rollout));
    insta::assert_snapshot!("blue_green_good", shown(&spec, "rollout api { to 2 }"));
    insta::assert_snapshot!("blue_green_bad", shown(&spec, "rollout api { to 2; errors 3% }"));
}

/// Another service that calls the one that is rolled out.
const CALLER: &str = "
service web {
  image \"registry.example.com/web:1\"
  runtime node 24
  run \"server.js\"
  listen http 8081
  scale 2
  cpu 500m..1
  memory 256Mi..512Mi
  load { rate 10/s; cpu 1ms; boot 1s; longest 3s }
  calls api { timeout 2s }
}
";

/// Traffic moves when those who send it know of the new set, and the old one goes when nobody is sent there any more.
#[test]
fn a_good_blue_green_release_loses_no_request() {
    for via in ["", "via edge; step 20% { for 60s }; "] {
        for endpoints in ["add 3s; remove 1s", "add 0s; remove 3s"] {
            let rollout = format!("rollout blue-green {{ {via}smoke \"/health\"; hold 0s }}");
            let cluster = CLUSTER.replace("16Gi }", &format!("16Gi; endpoints {{ {endpoints} }} }}"));
            let (text, figures) = told(
                &format!("{cluster}{CALLER}{}", service(&rollout)),
                "rollout api { to 2 }",
            );
            assert!(
                text.contains("complete") && text.contains("traffic 100%"),
                "{rollout}\n{text}"
            );
            for service in &figures.services {
                let requests = &service.requests;
                assert_eq!((requests.failed(), requests.dropped()), (0, 0), "{rollout} {endpoints}");
            }
        }
    }
}

#[test]
fn hosts() {
    let pm2 = format!(
        "{}{}",
        HOST.replace("PROCESS", "pm2"),
        service("rollout reload { verify \"/health\" }")
    );
    insta::assert_snapshot!("pm2_good", shown(&pm2, "rollout api { to 2 }"));
    insta::assert_snapshot!("pm2_bad", shown(&pm2, "rollout api { to 2; errors 100% }"));
    let systemd = format!("{}{}", HOST.replace("PROCESS", "systemd"), service(""));
    insta::assert_snapshot!("systemd_good", shown(&systemd, "rollout api { to 2 }"));
    insta::assert_snapshot!("systemd_bad", shown(&systemd, "rollout api { to 2; errors 100% }"));
}

/// Each machine has a script of its own, which tries a process of its own first.
#[test]
fn machines_of_a_host() {
    let host = HOST.replace("cpu 8", "count 2; cpu 8");
    let pm2 = format!(
        "{}{}",
        host.replace("PROCESS", "pm2"),
        service("rollout reload { verify \"/health\" }")
    );
    insta::assert_snapshot!("pm2_machines_good", shown(&pm2, "rollout api { to 2 }"));
    insta::assert_snapshot!("pm2_machines_bad", shown(&pm2, "rollout api { to 2; errors 100% }"));
    let systemd = format!("{}{}", host.replace("PROCESS", "systemd"), service(""));
    insta::assert_snapshot!("systemd_machines_good", shown(&systemd, "rollout api { to 2 }"));
}

#[test]
fn compose() {
    let spec = format!("{COMPOSE}{}", service(""));
    insta::assert_snapshot!("compose_good", shown(&spec, "rollout api { to 2 }"));
}
