//! The rules of state and traffic at their borders.

use crate::judged::{in_environment, of, one, silent};

const CLUSTER: &str = "cluster prod { }";
const SYSTEMD: &str = "host web { cpu 4; memory 8Gi; process systemd }";
const PM2: &str = "host web { cpu 4; memory 8Gi; process pm2 }";

/// A service behind a gateway.
fn behind(place: &str, settings: &str, gateway: &str, route: &str) -> String {
    let service = format!("service api {{ image \"api:1\"; runtime node 24; run \"s.js\"; memory 512Mi; {settings} }}");
    format!("{place}\n{service}\ngateway edge {{ domain \"a.example\"; {gateway}; route \"/\" api {{ {route} }} }}\n")
}

#[test]
fn sessions_need_a_place_that_all_processes_know() {
    let rule = "sessions-in-memory";
    let spec = |place: &str, settings: &str, route: &str| {
        behind(
            place,
            &format!("listen http 3000; sessions memory; {settings}"),
            "",
            route,
        )
    };
    assert!(one(rule, &spec(CLUSTER, "scale 1", "")).starts_with("note: sessions of `api` end with its process"));
    assert!(
        one(rule, &spec(CLUSTER, "scale 1..2", "")).starts_with("error"),
        "at the most"
    );
    assert!(one(rule, &spec(CLUSTER, "processes 2", "")).contains("known to one of its 2 processes"));
    assert!(
        one(rule, &spec(CLUSTER, "scale 2", "sticky")).starts_with("warning: sessions of `api` end with the instance")
    );
    // Processes that share a port cannot be told apart.
    assert!(one(rule, &spec(CLUSTER, "scale 2; processes 2", "sticky")).starts_with("error"));
    assert!(one(rule, &spec(PM2, "scale 2", "sticky")).starts_with("error"));
    assert!(one(rule, &spec(SYSTEMD, "scale 2", "sticky")).starts_with("warning"));
    let hosts = SYSTEMD.replace("process systemd", "process systemd; count 2");
    assert!(one(rule, &spec(&hosts, "scale 1", "")).starts_with("error"));
    let helped = format!("cache c {{ }}\n{}", spec(CLUSTER, "scale 2", ""));
    assert!(one(rule, &helped).contains("`sessions cache c`"));
    silent(
        rule,
        &behind(CLUSTER, "listen http 3000; scale 9; sessions token", "", ""),
    );
}

#[test]
fn websocket_clients_reach_each_other() {
    let rule = "websocket-without-affinity-or-pubsub";
    let spec = |place: &str, listen: &str, settings: &str, route: &str| {
        let spec = behind(
            place,
            &format!("listen http 3000 {{ {listen} }}; {settings}"),
            "",
            route,
        );
        format!("cache c {{ }}\n{spec}")
    };
    assert!(one(rule, &spec(CLUSTER, "websocket", "scale 3", "")).ends_with("write `pubsub c` in the listener"));
    assert!(one(rule, &spec(PM2, "websocket", "processes 4", "sticky")).contains("the same of 4 processes"));
    silent(rule, &spec(CLUSTER, "websocket; pubsub c", "scale 3", ""));
    silent(rule, &spec(CLUSTER, "websocket", "scale 3", "sticky"));
    silent(rule, &spec(CLUSTER, "websocket", "scale 1", ""));
    assert_eq!(of(rule, &spec(CLUSTER, "", "scale 3", "websocket")).len(), 1);
    silent(rule, &spec(CLUSTER, "", "scale 3", ""));
}

#[test]
fn clients_are_not_bound_to_what_goes() {
    let rule = "sticky-with-scale-in";
    let spec = |settings: &str, route: &str| behind(CLUSTER, &format!("listen http 3000; {settings}"), "", route);
    assert!(one(rule, &spec("scale 2..4", "sticky")).starts_with("note"));
    assert_eq!(of(rule, &spec("scale 2..4; sessions memory", "sticky")).len(), 1);
    silent(rule, &spec("scale 2..4; sessions token", "sticky"));
    silent(rule, &spec("scale 4", "sticky"));
    silent(rule, &spec("scale 2..4", ""));
}

#[test]
fn uploads_come_through() {
    let rule = "upload-exceeds-body-limit";
    let spec = |place: &str, body: &str| behind(place, "listen http 3000 { max_body 10MiB }", body, "");
    silent(rule, &spec(CLUSTER, "body 10MiB"));
    let found = one(rule, &spec(CLUSTER, "body 9MiB"));
    assert!(
        found.starts_with("error: `api` accepts bodies of 10Mi, and `edge` lets 9Mi through"),
        "{found}"
    );
    // What nginx does when nobody says so depends on who writes its configuration.
    assert!(one(rule, &spec(CLUSTER, "")).contains("lets 1Mi through"));
    silent(rule, &spec(SYSTEMD, ""));
    assert_eq!(of(rule, &spec(SYSTEMD, "body 9MiB")).len(), 1);
    silent(rule, &spec(CLUSTER, "class traefik; body 9MiB"));
    silent(rule, &spec("cluster prod { ingress_class \"traefik\" }", ""));
    assert_eq!(
        of(rule, &spec("cluster prod { ingress_class \"nginx-internal\" }", "")).len(),
        1
    );
    // One gateway is enough, and others may send more than comes in from outside.
    let wide = "gateway inner { domain \"b.example\"; body 10MiB; route \"/\" api }";
    silent(rule, &format!("{}{wide}", spec(CLUSTER, "body 1MiB")));
    let caller = "worker w { image \"w:1\"; calls api { timeout 1s } }";
    assert!(one(rule, &format!("{}{caller}", spec(CLUSTER, "body 1MiB"))).starts_with("warning"));
}

#[test]
fn streams_are_sent_on_as_they_come() {
    let rule = "stream-buffered";
    let spec = |place: &str, listen: &str, route: &str| behind(place, &format!("listen {listen}"), "", route);
    assert_eq!(
        of(rule, &spec(CLUSTER, "http 3000 { stream }", "buffering on")).len(),
        1
    );
    assert_eq!(of(rule, &spec(SYSTEMD, "http 3000 { stream }", "buffering")).len(), 1);
    silent(rule, &spec(SYSTEMD, "http 3000 { stream }", ""));
    silent(rule, &spec(SYSTEMD, "http 3000", "buffering on"));
    silent(rule, &spec(CLUSTER, "grpc 3000 { stream }", "buffering on"));
}

#[test]
fn pages_are_asked_for_every_time() {
    let rule = "html-cached";
    let site = |settings: &str| format!("site shop {{ build {{ context \"web\"; output \"dist\" }}; {settings} }}");
    assert_eq!(of(rule, &site("assets \"/assets/\"; index cache")).len(), 1);
    silent(rule, &site("assets \"/assets/\""));
    // Without files that change their names a page is old, but whole.
    silent(rule, &site("index cache"));
    assert!(one(rule, &site("assets \"/\" { immutable 30d }")).contains("immutable for 30d"));
    let files = |path: &str, expires: &str| {
        format!("{SYSTEMD}\ngateway edge {{ domain \"a.example\"; static \"{path}\" \"/srv/www/\" {{ {expires} }} }}")
    };
    assert!(one(rule, &files("/", "expires 7d")).contains("browsers keep the pages of `/srv/www/` for 7d"));
    silent(rule, &files("/", ""));
    silent(rule, &files("/", "expires 0s"));
    silent(rule, &files("/img/", "expires 7d"));
}

/// A queue and its consumer.
fn queue(queue: &str, consumes: &str, settings: &str) -> String {
    format!(
        "queue q {{ {queue} }}\nqueue dead {{ }}\n\
         worker w {{ image \"w:1\"; memory 256Mi; consumes q {{ {consumes} }}; {settings} }}\n"
    )
}

#[test]
fn what_fails_is_put_aside() {
    let rule = "queue-without-dead-letter";
    assert!(one(rule, &queue("", "max_attempts 5", "")).contains("a message of `q` that fails 5 times is gone"));
    let found = one(rule, &queue("", "", ""));
    assert!(
        found.contains("is never put aside") && found.ends_with("and `max_attempts 5` in its consumer"),
        "{found}"
    );
    silent(rule, &queue("dead_letter dead", "", ""));
    // What is put aside needs no further place, and what nobody takes is somebody else's.
    silent(
        rule,
        "queue q { dead_letter dead }\nqueue dead { }\nworker w { image \"w:1\"; consumes dead }",
    );
    silent(rule, "queue q { }\nservice s { image \"s:1\"; publishes q }");
}

#[test]
fn a_message_stays_hidden_while_it_is_worked_on() {
    let rule = "visibility-shorter-than-processing";
    let spec = |engine: &str, consumes: &str| queue(engine, consumes, "load { longest 30001ms }");
    silent(rule, &queue("", "visibility 30s", "load { longest 30s }"));
    let found = one(rule, &spec("", "visibility 30s; idempotent"));
    assert!(
        found.starts_with(
            "error: messages of `q` are delivered again after 30s, and `w` works on one for up to 30001ms"
        ),
        "{found}"
    );
    assert!(found.contains("write `visibility 37s`"), "{found}");
    assert!(one(rule, &spec("engine sqs", "")).contains("delivered again after 30s"));
    silent(rule, &spec("engine rabbitmq 4.1", ""));
    silent(rule, &queue("", "visibility 1s", ""));
}

#[test]
fn queues_have_a_bound_of_some_kind() {
    let rule = "queue-unbounded";
    let spec =
        |settings: &str| format!("cache c {{ }}\nqueue q {{ {settings} }}\nservice s {{ image \"s:1\"; publishes q }}");
    assert!(one(rule, &spec("engine rabbitmq 4.1")).starts_with("note"));
    assert_eq!(of(rule, &spec("on c")).len(), 1);
    silent(rule, &spec("max_depth 10"));
    silent(rule, &spec("engine kafka 4.0"));
    silent(rule, "queue q { }\nworker w { image \"w:1\"; consumes q }");
    silent(rule, &queue("dead_letter dead; max_depth 10", "", ""));
}

#[test]
fn what_comes_twice_may_be_worked_on_twice() {
    let rule = "worker-not-idempotent";
    assert_eq!(of(rule, &queue("", "", "")).len(), 1);
    assert_eq!(of(rule, &queue("", "max_attempts 2", "")).len(), 1);
    silent(rule, &queue("", "max_attempts 1", ""));
    silent(rule, &queue("", "idempotent", ""));
}

fn service(name: &str, settings: &str) -> String {
    format!("service {name} {{ image \"{name}:1\"; scale 2; listen http 3000; {settings} }}\n")
}

#[test]
fn a_promise_is_no_better_than_what_it_needs() {
    let rule = "slo-unreachable";
    let stores =
        "database db { availability 99.9% }\nexternal x { availability 99% }\ncache c { availability 99.9% }\n";
    let spec = |promise: &str, needs: &str| {
        format!(
            "{stores}{}",
            service("api", &format!("slo {{ availability {promise} }}; {needs}"))
        )
    };
    silent(rule, &spec("99.9%", "uses db"));
    assert!(one(rule, &spec("99.91%", "uses db")).contains("cannot do without `db`: 99.9% at most"));
    // 0.999 × 0.999, and once if it is the same.
    assert!(one(rule, &spec("99.9%", "uses db; sessions cache c")).contains("99.8001% at most"));
    silent(rule, &spec("99.9%", "uses db; uses db as other"));
    silent(rule, &spec("99.9%", "uses db; calls x { optional }"));
    silent(rule, &spec("99.9%", "uses db; calls x { kind async }"));
    // One request in ten needs it: a tenth of its outages.
    silent(rule, &spec("99.9%", "calls x { per_request 0.1 }"));
    assert!(one(rule, &spec("99.91%", "calls x { per_request 0.1 }")).contains("99.9% at most"));
    silent(rule, &spec("99.99%", ""));
}

#[test]
fn promises_of_others_are_counted_once() {
    let rule = "slo-unreachable";
    let db = "database db { availability 99.9% }\n";
    // B's promise holds its database: 99.8 of 99.9 are its own doing.
    let through = |promise: &str| {
        let a = service(
            "a",
            &format!("slo {{ availability {promise} }}; uses db; calls b {{ timeout 1s }}"),
        );
        format!("{db}{a}{}", service("b", "slo { availability 99.8% }; uses db"))
    };
    silent(rule, &through("99.8%"));
    assert_eq!(of(rule, &through("99.81%")).len(), 1);
    // C's is in B's already.
    let nested = |promise: &str| {
        let a = service(
            "a",
            &format!("slo {{ availability {promise} }}; calls b {{ timeout 1s }}; calls c {{ timeout 1s }}"),
        );
        let b = service("b", "slo { availability 99.5% }; calls c { timeout 1s }");
        format!("{a}{b}{}", service("c", "slo { availability 99.9% }"))
    };
    silent(rule, &nested("99.5%"));
    assert_eq!(of(rule, &nested("99.51%")).len(), 1);
    // Without promises what is behind counts, in a circle too.
    let circle = |promise: &str| {
        let a = service(
            "a",
            &format!("slo {{ availability {promise} }}; calls b {{ timeout 1s }}"),
        );
        format!("{db}{a}{}", service("b", "calls a { timeout 1s }; uses db"))
    };
    silent(rule, &circle("99.9%"));
    assert_eq!(of(rule, &circle("99.95%")).len(), 1);
    assert!(
        in_environment(
            rule,
            None,
            &service("a", "slo { availability 100% }; calls a { timeout 1s }")
        )
        .is_empty()
    );
}
