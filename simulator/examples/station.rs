//! M/M/8 through the whole engine: `station ARRIVALS`. What `scripts/bench-simulator` times, beside its peers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    reason = "a tool of the benchmarks"
)]

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_simulator::engine::{self, Luck};
use loadline_simulator::scenario::Scenario;
use loadline_simulator::{Seed, Tick};

/// Eight servers of 100 ms each, four fifths of them busy.
const SPEC: &str = r#"
service station {
  image   "registry.example.com/station:1"
  runtime go
  cpu     8
  listen  http 8080
  load    { cpu 100ms; boot 1s }
}
scenario steady { at 0s { traffic station 64/s } }
"#;

struct Only;

impl Loader for Only {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let is_it = path == "loadline.load";
        is_it.then(|| SPEC.to_owned()).ok_or(ReadError::NotFound)
    }
}

fn main() {
    let arrivals: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap();
    let sources = Sources::new();
    let resolution = project::load(&sources, &mut Only, "loadline.load")
        .unwrap()
        .resolve(None, &mut Only);
    let scenario = resolution.model.scenarios.first().unwrap();
    let mut scenario = Scenario::of(&resolution.model, scenario).unwrap();
    scenario.plan.until_settled = false;
    scenario.plan.end = Tick::at(arrivals * 1_000_000 / 64);
    let luck = Luck { seed: Seed(1), run: 0 };
    let outcome = engine::run(&scenario.system, &scenario.plan, luck);
    let mean = outcome.latencies.first().and_then(|all| all.mean()).unwrap();
    println!(
        "{} served, mean response {:.3} ms",
        outcome.figures.clients.succeeded,
        mean / 1e3
    );
}
