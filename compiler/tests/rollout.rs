//! Rollouts at the borders, as the controllers of each platform carry them out.

use crate::harness::{Checked, check_with};
use loadline_compiler::budget::ready::ready;

fn check(spec: &str, environment: Option<&str>) -> Checked {
    check_with(spec, &[], environment)
}

fn lines(checked: &Checked) -> String {
    checked.of_family(7)
}

/// What rules about rollouts say, a line each.
fn found(spec: &str) -> String {
    lines(&check(spec, None))
}

const ARGO: &str = "cluster prod { rollouts argo }";
const PM2: &str = "host web { cpu 4; memory 16Gi; process pm2 }";
const SYSTEMD: &str = "host web { cpu 4; memory 16Gi }";
const COMPOSE: &str = "project shop { targets [compose] }";

/// A service on a platform.
fn on(place: &str, settings: &str) -> String {
    format!("{place}\nservice api {{ image \"a@sha256:0\"; run \"s.js\"; memory 512Mi; {settings} }}")
}

/// Whether a rule speaks, by its level.
fn says(rule: &str, spec: &str) -> Option<String> {
    let text = found(spec);
    let line = text.lines().find(|line| line.contains(&format!(" {rule}: ")))?;
    line.split(' ').next().map(str::to_owned)
}

#[test]
fn how_many_stay_ready() {
    let left = |place: &str, settings: &str| {
        let checked = check(&on(place, settings), None);
        ready(&checked.model, &checked.model.workloads[0]).unwrap().count
    };
    let node = "runtime node 24; listen http 3000";
    for (place, settings, count) in [
        ("", "scale 10", 10),
        ("", "scale 10; rollout rolling { surge 25%; unavailable 25% }", 8),
        ("", "scale 4; rollout rolling { surge 25%; unavailable 25% }", 3),
        ("", "scale 3; rollout rolling { surge 25%; unavailable 25% }", 3),
        // Both round to zero, and one is taken.
        ("", "scale 3; rollout rolling { surge 0; unavailable 25% }", 2),
        ("", "scale 5; rollout rolling { surge 25%; unavailable 100% }", 0),
        ("", "scale 5; rollout recreate", 0),
        ("", "scale 5; volume data \"/d\" { size 1Gi; kind persistent }", 4),
        (
            "",
            "scale 5; volume data \"/d\" { size 1Gi; kind persistent }; rollout recreate",
            4,
        ),
        (ARGO, "scale 10; listen http 80; rollout blue-green", 10),
        (ARGO, "scale 10; rollout canary { surge 0; unavailable 1; step 10% }", 9),
        (COMPOSE, "scale 3", 0),
        (SYSTEMD, "scale 3", 2),
        ("host web { count 2; cpu 4; memory 16Gi }", "scale 1", 1),
        // Cluster mode forks first; fork mode stops first, two at a time from three on.
        (PM2, &format!("{node}; processes 4"), 4),
        (PM2, "runtime node 24; processes 4", 2),
        (PM2, "scale 2", 1),
        (PM2, "scale 1; processes 4", 0),
    ] {
        assert_eq!(left(place, settings), count, "{place} {settings}");
    }
}

#[test]
fn everything_may_go_at_once() {
    let rule = "total-outage-on-bad-deploy";
    let of = |scale: &str, rollout: &str| {
        says(
            rule,
            &on("", &format!("scale {scale}; rollout rolling {{ {rollout} }}")),
        )
    };
    assert_eq!(of("5", "unavailable 100%").as_deref(), Some("error"));
    assert_eq!(of("5", "unavailable 5").as_deref(), Some("error"));
    assert_eq!(of("5", "unavailable 4"), None);
    assert_eq!(of("5", "unavailable 99%"), None);
    // With the fewest replicas of the autoscaler too.
    assert_eq!(of("2..10", "unavailable 2").as_deref(), Some("error"));
    assert_eq!(of("3..10", "unavailable 2"), None);
    assert_eq!(of("1", "surge 0; unavailable 25%").as_deref(), Some("error"));
    assert_eq!(of("2", "surge 0; unavailable 25%"), None);
    // The API server refuses it.
    assert_eq!(of("1", "surge 0; unavailable 0"), None);
    assert_eq!(says(rule, &on("", "scale 5; rollout recreate")), None);
}

#[test]
fn who_is_ready_serves_the_peak() {
    let rule = "capacity-below-peak-during-rollout";
    let of = |settings: &str| says(rule, &on("", settings));
    // 3 × 0.8 × 1 core / 6 ms = 400/s.
    let node = "runtime node 24; scale 4; cpu 500m..1; rollout rolling { unavailable 1 }";
    assert_eq!(of(&format!("{node}; load {{ peak 400/s; cpu 6ms }}")), None);
    assert_eq!(
        of(&format!("{node}; load {{ peak 401/s; cpu 6ms }}")).as_deref(),
        Some("warning")
    );
    assert_eq!(
        of(&format!("{node}; load {{ peak 24_001/m; cpu 6ms }}")).as_deref(),
        Some("warning")
    );
    // Half a core, and two cores that one process cannot use.
    let limit = |cpu: &str, more: &str| {
        of(&format!(
            "runtime node 24; scale 1; cpu {cpu}; load {{ peak 134/s; cpu 6ms }}; {more}"
        ))
    };
    assert_eq!(limit("500m", "").as_deref(), Some("warning"));
    assert_eq!(limit("2", "").as_deref(), Some("warning"));
    assert_eq!(limit("2", "processes 2"), None);
    assert_eq!(limit("2", "threads 1"), None);
    // A Go program uses all cores; without a limit nobody knows how many.
    let go = |cpu: &str| of(&format!("runtime go; scale 1; {cpu} load {{ peak 134/s; cpu 6ms }}"));
    assert_eq!(go("cpu 2;"), None);
    assert_eq!(go("cpu 1;").as_deref(), Some("warning"));
    assert_eq!(go(""), None);
    // Processes of one machine share its cores.
    let pm2 = |cores: u64| {
        let place = format!("host web {{ cpu {cores}; memory 16Gi; process pm2 }}");
        says(
            rule,
            &on(
                &place,
                "runtime node 24; listen http 3000; processes 4; load { peak 500/s; cpu 6ms }",
            ),
        )
    };
    assert_eq!(pm2(4), None);
    assert_eq!(pm2(3).as_deref(), Some("warning"));
    let busier = format!(
        "policy p {{ require cpu_utilization 90% }} {}",
        on("", &format!("{node}; load {{ peak 450/s; cpu 6ms }}"))
    );
    assert_eq!(says(rule, &busier), None);
    // Staging is smaller on purpose.
    let spec = format!(
        "{}\nenvironment NAME {{ service api {{ scale 2 }} }}",
        on("", &format!("{node}; load {{ peak 400/s; cpu 6ms }}"))
    );
    let of = |name: &str| lines(&check(&spec.replace("NAME", name), Some(name)));
    assert_eq!(of("staging"), "");
    assert!(of("production").contains("can serve 133/s"), "{}", of("production"));
    // A worker's messages wait.
    assert_eq!(
        says(
            rule,
            "worker w { image \"w@sha256:0\"; runtime node 24; load { peak 900/s; cpu 6ms } }"
        ),
        None
    );
}

#[test]
fn a_single_instance_leaves_a_gap() {
    let of = |place: &str, settings: &str| {
        says(
            "single-replica-gap",
            &on(place, &format!("listen http 3000; {settings}")),
        )
    };
    assert_eq!(of(SYSTEMD, "").as_deref(), Some("warning"));
    assert_eq!(of(SYSTEMD, "scale 2"), None);
    assert_eq!(of(COMPOSE, "").as_deref(), Some("note"));
    assert_eq!(of(PM2, "").as_deref(), Some("warning"));
    assert_eq!(of(PM2, "runtime node 24"), None);
    assert_eq!(of("", ""), None);
    assert_eq!(of("", "rollout recreate"), None);
    assert_eq!(
        of("", "volume data \"/d\" { size 1Gi; kind persistent }").as_deref(),
        Some("note")
    );
    let required = format!("policy p {{ require production }}\n{COMPOSE}");
    assert_eq!(of(&required, "").as_deref(), Some("warning"));
    // With nothing that listens, nobody notices.
    assert_eq!(says("single-replica-gap", &on(SYSTEMD, "")), None);
}

#[test]
fn a_canary_sees_ten_events() {
    let of = |settings: &str| {
        says(
            "canary-too-small-to-see",
            &on(ARGO, &format!("scale 10; listen http 80; {settings}")),
        )
    };
    let errors = |time: &str, rate: &str| {
        of(&format!(
            "rollout canary {{ step 10% {{ for {time} }}; abort error_rate > 1% }}; load {{ rate {rate} }}"
        ))
    };
    // 20/s × 10% × 500 s × 1% = 10.
    assert_eq!(errors("500s", "20/s"), None);
    assert_eq!(errors("499s", "20/s").as_deref(), Some("warning"));
    assert_eq!(errors("500s", "1199/m").as_deref(), Some("warning"));
    // p95 counts one request in twenty: 20/s × 10% × 100 s × 5% = 10.
    let p95 = |time: &str| {
        of(&format!(
            "rollout canary {{ step 10% {{ for {time} }}; abort p95 > 500ms }}; load {{ rate 20/s }}"
        ))
    };
    assert_eq!(p95("100s"), None);
    assert_eq!(p95("99s").as_deref(), Some("warning"));
    // One instance of ten is a tenth of the traffic, however small the step is.
    let tiny = "rollout canary { step 1% { for 500s }; abort error_rate > 1% }; load { rate 20/s }";
    assert_eq!(of(tiny), None);
    // A later step that sees enough is enough; one that does not wait sees nothing.
    assert_eq!(
        of("rollout canary { step 10% { for 1m }; step 50% { for 10m }; abort error_rate > 1% }; load { rate 20/s }"),
        None
    );
    assert_eq!(
        of("rollout canary { step 50%; abort error_rate > 1% }; load { rate 20/s }").as_deref(),
        Some("warning")
    );
    assert_eq!(of("rollout canary { step 1% { for 1s }; abort error_rate > 1% }"), None);
}

#[test]
fn a_deadline_is_from_one_step_of_progress_to_the_next() {
    let of = |place: &str, settings: &str| says("deadline-too-short", &on(place, settings));
    assert_eq!(of("", "rollout rolling { deadline 90s }; load { boot 30s..90s }"), None);
    assert_eq!(
        of("", "rollout rolling { deadline 89s }; load { boot 30s..90s }").as_deref(),
        Some("error")
    );
    // Ready is progress too: boot and min_ready are not added.
    assert_eq!(
        of("", "rollout rolling { deadline 90s; min_ready 60s }; load { boot 60s }"),
        None
    );
    assert_eq!(
        of("", "rollout rolling { deadline 60s; min_ready 60s }").as_deref(),
        Some("error")
    );
    assert_eq!(of("", "rollout rolling { deadline 61s; min_ready 60s }"), None);
    // The default of ten minutes.
    assert_eq!(of("", "load { boot 11m }").as_deref(), Some("error"));
    assert_eq!(of("", "load { boot 10m }"), None);
    // Nobody counts.
    assert_eq!(of(SYSTEMD, "load { boot 11m }"), None);
    assert_eq!(of("", "rollout recreate; load { boot 9m }"), None);
}

#[test]
fn a_budget_lets_one_go() {
    let of = |place: &str, settings: &str| says("disruption-budget-blocks-drain", &on(place, settings));
    assert_eq!(of("", "scale 3; budget { unavailable 0% }").as_deref(), Some("error"));
    // Rounded up by the controller.
    assert_eq!(of("", "scale 3; budget { unavailable 1% }"), None);
    // No budget is written for one replica, nor on a host.
    assert_eq!(of("", "scale 1; budget { unavailable 0 }"), None);
    assert_eq!(of("", "scale 1..2; budget { unavailable 0 }").as_deref(), Some("error"));
    assert_eq!(of(SYSTEMD, "scale 3; budget { unavailable 0 }"), None);
}

#[test]
fn what_a_platform_cannot_do() {
    let of = |place: &str, settings: &str| says("selector-of-rollout-unsupported", &on(place, settings)).is_some();
    let volume = "volume data \"/d\" { size 1Gi; kind persistent }";
    for (place, settings, is_found) in [
        ("", "rollout canary", true),
        ("cluster prod { nodes 3 }", "rollout blue-green", true),
        (ARGO, "rollout blue-green", false),
        (ARGO, &format!("{volume}; rollout blue-green"), true),
        (ARGO, "rollout reload", true),
        (PM2, "rollout reload", false),
        (PM2, "rollout canary", true),
        (PM2, "rollout rolling", false),
        (SYSTEMD, "rollout reload", true),
        (SYSTEMD, "rollout rolling", false),
        (COMPOSE, "rollout blue-green", true),
        (COMPOSE, "rollout recreate", false),
    ] {
        assert_eq!(of(place, settings), is_found, "{place} {settings}");
    }
    // Somebody may carry it out beside a cluster of which nothing is said.
    let severity = |place: &str, settings: &str| says("selector-of-rollout-unsupported", &on(place, settings));
    assert_eq!(severity("", "rollout canary").as_deref(), Some("note"));
    assert_eq!(
        severity("", &format!("{volume}; rollout canary")).as_deref(),
        Some("error")
    );
    assert_eq!(severity(SYSTEMD, "rollout canary").as_deref(), Some("error"));
}

#[test]
fn a_reload_asks_nobody() {
    let of = |settings: &str| says("reload-not-gated", &on(PM2, settings)).is_some();
    assert!(of("listen http 3000"));
    assert!(of("listen http 3000; rollout reload"));
    assert!(!of("listen http 3000; rollout reload { verify \"/health\" }"));
    assert!(!of("listen tcp 3000"));
    assert!(!of(""));
}

#[test]
fn one_artifact_for_all_that_is_deployed() {
    let spec = |overlay: &str| format!("service api {{ image \"a@sha256:0\"; memory 512Mi }}\n{overlay}");
    let of = |overlay: &str, environment: Option<&str>| {
        lines(&check(&spec(overlay), environment))
            .contains("error artifact-differs-between-environments: `api` does not run the same")
    };
    let other = "service api { image \"b@sha256:1\" }";
    assert!(of(&format!("environment staging {{ {other} }}"), None));
    assert!(of(&format!("environment staging {{ {other} }}"), Some("staging")));
    assert!(!of(
        "environment staging { service api { image \"a@sha256:0\" } }",
        None
    ));
    // A laptop builds its own, and the base is not deployed where there is a production.
    assert!(!of(&format!("environment dev {{ {other} }}"), Some("dev")));
    assert!(!of(
        &format!("environment production {{ {other} }}"),
        Some("production")
    ));
    assert!(of(
        &format!("environment production {{ {other} }}\nenvironment staging {{ }}"),
        Some("production")
    ));
    // Another version, and said so.
    let versioned = |version: &str| {
        let base = "service api { version 1.0; image \"a@sha256:0\"; memory 512Mi }";
        let spec = format!("{base}\nenvironment staging {{ service api {{ {version} image \"b@sha256:1\" }} }}");
        lines(&check(&spec, None))
    };
    assert_eq!(versioned("version 1.1;"), "");
    assert!(versioned("").starts_with("error artifact-differs"));
    let built =
        "service api { run \"s.js\"; runtime node 24; memory 512Mi { heap auto }; build { steps [\"npm run build\"] } }
        environment staging { service api { build { steps [\"npm run build:staging\"] } } }";
    assert!(lines(&check(built, None)).contains("artifact-differs"));
}

#[test]
fn what_of_a_rollout_makes_connections_too_many() {
    let notes = |rollout: &str, pool: u64, boot: &str| {
        let spec = format!(
            "cluster prod {{ rollouts argo; version 1.33 }}
             database db {{ engine postgres 16; max_connections 300; reserve 30 }}
             service api {{ image \"a@sha256:0\"; memory 512Mi; scale 10; listen http 80; uses db {{ pool {pool} }}
               shutdown {{ settle 5s; drain 25s; grace 32s }}; rollout {rollout}; load {{ {boot} }} }}"
        );
        let checked = check(&spec, None);
        let notes: Vec<String> = checked
            .diagnostics
            .iter()
            .flat_map(|found| found.notes.clone())
            .collect();
        notes.join("\n")
    };
    assert!(
        notes("blue-green", 20, "")
            .contains("blue-green-doubles-demand: with one set of `api` instead of two, 200 of 270")
    );
    assert!(
        !notes("blue-green", 30, "").contains("doubles"),
        "one set is too many already"
    );
    assert!(!notes("blue-green", 13, "").contains("doubles"), "260 fit");
    // 10 + 1 + ⌈30 / 5⌉ = 17 × 20 = 340; one wave: 12 × 20 = 240.
    assert!(
        notes("rolling", 20, "boot 5s")
            .contains("min-ready-zero-with-drain: with `min_ready 31s` in `api`, 240 of 270")
    );
    assert!(
        notes("rolling", 20, "").contains("240 of 270"),
        "unknown boot means everything overlaps"
    );
    assert!(
        !notes("rolling", 25, "boot 5s").contains("min-ready-zero"),
        "300 do not fit"
    );
    assert!(!notes("rolling { min_ready 1s }", 20, "boot 5s").contains("min-ready-zero"));
}
