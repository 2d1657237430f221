//! The race of nginx, which uses a kept connection again, with a service that is just closing it.

use std::time::Duration;

use super::distance;
use super::load::{Clients, Load, count};
use super::prediction::Predicted;
use super::stage::Stage;
use crate::harness::root;
use crate::tools::missing;

/// Node 18 closes a connection when it has been idle for as long as it says, a second; nginx has no shorter time to keep it than
/// that. From 20 on, Node waits for a second more.
///
/// A run knows a message to take 250 us: it is lost when it is sent within 500 us before the close is known. The messages of the
/// test take 100 ms, and the times between requests are as many messages before and after the close.
const SPEC: &str = r#"
project platform { as_of "2025-01-01"; targets [systemd, nginx] }
host web { process systemd }
service api {
  runtime node <major>
  run     "server.mjs"
  listen  http <port> { idle_timeout 1s }
  env     PORT self.http.port
  memory  256Mi { heap auto; young 16Mi }
  load    { longest 5s; reads <reads> }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario well-before-the-close   { at 0s { traffic edge { clients 1; think 999250us { fixed } } }; until 1m }
scenario meets-the-close         { at 0s { traffic edge { clients 1; think 999750us { fixed } } }; until 1m }
scenario meets-the-close-reading { at 0s { traffic edge { clients 1; think 999750us { fixed } } }; until 1m }
scenario after-the-close         { at 0s { traffic edge { clients 1; think 1000375us { fixed } } }; until 1m }
scenario nginx-closes-first      { at 0s { traffic edge { clients 1; think 999750us { fixed } } }; until 1m }
"#;

const MESSAGE: Duration = Duration::from_millis(100);

struct Experiment {
    name: &'static str,
    major: u64,
    method: &'static str,
    /// From an answer to the next request.
    think_ms: u64,
}

const EXPERIMENTS: [Experiment; 5] = [
    of("well-before-the-close", 18, "POST", 700),
    of("meets-the-close", 18, "POST", 900),
    of("meets-the-close-reading", 18, "GET", 900),
    of("after-the-close", 18, "POST", 1_150),
    of("nginx-closes-first", 22, "POST", 900),
];

const fn of(name: &'static str, major: u64, method: &'static str, think_ms: u64) -> Experiment {
    Experiment {
        name,
        major,
        method,
        think_ms,
    }
}

#[test]
fn what_meets_the_close_of_its_connection_is_lost() {
    let begun = EXPERIMENTS.map(|experiment| {
        let node = root().join(format!(".tools/node-{}/node", experiment.major));
        if !node.exists() {
            missing("Node.js of other versions");
            return None;
        }
        let reads = if experiment.method == "GET" { "100%" } else { "0%" };
        let major = experiment.major.to_string();
        let stage = Stage::set(&SPEC.replace("<major>", &major).replace("<reads>", reads))?;
        let process = stage.process_of(&node, stage.port + 1, &[("KEEP", "1000")]);
        distance::between(stage.port, stage.port + 1, MESSAGE);
        let line = format!("{} /", experiment.method);
        let client = Clients {
            count: 1,
            think: Duration::from_millis(experiment.think_ms),
            is_fixed: true,
            lasts: Duration::from_secs(12),
        };
        let load = Load::closed(stage.edge(), client, move |_| line.clone());
        Some((experiment, stage, process, load))
    });
    for (experiment, stage, _process, load) in begun.into_iter().flatten() {
        let seen = load.end();
        let failed = count(&seen, |seen| seen.status == 502);
        assert_eq!(failed + count(&seen, |seen| seen.status == 200), seen.len() as u64);
        let predicted = Predicted::of(&stage.case, experiment.name, &[]);
        // Each second one, since the one after finds no connection: the first and the last decide about a part.
        let share = 100 * failed / seen.len() as u64;
        let all = predicted.requests("arrived").middle;
        predicted.agrees(
            "reset, of 100 requests",
            predicted.cause("stale_reset").of_each(100, all),
            share,
            7,
        );
    }
}
