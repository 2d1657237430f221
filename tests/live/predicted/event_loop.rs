//! How long answers of a Node process take.

use std::time::Duration;

use super::load::{Load, Luck, Request, percentile};
use super::prediction::Predicted;
use super::stage::Stage;

/// A request occupies the event loop for 50 ms, and waits for as long beside it.
const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [systemd, nginx] }
host web { process systemd }
service api {
  runtime node 22
  run     "server.mjs"
  listen  http <port> { idle_timeout 60s }
  env     PORT self.http.port
  memory  256Mi { heap auto; young 16Mi }
  load    { cpu 50ms; wait 50ms; longest 5s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario half-busy { at 0s { traffic edge 10/s }; until 24s }
scenario three-quarters-busy { at 0s { traffic edge 15/s }; until 24s }
"#;

const LASTS: Duration = Duration::from_secs(24);

/// What a request costs beside its own time: nginx, connections, a machine that does other things. No run knows of it.
const SLACK_MS: u64 = 20;

#[test]
fn latency_is_what_an_event_loop_makes_of_it() {
    let cases = [("half-busy", 10), ("three-quarters-busy", 15)];
    let begun = cases.map(|(experiment, rate)| {
        let stage = Stage::set(SPEC)?;
        let process = stage.process(stage.port, &[("KEEP", "60000")]);
        // Arrivals as they mostly are: with these an exact queue is close to the median of the runs.
        let mut luck = Luck(9);
        let requests = luck.arrivals(rate, LASTS).into_iter().map(|at| Request {
            at,
            line: format!(
                "GET /?busy={}&wait={}",
                luck.exponential(Duration::from_millis(50)).as_secs_f64() * 1e3,
                luck.exponential(Duration::from_millis(50)).as_secs_f64() * 1e3,
            ),
        });
        let load = Load::open(stage.edge(), requests.collect());
        Some((experiment, stage, process, load))
    });
    for (experiment, stage, _process, load) in begun.into_iter().flatten() {
        let seen = load.end();
        let predicted = Predicted::of(&stage.case, experiment, &[]);
        let twice = Predicted::of(&stage.case, experiment, &["api.load.cpu=100ms"]);
        let figures = [("p50", 50), ("p95", 95)].map(|(name, percent)| (name, percentile(&seen, percent)));
        for (name, seen) in figures {
            predicted.agrees(&format!("{name}, ms"), predicted.latency(name), seen, SLACK_MS);
        }
        let is_twice = |(name, seen): &(&str, u64)| twice.latency(name).allow(*seen, SLACK_MS);
        assert!(
            !figures.iter().all(is_twice),
            "twice as long would be seen as well: {figures:?}"
        );
    }
}
