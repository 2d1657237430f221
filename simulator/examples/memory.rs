//! What a run keeps in memory: `memory requests N`, all of them in flight at the end; `memory instances N`, in services of a hundred that
//! roll out once. What `scripts/bench-simulator` weighs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of the benchmarks"
)]

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_simulator::engine::{self, Luck};
use loadline_simulator::scenario::Scenario;
use loadline_simulator::{Seed, Tick};

/// One instance that never gets done with what it has begun.
const STUCK: &str = r#"
service station {
  image   "registry.example.com/station:1"
  runtime go
  cpu     8
  listen  http 8080
  load    { cpu 10000d { fixed }; boot 1s }
}
scenario stuck { at 0s { traffic station 1000/s } }
"#;

/// Services of a hundred instances with two pools and three probes each, which roll out together.
fn rolling(services: u64) -> String {
    let mut spec = "cluster prod { nodes 5000; cpu 64; memory 256Gi; version 1.34 }
database db { engine postgres 16; max_connections 1000000 }
cache kept { engine redis 7; max_clients 10000000 }\n"
        .to_owned();
    for service in 0..services {
        spec += &format!(
            "service s{service} {{
  image \"registry.example.com/s:1\"
  listen http 8080; scale 100; cpu 250m; memory 256Mi
  uses db {{ pool 2; hold 2ms }}; uses kept {{ pool 2; hold 1ms }}
  health {{ startup \"/up\" {{ every 2s; within 60s }}; ready \"/up\" {{ every 5s }}; live \"/up\" {{ every 10s }} }}
  rollout rolling {{ surge 25%; unavailable 25% }}
  load {{ boot 5s; cpu 5ms }}
}}\n"
        );
    }
    spec += "scenario rolls {\n";
    for service in 0..services {
        spec += &format!("  at 10s {{ rollout s{service} {{ to 2 }} }}\n");
    }
    spec + "}\n"
}

struct Only(String);

impl Loader for Only {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let is_it = path == "loadline.load";
        is_it.then(|| self.0.clone()).ok_or(ReadError::NotFound)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap();
    let count: u64 = arguments.next().unwrap().parse().unwrap();
    let (spec, end) = match what.as_str() {
        "requests" => (STUCK.to_owned(), Tick::at(count * 1_000)),
        "instances" => (rolling(count.div_ceil(100)), Tick::at(600_000_000)),
        other => panic!("{other}: requests or instances"),
    };
    let sources = Sources::new();
    let mut only = Only(spec);
    let resolution = project::load(&sources, &mut only, "loadline.load")
        .unwrap()
        .resolve(None, &mut only);
    let scenario = resolution.model.scenarios.first().unwrap();
    let mut scenario = Scenario::of(&resolution.model, scenario).unwrap();
    drop(resolution);
    scenario.plan.until_settled = false;
    scenario.plan.end = end;
    let luck = Luck { seed: Seed(1), run: 0 };
    let figures = engine::run(&scenario.system, &scenario.plan, luck).figures;
    let most: u64 = figures.services.iter().map(|service| service.most_live.0.live()).sum();
    println!(
        "{} in flight, {most} instances at once, {} KiB at most",
        figures.clients.in_flight(),
        peak()
    );
}

/// The most memory that this process had: what its parent is told of it includes the parent's own, from before the program was begun.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
