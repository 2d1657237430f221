//! The rules of the graph at their borders, and the outages that they would have found.

use crate::judged::{in_environment, of, one, silent};

/// Services `NAME SETTINGS`, one a line; what is called and not declared is to be declared as well.
fn services(lines: &str) -> String {
    let service = |line: &str| {
        let (name, settings) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        format!("service {name} {{ image \"app:1\"; memory 256Mi; listen http 3000; {settings} }}\n")
    };
    lines.trim().lines().map(service).collect()
}

#[test]
fn whoever_names_a_store_uses_it() {
    for (store, user) in [
        ("cache c", "env URL c.url"),
        ("cache c", "sessions cache c"),
        ("cache c", "listen http 3000 { pubsub c }"),
        ("database c", "migrate before { run \"m.js\"; uses c }"),
        ("database c", "sidecar s { image \"s:1\"; uses c }"),
        ("database c", "before w { wait_for c }"),
        ("external c", "calls c"),
        ("queue c", "publishes c"),
    ] {
        let spec = format!("{store} {{ }}\nservice api {{ image \"api:1\"; run \"s.js\"; runtime go; {user} }}\n");
        silent("orphan-datastore", &spec);
        let alone = format!("{store} {{ }}\nservice api {{ image \"api:1\" }}\n");
        assert!(one("orphan-datastore", &alone).starts_with("note: nothing uses `c`"));
    }
    let queues =
        "cache c { }\nqueue a { on c; dead_letter b }\nqueue b { on c }\nworker w { image \"w:1\"; consumes a }";
    silent("orphan-datastore", queues);
}

#[test]
fn retries_multiply_along_a_chain() {
    let chain = |retries: &str| {
        services(&format!(
            "a calls b {{ {retries} }}\nb calls c {{ {retries} }}\nc calls d {{ {retries} }}\nd"
        ))
    };
    // 2 × 2 × 2 is the limit.
    silent("retry-amplification", &chain("retries 1"));
    let found = one("retry-amplification", &chain("retries 2"));
    assert!(
        found.contains("when `d` fails, each request to `a` reaches it up to 27 times"),
        "{found}"
    );
    assert!(
        found.contains("it is 1.331 times; or retry only in `a`: 3 times"),
        "{found}"
    );
    silent("retry-amplification", &chain("retries 9; retry_budget 100%"));
    assert!(one("retry-amplification", &chain("retries 9; retry_budget 110%")).contains("9.261"));
    // Nobody waits for these, and they are requests all the same; probes and redirects are none of the caller's.
    assert!(one("retry-amplification", &chain("retries 2; kind async")).contains("27"));
    silent("retry-amplification", &chain("retries 9; kind health"));
    silent("retry-amplification", &chain("retries 9; kind redirect"));
}

#[test]
fn of_several_chains_the_worst_is_told_once() {
    // Through b it is 3 × 3 × 3, through c 3 × 2 × 3; e is only passed.
    let diamond = services(
        "a calls b { retries 2 }; calls c { retries 2 }
         b calls d { retries 2 }
         c calls d { retries 1 }
         d calls e
         e calls f { retries 2 }
         f",
    );
    let found = one("retry-amplification", &diamond);
    assert!(
        found.contains("when `f` fails, each request to `a` reaches it up to 27"),
        "{found}"
    );
}

#[test]
fn a_circle_is_gone_round_less_than_once() {
    let circle = services("a calls b { retries 2 }\nb calls c { retries 2 }\nc calls b { retries 2 }");
    let found = one("retry-amplification", &circle);
    assert!(found.contains("each request to `a` reaches it up to 9"), "{found}");
    silent("retry-amplification", &services("a calls a { retries 9 }"));
    silent(
        "retry-amplification",
        &services("a calls b { retries 7 }\nb calls a { retries 7 }"),
    );
}

/// Two services on each of 300 levels, each of which calls both of the next: 2^300 chains.
#[test]
fn chains_are_not_counted_one_by_one() {
    let mut lines = String::new();
    for level in 0..300 {
        for side in ["l", "r"] {
            let next = level + 1;
            lines.push_str(&format!(
                "{side}{level} calls l{next} {{ retries 1 }}; calls r{next} {{ retries 1 }}\n"
            ));
        }
    }
    lines.push_str("l300\nr300");
    let found = of("retry-amplification", &services(&lines));
    assert!(!found.is_empty() && found.len() <= 4, "{}", found.len());
}

#[test]
fn who_waits_waits_long_enough() {
    let spec =
        |timeout: &str, call: &str| services(&format!("a calls b {{ timeout {timeout} }}\nb calls c {{ {call} }}\nc"));
    // 3 × 2s, and 100 + 200 ms between them.
    let call = "timeout 2s; retries 2; backoff 100ms..1s";
    silent("timeout-inversion", &spec("6300ms", call));
    let found = one("timeout-inversion", &spec("6s", call));
    assert!(
        found.contains("`a` waits 6s for `b`, which may wait 6300ms for `c`"),
        "{found}"
    );
    assert!(
        found.ends_with("write `timeout 7s` in `a`, or `retries 1` where `b` calls `c`"),
        "{found}"
    );
    let found = one("timeout-inversion", &spec("1s", call));
    assert!(
        found.contains("a `timeout` of at most 1s where `b` calls `c`"),
        "{found}"
    );
    // 100 + 200 + 400 + 500 + 500 ms.
    silent(
        "timeout-inversion",
        &spec("7700ms", "timeout 1s; retries 5; backoff 100ms..500ms"),
    );
    assert_eq!(
        of(
            "timeout-inversion",
            &spec("7699ms", "timeout 1s; retries 5; backoff 100ms..500ms")
        )
        .len(),
        1
    );
    // Nobody waits for it, it is not known, or it goes back to who asks.
    silent("timeout-inversion", &spec("1s", "timeout 9s; kind async"));
    silent("timeout-inversion", &spec("1s", "retries 9"));
    silent(
        "timeout-inversion",
        &services("a calls b { timeout 1s }\nb calls a { timeout 2s }"),
    );
    let huge = spec("1s", "timeout 1us; retries 9_000_000_000; backoff 0s..1s");
    assert!(one("timeout-inversion", &huge).contains("`retries 999999`"));
}

#[test]
fn a_gateway_waits_too() {
    let spec = |timeout: &str| {
        let api = services("api calls pay { timeout 4s; retries 1 }\npay");
        format!("cluster prod {{ }}\n{api}gateway edge {{ domain \"a.example\"; route \"/\" api {{ {timeout} }} }}")
    };
    assert!(one("timeout-inversion", &spec("timeout 5s")).contains("`edge` waits 5s for `api`, which may wait 8s"));
    silent("timeout-inversion", &spec("timeout 8s"));
    silent("timeout-inversion", &spec(""));
    // Whoever writes no timeout has that of nginx, and of another controller nobody knows.
    let slow = |class: &str| {
        spec("")
            .replace("4s", "31s")
            .replace("domain", &format!("{class} domain"))
    };
    assert!(one("timeout-inversion", &slow("")).contains("`edge` waits 1m for `api`, which may wait 62s"));
    silent("timeout-inversion", &slow("class traefik;"));
}

#[test]
fn missing_timeouts_are_told_once_for_each_caller() {
    let found = one(
        "missing-timeout",
        &services("a calls b; calls c; calls d { timeout 1s }\nb\nc load { longest 10s }\nd"),
    );
    assert!(
        found.contains("`a` waits for `b` and 1 other without a timeout"),
        "{found}"
    );
    let known = one("missing-timeout", &services("a calls c\nc load { longest 10s }"));
    assert!(
        known.ends_with("write `timeout 12s`: `c` may take that long"),
        "{known}"
    );
    for kind in ["async", "health", "redirect"] {
        silent("missing-timeout", &services(&format!("a calls b {{ kind {kind} }}\nb")));
    }
}

#[test]
fn retries_need_a_budget_and_an_idempotent_callee() {
    let spec = |call: &str| services(&format!("a calls b {{ timeout 1s; {call} }}\nb"));
    assert!(
        one("retry-without-budget", &spec("retries 2")).starts_with("warning: when `b` fails, `a` sends it 3 times")
    );
    // Half of the calls fail and then it opens: 1 + 1/2 + 1/4.
    assert!(one("retry-without-budget", &spec("retries 2; breaker 50%")).starts_with("note"));
    silent("retry-without-budget", &spec("retries 2; retry_budget 10%"));
    silent("retry-without-budget", &spec("retries 0"));
    assert!(one("retry-not-idempotent", &spec("retries 1; kind async")).starts_with("error"));
    silent("retry-not-idempotent", &spec("retries 1; idempotent"));
    silent("retry-not-idempotent", &spec("retries 1; kind health"));
}

#[test]
fn a_quota_is_shared_by_all_callers() {
    let spec = |first: &str, second: &str| {
        let callers = services(&format!(
            "a calls x {{ {first} }}; load {{ peak 100/s }}\nb calls x {{ {second} }}; load {{ rate 50/s }}"
        ));
        format!("external x {{ limit 100/s }}\n{callers}")
    };
    // 100 × 0.5 and 50 × 1 are exactly what is granted.
    silent("quota-exceeded", &spec("per_request 0.5", ""));
    let budget = one("quota-exceeded", &spec("per_request 0.4; retries 2", ""));
    assert!(
        budget.contains("`x` can be asked 170/s at peak, but grants 100/s"),
        "{budget}"
    );
    assert!(budget.ends_with("with `retry_budget 10%` it is 94/s"), "{budget}");
    let none = one(
        "quota-exceeded",
        &spec("per_request 0.5; retries 2; retry_budget 10%", ""),
    );
    assert!(none.ends_with("with `retries 0` it is 100/s"), "{none}");
    let more = one("quota-exceeded", &spec("", ""));
    assert!(more.contains("without any retry it is 150/s"), "{more}");
    silent("quota-exceeded", &spec("kind redirect", ""));
    let unknown = services("a calls x { per_request 1000 }");
    silent("quota-exceeded", &format!("external x {{ limit 1/h }}\n{unknown}"));
}

#[test]
fn one_instance_depends_on_the_platform() {
    let rule = "single-point-of-failure";
    let spec = |place: &str, settings: &str| {
        let runs = "image \"api:1\"; runtime node 24; run \"s.js\"; memory 256Mi";
        format!("{place}\nservice api {{ {runs}; slo {{ availability 99.9% }}; {settings} }}")
    };
    let found = one(rule, &spec("", ""));
    assert!(
        found.starts_with("warning: `api` promises 99.9% with one instance; write `scale 2`"),
        "{found}"
    );
    assert!(one(rule, &spec("", "scale 1..8")).contains("one instance at its fewest; write `scale 2..8`"));
    silent(rule, &spec("", "scale 2"));
    assert_eq!(of(rule, &spec("", "processes 4")).len(), 1, "a pod goes as a whole");
    let host =
        |process: &str, count: u64| format!("host web {{ cpu 4; memory 8Gi; process {process}; count {count} }}");
    assert_eq!(
        of(rule, &spec(&host("systemd", 1), "processes 4")).len(),
        1,
        "a unit goes as a whole"
    );
    silent(rule, &spec(&host("systemd", 2), ""));
    silent(rule, &spec(&host("pm2", 1), "processes 4"));
    let objectives = "service api { image \"api:1\"; slo { p95 1s } }";
    silent(rule, objectives);
    let laid = "service api { image \"api:1\"; scale 2; slo { availability 99.9% } }
        environment staging { service api { scale 1 } }
        environment production { service api { scale 1 } }";
    assert!(in_environment(rule, Some("staging"), laid).is_empty());
    assert_eq!(in_environment(rule, Some("production"), laid).len(), 1);
}

/// Huang et al., OSDI 2022: a client with a timeout of 3s that resends up to four times at once stayed down after a trigger of
/// ten seconds.
#[test]
fn the_client_that_stayed_down_had_no_budget() {
    let spec = services("client calls store { timeout 3s; retries 4; idempotent }\nstore");
    assert!(one("retry-without-budget", &spec).contains("`client` sends it 5 times as many requests"));
}

/// crates.io, 2023: three retries of every client made the failed requests of a bad deploy several times as many.
#[test]
fn clients_that_retry_multiply_a_bad_deploy() {
    let spec = services(
        "cargo calls edge { timeout 30s; retries 3; idempotent }\nedge calls crates { timeout 5s; retries 2; idempotent }\ncrates",
    );
    assert!(one("retry-amplification", &spec).contains("each request to `cargo` reaches it up to 12"));
}

#[test]
fn names_in_quotes_are_strings_of_the_language() {
    let spec = r#"
        let team "shop"
        service api { image "a@sha256:0"; labels { "a\"b\u{e9}" "1"; "5\$" "2"; "of ${team}" "3" }; labels "x\\y" "4" }
    "#;
    let checked = crate::harness::check(spec);
    let names: Vec<&str> = checked.model.workloads[0]
        .labels
        .iter()
        .map(|pair| pair.name.value.as_str())
        .collect();
    assert_eq!(names, ["a\"bé", "5$", "of shop", "x\\y"]);
    let unknown = crate::harness::check("service api { image \"a@sha256:0\"; labels { \"a\\x\" \"1\" } }");
    assert!(unknown.found().contains("is no escape"), "{}", unknown.found());
}
