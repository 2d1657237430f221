//! The rules of probes at their borders, and the outage that they would have found.

use crate::judged::{in_environment, of, one, silent};

const PLACES: [&str; 4] = [
    "cluster prod { }",
    "host web { cpu 4; memory 8Gi; process systemd }",
    "host web { cpu 4; memory 8Gi; process pm2 }",
    "project p { targets [compose] }",
];

/// `kind` is `service` or `worker`; the place is Kubernetes, systemd, PM2 or compose.
fn on(place: &str, kind: &str, settings: &str) -> String {
    format!("{place}\n{kind} api {{ image \"api:1\"; runtime node 24; run \"s.js\"; memory 512Mi; {settings} }}\n")
}

fn pod(settings: &str) -> String {
    on(PLACES[0], "service", settings)
}

#[test]
fn only_a_kubelet_asks() {
    let same = "health { ready \"/h\" { timeout 11s; port 1 }; live \"/h\" { port 1 } }";
    let deep = "calls x; health { live \"/h\" { checks [x] } }";
    for (rule, health, asked) in [
        ("readiness-missing", deep, 1),
        ("liveness-missing", "health { ready tcp }; slo { availability 99% }", 1),
        ("liveness-checks-dependency", deep, 1),
        ("liveness-equals-readiness", same, 1),
        ("startup-shorter-than-boot", same, 1),
        ("probe-timeout-exceeds-period", same, 1),
        ("probe-port-not-served", same, 2),
    ] {
        let settings = format!("listen http 3000; load {{ boot 60s }}; {health}");
        let counts = PLACES.map(|place| {
            let spec = format!("external x {{ }}\n{}", on(place, "service", &settings));
            of(rule, &spec).len()
        });
        assert_eq!(counts, [asked, 0, 0, 0], "{rule}");
    }
}

#[test]
fn what_gets_requests_is_asked_first() {
    let rule = "readiness-missing";
    let found = one(rule, &pod("listen grpc 3000"));
    assert!(
        found.starts_with("warning: `api` gets requests before it listens"),
        "{found}"
    );
    assert!(found.ends_with("write `health { ready grpc { every 5s } }`"), "{found}");
    assert!(
        one(rule, &pod("listen http 3000; health { startup \"/h\" }")).starts_with("note: `api` keeps its traffic")
    );
    silent(rule, &pod("listen http 3000; health { ready tcp }"));
    silent(rule, &pod(""));
    // A worker listens for whoever collects its metrics.
    let worker = on(PLACES[0], "worker", "listen http 9090");
    silent(rule, &worker);
    let asked = format!("{worker}service web {{ image \"web:1\"; calls api {{ timeout 1s }} }}");
    assert_eq!(of(rule, &asked).len(), 1);
}

#[test]
fn a_missing_liveness_probe_is_a_remark_where_it_matters() {
    let rule = "liveness-missing";
    let ready = "listen http 3000; health { ready tcp }";
    let promised = "slo { availability 99% }";
    silent(rule, &pod(ready));
    assert!(one(rule, &pod(&format!("{ready}; {promised}"))).starts_with("note"));
    let laid = format!("{}environment production {{ }}", pod(ready));
    assert_eq!(in_environment(rule, Some("production"), &laid).len(), 1);
    silent(rule, &pod(promised));
    // It is said with the other.
    silent(rule, &pod(&format!("listen http 3000; {promised}")));
}

#[test]
fn an_outage_of_a_dependency_restarts_nothing() {
    let rule = "liveness-checks-dependency";
    let spec = |live: &str| {
        format!(
            "database db {{ failover 20s }}\n{}",
            pod(&format!(
                "listen http 3000; uses db; health {{ live \"/l\" {{ {live} }} }}"
            ))
        )
    };
    let found = one(rule, &spec("every 5s; failing 2; checks [db]"));
    assert!(
        found.contains("every instance of `api` is restarted when `db` is away for 10s"),
        "{found}"
    );
    silent(rule, &spec("every 5s"));
    silent(rule, &spec("checks [api]"));
    let beside = pod("sidecar proxy { image \"p:1\"; health { live tcp { checks [api]; port 1 } } }");
    silent(rule, &beside);
}

#[test]
fn liveness_is_more_patient_or_asks_something_else() {
    let rule = "liveness-equals-readiness";
    let spec = |ready: &str, live: &str| {
        format!(
            "cache c {{ }}\n{}",
            pod(&format!(
                "listen http 3000; listen grpc 4000; uses c; health {{ ready {ready}; live {live} }}"
            ))
        )
    };
    let found = one(rule, &spec("\"/h\" { every 5s }", "\"/h\" { every 10s; failing 1 }"));
    assert!(
        found.contains("restarted as soon as it is not ready, after 10s"),
        "{found}"
    );
    assert!(
        found.contains("write `failing 3` in `live`: out of the traffic after 15s, restarted after 30s"),
        "{found}"
    );
    assert_eq!(of(rule, &spec("\"/h\"", "\"/h\" { failing 3 }")).len(), 1, "as patient");
    silent(rule, &spec("\"/h\"", "\"/h\" { failing 4 }"));
    silent(rule, &spec("\"/h\"", "\"/l\""));
    silent(rule, &spec("\"/h\"", "\"/h\" { port grpc }"));
    silent(rule, &spec("tcp", "tcp"));
    assert_eq!(of(rule, &spec("exec [\"a\", \"b\"]", "exec [\"a\", \"b\"]")).len(), 1);
    silent(rule, &spec("exec [\"a\", \"b\"]", "exec [\"a\", \"c\"]"));
    // However patient: what it asks is elsewhere.
    let deep = one(rule, &spec("\"/h\" { checks [c] }", "\"/h\" { failing 60 }"));
    assert!(deep.contains("`api` is restarted when `c` cannot be reached"), "{deep}");
}

#[test]
fn a_start_may_take_as_long_as_it_takes() {
    let rule = "startup-shorter-than-boot";
    let spec = |boot: &str, health: &str| {
        pod(&format!(
            "listen http 3000; load {{ boot {boot} }}; health {{ {health} }}"
        ))
    };
    let live = "live \"/l\" { after 5s; every 10s; failing 3 }";
    silent(rule, &spec("35s", live));
    let found = one(rule, &spec("10s..35001ms", live));
    assert!(
        found.contains("`api` is killed 35s after its start, and takes up to 35001ms to come up"),
        "{found}"
    );
    assert!(
        found.ends_with("add a `startup` probe with `every 2s; within 53s`: `live` is held back until it passes"),
        "{found}"
    );
    // The startup probe holds the other back.
    silent(
        rule,
        &spec("60s", &format!("{live}; startup \"/r\" {{ every 2s; within 60s }}")),
    );
    assert!(
        one(
            rule,
            &spec("60s", &format!("{live}; startup \"/r\" {{ every 2s; within 58s }}"))
        )
        .contains("write `within 90s`")
    );
    // Only whole seconds: three times one, and `within` is a time.
    silent(rule, &spec("3s", "live \"/l\" { every 500ms; failing 3 }"));
    silent(rule, &spec("10s", "startup \"/r\" { every 2500ms; within 10s }"));
    silent(rule, &spec("60s", "ready \"/r\""));
    silent(rule, &pod(&format!("listen http 3000; health {{ {live} }}")));
}

#[test]
fn one_probe_ends_before_the_next_is_due() {
    let rule = "probe-timeout-exceeds-period";
    let spec = |probe: &str| pod(&format!("listen http 3000; health {{ ready \"/r\" {{ {probe} }} }}"));
    silent(rule, &spec("every 5s; timeout 5s"));
    let found = one(rule, &spec("every 5s; timeout 6s; failing 2"));
    assert!(
        found.contains("an instance of `api` that hangs is taken out of the traffic after 12s, not after 10s"),
        "{found}"
    );
    // A second is the shortest that the kubelet knows, of both.
    silent(rule, &spec("every 200ms; timeout 1s"));
    let beside = pod("sidecar proxy { image \"p:1\"; health { live exec [\"ok\"] { every 2s; timeout 3s } } }");
    assert!(one(rule, &beside).contains("`api/proxy`"));
}

#[test]
fn somebody_answers_at_the_port_of_a_probe() {
    let rule = "probe-port-not-served";
    let spec = |listen: &str, probe: &str| pod(&format!("{listen}; health {{ ready {probe} }}"));
    let found = one(rule, &spec("listen http 3000", "\"/r\" { port 8080 }"));
    assert!(
        found.starts_with("error: the readiness probe of `api` asks port 8080, where nothing listens"),
        "{found}"
    );
    let outside = one(rule, &spec("listen http 3000 { as 80 }", "\"/r\" { port 80 }"));
    assert!(outside.ends_with("; write `port http`"), "{outside}");
    silent(rule, &spec("listen http 3000", "\"/r\" { port 3000 }"));
    // Of a process that declares no port nothing is known, unless the probe does not know one either.
    silent(rule, &spec("", "\"/r\" { port 8080 }"));
    assert!(one(rule, &spec("", "\"/r\"")).contains("asks a port, and nothing listens"));
    silent(rule, &spec("", "exec [\"ok\"]"));
    let two = "listen grpc 7070; listen http 8080";
    let other = one(rule, &spec(two, "\"/r\""));
    assert!(
        other.starts_with(
            "warning: the readiness probe of `api` asks `grpc` on port 7070, and `http` on 8080 was meant"
        ),
        "{other}"
    );
    silent(rule, &spec(two, "\"/r\" { port http }"));
    silent(rule, &spec(two, "grpc"));
    silent(rule, &spec(two, "tcp"));
    // Both may be spoken on one port.
    silent(rule, &spec("listen grpc 7070", "\"/r\""));
}

#[test]
fn a_probing_proxy_finds_out_late() {
    let rule = "readiness-slower-than-settle";
    let spec = |place: &str, settle: &str, gateway: &str| {
        let service = on(
            place,
            "service",
            &format!("listen http 3000; health {{ ready \"/r\" {{ every 5s; failing 3 }} }}; shutdown {{ {settle} }}"),
        );
        format!("{service}{gateway}")
    };
    let host = PLACES[1];
    assert!(
        one(rule, &spec(host, "settle 14s", ""))
            .contains("`api` settles for 14s, but its proxy finds out only after 15s")
    );
    silent(rule, &spec(host, "settle 15s", ""));
    silent(rule, &spec(host, "drain 10s", ""));
    silent(rule, &spec(PLACES[0], "settle 14s", ""));
    let edge = |engine: &str| format!("gateway edge {{ domain \"a.example\"; {engine}; route \"/\" api }}");
    silent(rule, &spec(host, "settle 14s", &edge("engine nginx 1.26")));
    silent(rule, &spec(host, "settle 14s", &edge("")));
    assert_eq!(
        of(rule, &spec(host, "settle 14s", &edge("engine haproxy 3.0"))).len(),
        1
    );
}

#[test]
fn a_probe_that_asks_others_takes_as_long_as_a_request() {
    let rule = "probe-timeout-below-latency";
    let spec = |slo: &str, ready: &str| {
        format!(
            "cache c {{ }}\n{}",
            pod(&format!(
                "listen http 3000; uses c; slo {{ {slo} }}; health {{ ready \"/r\" {{ {ready} }} }}"
            ))
        )
    };
    let found = one(rule, &spec("p99 1s", "checks [c]"));
    assert!(
        found.contains("is given up after 1s, and 1 of 100 requests may take 1s or longer; write `timeout 2s`"),
        "{found}"
    );
    silent(rule, &spec("p99 999ms", "checks [c]"));
    silent(rule, &spec("p99 2s", ""));
    silent(rule, &spec("p99 2s", "timeout 3s; checks [c]"));
    assert!(one(rule, &spec("p95 2s", "checks [c]")).contains("5 of 100 requests"));
}

#[test]
fn the_others_can_take_over() {
    let rule = "readiness-cascade";
    let spec = |settings: &str, peak: &str| {
        pod(&format!(
            "listen http 3000; health {{ ready \"/r\" }}; load {{ peak {peak}; cpu 10ms }}; {settings}"
        ))
    };
    // 100/s for each instance.
    silent(rule, &spec("cpu 1; scale 3", "200/s"));
    let found = one(rule, &spec("cpu 1; scale 3", "201/s"));
    assert!(
        found.contains("without one of its 3 instances `api` can answer 200/s, and is asked 201/s at peak"),
        "{found}"
    );
    assert!(
        found.ends_with("write `scale 4`: without one of them it answers 300/s"),
        "{found}"
    );
    // Too few altogether, or no other: something else is wrong.
    silent(rule, &spec("cpu 1; scale 3", "301/s"));
    silent(rule, &spec("cpu 1; scale 1", "90/s"));
    // One process of Node uses one core, two use both.
    assert_eq!(of(rule, &spec("cpu 2; scale 2", "150/s")).len(), 1);
    silent(rule, &spec("cpu 2; scale 2; processes 2", "150/s"));
    silent(rule, &spec("cpu 2; scale 2", "150/s").replace("node 24", "go"));
    silent(rule, &spec("scale 2", "150/s").replace("node 24", "go"));
    let staging = format!(
        "{}environment staging {{ service api {{ scale 2 }} }}",
        spec("cpu 1; scale 4", "200/s")
    );
    let inherited = in_environment(rule, Some("staging"), &staging);
    assert!(inherited.is_empty(), "{inherited:?}");
}

/// Chef's hosted service, 2014: three nodes behind a health check with a low timeout, and no load planned. When it became
/// slow, one node after the other was taken out; five larger ones held.
#[test]
fn three_nodes_went_one_after_the_other() {
    let spec = |scale: u64, timeout: &str| {
        let load = "load { peak 250/s; cpu 10ms }; slo { p95 2s }";
        format!(
            "database db {{ }}\n{}",
            pod(&format!(
                "listen http 3000; cpu 1; scale {scale}; uses db; {load}; health {{ ready \"/_status\" {{ {timeout}; checks [db] }} }}"
            ))
        )
    };
    assert_eq!(of("readiness-cascade", &spec(3, "")).len(), 1);
    assert_eq!(of("probe-timeout-below-latency", &spec(3, "")).len(), 1);
    assert!(in_environment("readiness-cascade", None, &spec(5, "timeout 4s")).is_empty());
    silent("probe-timeout-below-latency", &spec(5, "timeout 4s"));
}

#[test]
fn a_limit_of_restarts_is_within_reach() {
    let rule = "restart-limit-never-reached";
    let unit = |restart: &str| on(PLACES[1], "worker", &format!("restart {restart}"));
    let found = one(rule, &unit("on_failure { delay 2s; limit 5 in 10s }"));
    assert!(
        found.starts_with("note: `api` is never given up: 5 starts within 10s are allowed, and one more comes after 10s at the soonest"),
        "{found}"
    );
    silent(rule, &unit("on_failure { delay 1999ms; limit 5 in 10s }"));
    silent(rule, &unit("always { delay 5s }"));
    silent(rule, &unit("never { delay 5s; limit 5 in 10s }"));
    silent(
        rule,
        &on(PLACES[0], "worker", "restart on_failure { delay 5s; limit 5 in 10s }"),
    );
}
