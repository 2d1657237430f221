//! Servers behind nginx that are gone: how often they are asked, and what clients get meanwhile.

use std::time::Duration;

use super::load::{Clients, Load, count};
use super::prediction::Predicted;
use super::stage::Stage;

/// Five clients, ten requests a second each. Whoever is killed at 3 s is there again at 11 s: 5 s of `RestartSec`, 3 s of boot.
const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [systemd, nginx] }
host web { process systemd }
service api {
  runtime node 22
  run     "server.mjs"
  scale   2
  listen  http <port> { idle_timeout 60s }
  env     PORT self.http.port
  memory  256Mi { heap auto; young 16Mi }
  load    { cpu 1ms; boot 3s; longest 5s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario one-server-gone {
  at 0s { traffic edge { clients 5; think 100ms { fixed } } }
  at 3s { kill api }
  until 18s
}
scenario all-servers-gone {
  at 0s { traffic edge { clients 5; think 100ms { fixed } } }
  at 3s { kill api { count 2 } }
  until 18s
}
"#;

#[test]
fn nginx_leaves_out_what_fails() {
    let begun = [("one-server-gone", 1), ("all-servers-gone", 2)].map(|(experiment, gone)| {
        let stage = Stage::set(SPEC)?;
        let processes = (0..2).map(|number| stage.process(stage.port + number, &[("KEEP", "60000")]));
        let mut processes: Vec<_> = processes.collect();
        let clients = Clients {
            count: 5,
            think: Duration::from_millis(100),
            is_fixed: true,
            lasts: Duration::from_secs(18),
        };
        let load = Load::closed(stage.edge(), clients, |_| "POST /".to_owned());
        Some(std::thread::spawn(move || {
            load.lasts(Duration::from_secs(3));
            processes.truncate(2 - gone);
            load.lasts(Duration::from_secs(8));
            let environment = [("KEEP", "60000"), ("BOOT", "3000")];
            let again = (0..gone).map(|number| stage.process(stage.port + 1 - number as u16, &environment));
            let again: Vec<_> = again.collect();
            let seen = load.end();
            drop(again);
            (experiment, stage, seen)
        }))
    });
    for thread in begun.into_iter().flatten() {
        let (experiment, stage, seen) = thread.join().unwrap();
        let predicted = Predicted::of(&stage.case, experiment, &[]);
        let other = Predicted::of(&stage.case, other(experiment), &[]);
        // nginx counts in whole seconds, which begin anywhere, and so do the seconds in which it looks again.
        let refused = stage.nginx_said("connect() failed (111");
        predicted.agrees("tries refused", predicted.attempts_failed("api", "refused"), refused, 1);
        assert!(!other.attempts_failed("api", "refused").allow(refused, 1));
        let failed = count(&seen, |seen| seen.status == 502);
        let all_out = stage.nginx_said("no live upstreams");
        predicted.agrees("502, refused", predicted.cause("refused"), failed - all_out, 1);
        let (all, share) = (predicted.requests("arrived").middle, 100 * all_out / seen.len() as u64);
        let all_left_out = predicted.cause("no_endpoint").of_each(100, all);
        predicted.agrees("502 at once, all left out, of 100 requests", all_left_out, share, 12);
        assert_eq!(failed + count(&seen, |seen| seen.status == 200), seen.len() as u64);
    }
}

fn other(experiment: &str) -> &'static str {
    if experiment == "one-server-gone" {
        "all-servers-gone"
    } else {
        "one-server-gone"
    }
}
