//! Stations that call each other, against Jackson's theorem.

use crate::lab::{Estimate, Lab};
use crate::oracle::{Mmc, end_to_end, flows};
use crate::stations::RUNS;
use crate::{Row, full};

fn service(name: &str, servers: u32, cpu: &str, calls: &str) -> String {
    format!(
        r#"
        service {name} {{
          image   "registry.example.com/{name}:1"
          runtime go
          cpu     {servers}
          listen  http 8080
          load    {{ cpu {cpu}; boot 1s }}
          {calls}
        }}
        "#
    )
}

fn row(station: &str, spec: &str, arrivals: u32, seconds: u32, truth: f64) -> Row {
    let scenario = format!(
        "scenario steady {{ at 0s {{ traffic web {arrivals}/s }}; at {seconds}s {{ traffic web 0/s }}; until {}s }}",
        seconds + 300
    );
    let lab = Lab::of(&format!("{spec}{scenario}")).warmed_up(f64::from(seconds) * 0.15);
    let runs = lab.runs(RUNS);
    Row {
        station: station.to_owned(),
        what: "mean response, s",
        truth,
        found: Estimate::of(runs.iter().map(|run| run.latencies[0].mean().unwrap() / 1e6)),
        blur: if full() { 0.005 } else { 0.03 },
    }
}

pub fn table() -> Vec<Row> {
    let station = |arrivals, service, servers| Mmc {
        arrivals,
        service,
        servers,
    };
    let tandem = service("web", 1, "100ms", "calls db") + &service("db", 2, "200ms", "");
    let in_a_row = [station(6.0, 10.0, 1), station(6.0, 5.0, 2)];

    // Three of four visits to web lead to the database, whose answer is a further visit to web.
    let feedback =
        service("web", 4, "33333us", "calls db { per_request 0.75 }") + &service("db", 8, "83333us", "calls web");
    let flows = flows(&[20.0, 0.0], &[&[0.0, 0.75], &[1.0, 0.0]]);
    let round = [station(flows[0], 30.0, 4), station(flows[1], 12.0, 8)];
    vec![
        row(
            "tandem M/M/1 → M/M/2",
            &tandem,
            6,
            if full() { 24_000 } else { 600 },
            end_to_end(&[6.0, 0.0], &in_a_row),
        ),
        row(
            "feedback M/M/4 ⇄ M/M/8",
            &feedback,
            20,
            if full() { 3_000 } else { 150 },
            end_to_end(&[20.0, 0.0], &round),
        ),
    ]
}

#[test]
fn networks_are_what_theory_says() {
    crate::print_and_judge("networks", &table());
}
