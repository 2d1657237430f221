//! How instances stop, on each platform, with the incidents that the rules were made for.

use crate::harness::check;

/// What is said of how instances stop, a line each.
fn found(spec: &str) -> String {
    check(spec).of_family(6)
}

/// A service on a platform.
fn on(platform: &str, settings: &str) -> String {
    let place = match platform {
        "kubernetes" => "cluster prod { nodes 3 }",
        "compose" => "project shop { targets [compose] }",
        "systemd" => "host web { cpu 4; memory 8Gi }",
        _ => "host web { cpu 4; memory 8Gi; process pm2 }",
    };
    let service = "image \"api@sha256:0\"; run \"server.js\"; runtime node 24; memory 1Gi { heap auto; young 48Mi }";
    found(&format!("{place}\nservice api {{ {service}; {settings} }}"))
}

const PLATFORMS: [&str; 4] = ["kubernetes", "compose", "systemd", "pm2"];

#[test]
fn a_settling_and_a_drain_that_fill_the_grace_period_leave_nothing() {
    // Incident: preStop 30 s inside a grace period of 60 s, with a drain of 30 s.
    for platform in PLATFORMS {
        assert_eq!(
            on(platform, "shutdown { settle 30s; drain 30s; grace 60s }"),
            "warning zero-margin-shutdown: `api` needs 1m to stop and is killed after 1m: nothing is left\n",
            "{platform}"
        );
        let with_a_second = on(platform, "shutdown { settle 30s; drain 30s; grace 61s }");
        assert!(
            with_a_second.ends_with("is killed after 61s: 1s is left\n"),
            "{with_a_second}"
        );
        assert_eq!(on(platform, "shutdown { settle 30s; drain 30s; grace 62s }"), "");
        let short = on(platform, "shutdown { settle 30s; drain 30s; grace 59s }");
        assert!(short.starts_with("error grace-shorter-than-drain"), "{short}");
        assert!(!short.contains("zero-margin"), "{short}");
    }
}

#[test]
fn the_keep_alive_tail_and_the_closing_of_pools_are_counted() {
    let with = |grace: u64| {
        found(&format!(
            "database db {{ engine postgres 16 }}
             service api {{ image \"api@sha256:0\"; memory 512Mi; listen http 3000 {{ idle_timeout 12s; closes_idle false }}
               uses db {{ pool 1; close 2s }}; shutdown {{ settle 5s; drain 10s; grace {grace}s }} }}"
        ))
    };
    // 5 + 10 + (12 + 1) + 2 = 30.
    assert!(with(29).starts_with("error grace-shorter-than-drain: `api` is killed after 29s, but needs 30s"));
    assert!(with(30).starts_with("warning zero-margin-shutdown"));
    assert!(with(31).starts_with("warning zero-margin-shutdown"));
    assert_eq!(with(32), "");
}

#[test]
fn a_laboratory_of_502s() {
    // preStop 40 within the default grace of 30, then within 50.
    let of = |shutdown: &str| on("kubernetes", &format!("listen http 3000; shutdown {{ {shutdown} }}"));
    assert_eq!(
        of("settle 40s; grace 30s"),
        "error grace-shorter-than-drain: `api` is killed after 30s, but needs 40s to stop\n"
    );
    assert_eq!(of("settle 40s; grace 50s"), "");
    // Readiness alone: requests are still sent while the endpoints follow.
    assert_eq!(
        of("settle 0s; grace 30s"),
        "note settle-missing: `api` stops serving while requests are still sent to it\n"
    );
    // An API server accepts a preStop that is as long as the grace period; the kubelet then leaves 2 s.
    assert!(of("settle 30s; grace 30s").starts_with("warning zero-margin-shutdown"));
}

#[test]
fn an_old_cluster_settles_by_a_program_of_the_image() {
    let of = |version: &str, runtime: &str| {
        let service =
            format!("run \"server\"; runtime {runtime}; memory 512Mi; listen http 3000; health {{ ready \"/r\" }}");
        found(&format!(
            "cluster prod {{ version {version} }}\nservice api {{ {service} }}"
        ))
    };
    assert!(of("1.29", "go").starts_with("warning settle-missing: `api` settles by the program `sleep`"));
    assert_eq!(of("1.30", "go"), "");
    assert_eq!(of("1.29", "node 24"), "");
    assert_eq!(of("1.29", "go; image \"a@sha256:0\""), "");
}

#[test]
fn the_signal_is_that_of_the_platform() {
    let lacking =
        |signal: &str| format!("error signal-not-handled: `api` is stopped with {signal}, which it does not handle\n");
    let of = |platform: &str, signals: &str| on(platform, &format!("shutdown {{ signals {signals} }}"));
    assert_eq!(of("pm2", "[SIGTERM]"), lacking("SIGINT"));
    assert_eq!(of("kubernetes", "[SIGINT]"), lacking("SIGTERM"));
    // Written with the unit and the compose file.
    assert_eq!(of("systemd", "[SIGINT]"), "");
    assert_eq!(of("compose", "[SIGQUIT]"), "");
    for platform in PLATFORMS {
        assert_eq!(of(platform, "[SIGINT, SIGTERM]"), "", "{platform}");
        assert!(of(platform, "[]").starts_with("error signal-not-handled"), "{platform}");
    }
    // Written into the image that is built.
    assert_eq!(
        on("kubernetes", "build { output \"dist\" }; shutdown { signals [SIGINT] }"),
        ""
    );
    // An image of somebody else may set its own.
    let foreign = found("service web { image \"nginx@sha256:0\"; memory 1Gi; shutdown { signals [SIGQUIT] } }");
    assert!(
        foreign.starts_with("warning signal-not-handled: `web` is stopped with SIGTERM"),
        "{foreign}"
    );
}

/// A service behind a route on a platform.
fn behind(place: &str, service: &str, route: &str) -> String {
    found(&format!(
        "{place}
         service api {{ image \"api@sha256:0\"; run \"s.js\"; runtime node 24; scale 2; memory 1Gi {{ heap auto; young 48Mi }}; {service} }}
         gateway edge {{ domain \"a.example\"; route \"/\" api {{ {route} }} }}"
    ))
}

const CLUSTER: &str = "cluster prod { nodes 3 }";
const HOST: &str = "host web { cpu 4; memory 8Gi }";

#[test]
fn somebody_waits_for_the_longest_request() {
    let of = |place: &str, longest: &str, route: &str| {
        behind(
            place,
            &format!("listen http 3000 {{ idle_timeout 70s }}; load {{ longest {longest} }}"),
            route,
        )
    };
    for place in [CLUSTER, HOST] {
        assert_eq!(
            of(place, "31s", "timeout 30s"),
            "error proxy-timeout-shorter-than-request: `edge` waits 30s for an answer of `api`, whose longest request takes 31s\n"
        );
        assert_eq!(of(place, "30s", "timeout 30s"), "");
        assert_eq!(of(place, "60s", ""), "");
    }
    // nginx on a host is written with what the longest request needs; an Ingress has the controller's 60 s.
    assert_eq!(of(HOST, "90s", ""), "");
    assert!(of(CLUSTER, "61s", "").starts_with("error proxy-timeout-shorter-than-request: `edge` waits 1m"));
    assert_eq!(
        of("cluster prod { ingress_class \"traefik\" }", "90s", "timeout 30s"),
        ""
    );
    // Streams are cut by silence, not by time; and one route of several may be the patient one.
    assert_eq!(of(CLUSTER, "90s", "buffering off"), "");
    assert_eq!(of(CLUSTER, "90s", "timeout 30s; websocket"), "");
    assert_eq!(
        of(CLUSTER, "90s", "timeout 30s }; route \"/report/\" api { timeout 2m"),
        ""
    );
}

#[test]
fn a_caller_may_be_the_one_that_waits() {
    let with = |call: &str| {
        found(&format!(
            "{CLUSTER}
             service api {{ image \"a@sha256:0\"; memory 1Gi; listen http 3000 {{ idle_timeout 70s }}; load {{ longest 90s }} }}
             worker exporter {{ image \"e@sha256:0\"; memory 1Gi; calls api {{ {call} }} }}
             gateway edge {{ domain \"a.example\"; route \"/\" api {{ timeout 30s }} }}"
        ))
    };
    for (call, is_found) in [
        ("timeout 2m", false),
        ("", false),
        ("timeout 80s", true),
        ("kind health", true),
    ] {
        assert_eq!(with(call).contains("proxy-timeout"), is_found, "{call}");
    }
}

#[test]
fn who_closes_an_idle_connection_first() {
    let of = |place: &str, listen: &str| behind(place, &format!("listen http 3000 {listen}"), "");
    let closes = |at: &str| {
        format!(
            "warning keepalive-shorter-than-proxy-idle: `api` closes idle connections after {at}, and `edge` uses them for up to 1m\n"
        )
    };
    assert_eq!(of(CLUSTER, ""), closes("5s"));
    assert_eq!(of(CLUSTER, "{ idle_timeout 60s }"), closes("1m"));
    assert_eq!(of(CLUSTER, "{ idle_timeout 61s }"), "");
    assert_eq!(of("cluster prod { ingress_class \"traefik\" }", ""), "");
    // nginx on a host keeps them shorter than the service, down to a second.
    assert_eq!(of(HOST, ""), "");
    assert_eq!(of(HOST, "{ idle_timeout 2s }"), "");
    assert!(of(HOST, "{ idle_timeout 1s }").contains("after 1s, and `edge` uses them for up to 1s"));
    assert_eq!(behind(HOST, "listen http 3000 { idle_timeout 1s }", "keepalive 0"), "");
}

#[test]
fn a_drain_is_no_longer_than_a_message_is_hidden() {
    let of = |drain: &str, consumes: &str| {
        found(&format!(
            "queue jobs {{ engine sqs }}
             worker w {{ image \"w@sha256:0\"; memory 1Gi; consumes jobs {{ {consumes} }}; {drain} }}"
        ))
    };
    assert_eq!(
        of("shutdown { drain 31s }", "visibility 30s"),
        "warning worker-drain-exceeds-visibility: `w` works on a message for up to 31s while it stops, but `jobs` hides it for 30s\n"
    );
    assert_eq!(of("shutdown { drain 30s }", "visibility 30s"), "");
    assert!(of("shutdown { drain 31s }", "visibility 30s; idempotent").starts_with("warning worker-drain"));
    assert_eq!(of("load { longest 28s }", "visibility 30s"), "");
}
