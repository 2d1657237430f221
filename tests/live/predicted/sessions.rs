//! Which process of a cluster gets a request: that at the other end of the connection which nginx has kept.

use std::time::Duration;

use super::load::{Clients, Load, count};
use super::prediction::Predicted;
use super::stage::Stage;

/// Whoever asks one process and then the other has lost a session.
const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [pm2, nginx] }
host web { process pm2 }
service api {
  runtime   node 22
  run       "server.mjs"
  processes 2
  listen    http <port> { idle_timeout 60s }
  memory    512Mi { heap auto; young 16Mi }
  env       { PORT self.http.port; KEEP "60000" }
  sessions  token
  shutdown  { drain 1s; signals [SIGINT] }
  rollout   reload
  load      { wait 20ms { fixed }; boot 5s; longest 1s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario one-at-a-time   { at 0s { traffic edge { clients 1; think 50ms } }; until 8s }
scenario several-at-once { at 0s { traffic edge { clients 6; think 50ms } }; until 8s }
"#;

/// How many clients, and of 100 requests those that no run knows of: on a machine that is late with everything the connections of
/// several clients come back in any order, and half of their requests meet the other process. Of a single client's, all would if
/// requests went to the processes in turn.
const CASES: [(&str, u32, u64); 2] = [("one-at-a-time", 1, 3), ("several-at-once", 6, 8)];

#[test]
fn a_kept_connection_leads_to_its_process() {
    let Some(mut stage) = Stage::set(SPEC) else { return };
    stage.start_pm2();
    for (experiment, clients, slack) in CASES {
        let clients = Clients {
            count: clients,
            think: Duration::from_millis(50),
            is_fixed: false,
            lasts: Duration::from_secs(8),
        };
        let line = |last: &str| format!("GET /?wait=20&session={}", last.trim_start_matches("new").trim());
        let seen = Load::closed(stage.edge(), clients, line).end();
        let predicted = Predicted::of(&stage.case, experiment, &["api.sessions=memory"]);
        // The first of each client begins one.
        let lost = count(&seen, |seen| seen.body.starts_with("new")) - u64::from(clients.count);
        let all = predicted.requests("arrived").middle;
        let share = 100 * lost / seen.len() as u64;
        predicted.agrees(
            "sessions lost, of 100 requests",
            predicted.cause("session_lost").of_each(100, all),
            share,
            slack,
        );
    }
}
