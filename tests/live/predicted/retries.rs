//! A service that stalls, and one that calls it again and again: how often, and what is done for nobody.

use std::time::Duration;

use super::load::{Load, Luck, Request, count};
use super::prediction::Predicted;
use super::stage::Stage;
use crate::live::http::Connection;

const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [systemd, nginx] }
host web { process systemd }
template node {
  runtime node 22
  run     "server.mjs"
  memory  256Mi { heap auto; young 16Mi }
}
service api {
  extends node
  listen  http <port> { idle_timeout 60s }
  env     PORT self.http.port
  calls   prices { timeout 500ms; retries 2; backoff 100ms..1s; idempotent }
  load    { longest 5s }
}
service prices {
  extends node
  listen  http <called> { idle_timeout 60s }
  env     PORT self.http.port
  load    { cpu 5ms { fixed }; longest 5s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario stalled-service {
  at 0s  { traffic edge 12/s }
  at 3s  { stall prices { for 4s } }
  at 12s { traffic edge 0/s }
  until 16s
}
"#;

#[test]
fn a_service_that_stalls_is_asked_as_often_as_foretold() {
    let Some(stage) = Stage::set(SPEC) else { return };
    let called = stage.port + 2;
    let prices = stage.process(called, &[("KEEP", "60000")]);
    let (port, retries) = (called.to_string(), [("CALL_TIMEOUT", "500"), ("CALL_RETRIES", "2")]);
    let backoff = [("BACKOFF", "100"), ("BACKOFF_MAX", "1000")];
    let others = [("CALLED", port.as_str()), ("KEEP", "60000")];
    let _api = stage.process(stage.port, &[retries, backoff, others].concat());
    let arrivals = Luck(7).arrivals(12, Duration::from_secs(12));
    let line = || "GET /?call=/?busy=5".to_owned();
    let requests = arrivals.into_iter().map(|at| Request { at, line: line() });
    let load = Load::open(stage.edge(), requests.collect());
    load.lasts(Duration::from_secs(3));
    prices.signal("STOP");
    load.lasts(Duration::from_secs(7));
    prices.signal("CONT");
    load.lasts(Duration::from_secs(16));
    let seen = load.end();

    let predicted = Predicted::of(&stage.case, "stalled-service", &[]);
    let once = Predicted::of(&stage.case, "stalled-service", &["api.calls.prices.retries=1"]);
    let failed = count(&seen, |seen| seen.body == "called: timeout");
    assert_eq!(failed + count(&seen, |seen| seen.status == 200), seen.len() as u64);
    predicted.agrees("timed out, all attempts", predicted.cause("timeout"), failed, 3);
    let mut asked = Connection::open(([127, 0, 0, 1], called).into()).unwrap();
    let attempts: u64 = asked.ask("GET /?count", "").unwrap().body.parse().unwrap();
    predicted.agrees("attempts worked on", predicted.attempts("prices"), attempts, 3);
    assert!(
        !once.attempts("prices").allow(attempts, 3),
        "{}",
        once.attempts("prices")
    );
}
