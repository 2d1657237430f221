//! A pool that is too small: what gets through, who gives up, and how many connections PostgreSQL sees.

use std::time::Duration;

use super::load::{Load, Luck, Request, count, percentile};
use super::prediction::Predicted;
use super::stage::Stage;
use crate::live::postgres::Postgres;

/// Two connections, each held for 200 ms: ten requests in a second, of fifteen.
const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [systemd, nginx] }
host web { process systemd }
database db { engine postgres 15; max_connections 20; reserve 3; url "postgres://127.0.0.1/postgres" }
service api {
  runtime node 22
  run     "server.mjs"
  listen  http <port> { idle_timeout 60s }
  env     PORT self.http.port
  memory  256Mi { heap auto; young 16Mi }
  uses    db { pool 2; acquire_timeout 500ms; hold 200ms { fixed } }
  load    { longest 5s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario too-small-a-pool {
  at 0s  { traffic edge 15/s }
  at 15s { traffic edge 0/s }
  until 18s
}
"#;

#[test]
fn a_pool_lets_through_what_it_can() {
    let Some(stage) = Stage::set(SPEC) else { return };
    let Some(postgres) = Postgres::start(&stage.case.path(""), 20, 3) else {
        return;
    };
    postgres.ask("postgres", "CREATE ROLE api LOGIN");
    let watch = postgres.watch_connections("api", &stage.case.path("most.log"));
    let store = postgres.url("api", "postgres");
    let environment = [
        ("STORE", store.as_str()),
        ("POOL", "2"),
        ("ACQUIRE", "500"),
        ("KEEP", "60000"),
    ];
    let _process = stage.process(stage.port, &environment);
    let requests = Luck(3).arrivals(15, Duration::from_secs(15));
    let line = || "GET /?hold=200".to_owned();
    let requests = requests.into_iter().map(|at| Request { at, line: line() });
    let seen = Load::open(stage.edge(), requests.collect()).end();

    let predicted = Predicted::of(&stage.case, "too-small-a-pool", &[]);
    let larger = Predicted::of(&stage.case, "too-small-a-pool", &["api.uses.db.pool=3"]);
    let good = count(&seen, |seen| seen.status == 200);
    predicted.agrees("answered", predicted.requests("succeeded"), good, 3);
    assert!(!larger.requests("succeeded").allow(good, 3));
    let given_up = count(&seen, |seen| {
        seen.body.contains("timeout exceeded when trying to connect")
    });
    predicted.agrees(
        "without a connection in time",
        predicted.cause("pool_exhausted"),
        given_up,
        3,
    );
    assert!(!larger.cause("pool_exhausted").allow(given_up, 3));
    assert_eq!(good + given_up, seen.len() as u64, "{seen:?}");
    predicted.agrees("p50, ms", predicted.latency("p50"), percentile(&seen, 50), 30);
    let most = postgres.most_connections(&watch);
    predicted.agrees("most connections", predicted.store("peak"), most, 0);
}
