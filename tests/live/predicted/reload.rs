//! A reload by PM2 under load: what is cut off, and how many connections PostgreSQL sees meanwhile.

use std::thread::sleep;
use std::time::Duration;

use super::load::{Load, Luck, Request, Seen, count};
use super::prediction::Predicted;
use super::stage::Stage;
use crate::live::postgres::Postgres;
use crate::live::process::eventually;

/// Two processes; twenty requests a second that change something and take 1.5 s, until those that are cut off are all known.
const SPEC: &str = r#"
project platform { as_of "2025-06-01"; targets [pm2, nginx] }
host web { process pm2 }
service api {
  runtime   node 22
  run       "server.mjs"
  processes 2
  listen    http <port> { idle_timeout 60s }
  memory    512Mi { heap auto; young 16Mi }
  env       { PORT self.http.port; DRAIN "<drain>"; BOOT "4000"; KEEP "60000" }
  shutdown  { drain <drain>ms; signals [SIGINT] }
  rollout   reload
  load      { cpu 1ms; wait 1500ms { fixed }; boot 4s; longest 2s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario drain-too-short {
  at 0s  { traffic edge 20/s }
  at 4s  { rollout api { to 2.0.0 } }
  at 17s { traffic edge 0/s }
  until 20s
}
scenario drain-long-enough {
  at 0s  { traffic edge 20/s }
  at 4s  { rollout api { to 2.0.0 } }
  at 17s { traffic edge 0/s }
  until 20s
}
scenario never-listens {
  at 0s  { traffic edge 20/s }
  at 4s  { rollout api { to 2.0.0; boot never } }
  at 20s { traffic edge 0/s }
  until 23s
}
"#;

struct Experiment {
    name: &'static str,
    drain_ms: u64,
    /// What the new release begins with.
    begins: &'static str,
}

const EXPERIMENTS: [Experiment; 3] = [
    Experiment {
        name: "drain-too-short",
        drain_ms: 500,
        begins: "",
    },
    Experiment {
        name: "drain-long-enough",
        drain_ms: 3_000,
        begins: "",
    },
    Experiment {
        name: "never-listens",
        drain_ms: 3_000,
        begins: "await new Promise((done) => setTimeout(done, 1e6));",
    },
];

#[test]
fn a_reload_costs_what_was_foretold() {
    let begun = EXPERIMENTS.map(|experiment| {
        let mut stage = Stage::set(&SPEC.replace("<drain>", &experiment.drain_ms.to_string()))?;
        Some(std::thread::spawn(move || {
            stage.start_pm2();
            stage.put(experiment.begins);
            let arrivals = Luck(experiment.drain_ms).arrivals(20, Duration::from_secs(60));
            let line = || "POST /?busy=1&wait=1500".to_owned();
            let requests = arrivals.into_iter().map(|at| Request { at, line: line() });
            let load = Load::open(stage.edge(), requests.collect());
            load.lasts(Duration::from_secs(4));
            std::thread::scope(|scope| {
                let reload = scope.spawn(|| stage.reload());
                if !experiment.begins.is_empty() {
                    eventually("nobody listens any more", || (0 < refused(&stage)).then_some(()));
                    // As in the run, where that is so from 17.5 s on.
                    sleep(Duration::from_millis(2_500));
                    load.stop();
                }
                reload.join().unwrap();
            });
            load.stop();
            (experiment, stage, load.end())
        }))
    });
    for thread in begun.into_iter().flatten() {
        let (experiment, stage, seen) = thread.join().unwrap();
        compare(&experiment, &stage, &seen);
    }
}

fn refused(stage: &Stage) -> u64 {
    stage.nginx_said("connect() failed (111")
}

fn compare(experiment: &Experiment, stage: &Stage, seen: &[Seen]) {
    let predicted = Predicted::of(&stage.case, experiment.name, &[]);
    let killed = stage.nginx_said("prematurely closed") + stage.nginx_said("(104");
    let refused = refused(stage);
    predicted.agrees("cut off", predicted.cause("killed"), killed, 2);
    if experiment.name == "drain-too-short" {
        let longer = Predicted::of(&stage.case, experiment.name, &["api.shutdown.drain=3s"]);
        assert!(!longer.cause("killed").allow(killed, 2));
    }
    predicted.agrees("refused", predicted.cause("refused"), refused, 5);
    assert_eq!(count(seen, |seen| seen.status != 200), killed + refused, "{seen:?}");
}

/// Five connections from the start in each process; during a reload there is one process more.
const POOLS: &str = r#"
project platform { as_of "2025-06-01"; targets [pm2, nginx] }
host web { process pm2 }
database db { engine postgres 15; max_connections 18; reserve 3; url "postgres://127.0.0.1/postgres" }
service api {
  runtime   node 22
  run       "server.mjs"
  processes 2
  listen    http <port> { idle_timeout 60s }
  memory    512Mi { heap auto; young 16Mi }
  env       { PORT self.http.port; STORE "<store>"; POOL "5"; ACQUIRE "1000"; DRAIN "1000"; BOOT "2000" }
  uses      db { pool 5; hold 10ms }
  shutdown  { drain 1s; signals [SIGINT] }
  rollout   reload
  load      { boot 2s; longest 1s }
}
gateway edge { domain "platform.example.com"; tls { acme }; route "/" api }

scenario enough-connections { at 4s { rollout api { to 2.0.0 } }; until 20s }
scenario too-few-connections { at 4s { rollout api { to 2.0.0 } }; until 20s }
"#;

#[test]
fn a_reload_takes_the_connections_that_were_foretold() {
    let begun = [("enough-connections", 18), ("too-few-connections", 16)].map(|(experiment, limit)| {
        let postgres_of = crate::harness::Case::new();
        // One more: who watches has a connection, too.
        let postgres = Postgres::start(&postgres_of.path(""), limit + 1, 3)?;
        postgres.ask("postgres", "CREATE ROLE api LOGIN");
        let mut stage = Stage::set(&POOLS.replace("<store>", &postgres.url("api", "postgres")))?;
        Some(std::thread::spawn(move || {
            let watch = postgres.watch_connections("api", &stage.case.path("most.log"));
            stage.start_pm2();
            stage.reload();
            let most = postgres.most_connections(&watch);
            (experiment, limit, stage, most, (postgres, postgres_of))
        }))
    });
    for thread in begun.into_iter().flatten() {
        let (experiment, limit, stage, most, _postgres) = thread.join().unwrap();
        let limit = format!("db.max_connections={limit}");
        let predicted = Predicted::of(&stage.case, experiment, &[&limit]);
        let smaller = Predicted::of(&stage.case, experiment, &[&limit, "api.uses.db.pool=4"]);
        predicted.agrees("most connections", predicted.store("peak"), most, 0);
        let refused = stage.pm2_said().matches("53300").count() as u64;
        predicted.agrees("connections refused (53300)", predicted.store("refused"), refused, 0);
        assert!(!smaller.store("peak").allow(most, 0));
    }
}
