//! Overload that sustains itself: a stall of ten seconds, and what is left of a service five minutes later.
//!
//! Ten servers of 100 ms, clients that wait a second and try again at once, and work that goes on for who has left. After
//! N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021; the published figures are those of Loadline's
//! table of golden values, goodput over the 100 s that begin at 300 s.

use loadline_compiler::quantity::Ratio;
use loadline_simulator::Span;
use loadline_simulator::edge::Backoff;
use loadline_simulator::engine::Outcome;
use loadline_simulator::system::Discipline;

use crate::full;
use crate::lab::Lab;
use crate::oracle::hidden_capacity;

/// What is done against it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cure {
    Nothing,
    Budget,
    Bound,
    Lifo,
    Backoff,
    DropExpired,
}

impl Cure {
    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "–",
            Self::Budget => "retry budget 10 %",
            Self::Bound => "at most 50 wait",
            Self::Lifo => "last come, first served",
            Self::Backoff => "backoff from 1 s, full jitter",
            Self::DropExpired => "what has expired is dropped",
        }
    }
}

/// Arrivals in a second, retries, what is done, and the published goodput: from, to.
type Published = (u32, u32, Cure, (f64, f64));

/// A single published figure stands for itself; both ends are widened by 5 %. None at all is at most 0.5 in a second, and 5
/// where the load is only just too little to recover from.
const fn published() -> [Published; 15] {
    const NONE: (f64, f64) = (0.0, 0.5 / 1.05);
    [
        (30, 2, Cure::Nothing, (28.9, 31.3)),
        (33, 2, Cure::Nothing, (0.0, 5.0 / 1.05)),
        (40, 2, Cure::Nothing, NONE),
        (50, 2, Cure::Nothing, NONE),
        (70, 2, Cure::Nothing, NONE),
        (90, 2, Cure::Nothing, NONE),
        (45, 1, Cure::Nothing, (44.70, 44.70)),
        (55, 1, Cure::Nothing, NONE),
        (70, 0, Cure::Nothing, (70.07, 70.07)),
        (90, 0, Cure::Nothing, (90.11, 90.11)),
        (70, 2, Cure::Budget, (70.05, 70.05)),
        (70, 2, Cure::Bound, (70.06, 70.06)),
        (70, 2, Cure::Lifo, (70.05, 70.05)),
        (70, 2, Cure::Backoff, NONE),
        (70, 2, Cure::DropExpired, (8.7, 10.2)),
    ]
}

/// What is published, as text.
fn goal(least: f64, most: f64) -> String {
    if least == most {
        format!("{least}")
    } else if least == 0.0 {
        "0".to_owned()
    } else {
        format!("{least} to {most}")
    }
}

const fn second(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

fn lab(arrivals: u32, retries: u32, cure: Cure) -> Lab {
    let mut lab = Lab::of(&format!(
        r#"
        service station {{
          image   "registry.example.com/station:1"
          runtime go
          cpu     10
          listen  http 8080
          load    {{ cpu 100ms; boot 1s }}
        }}
        scenario stall {{
          at 0s  {{ traffic station {arrivals}/s }}
          at 60s {{ stall station {{ for 10s }} }}
          until 400s
        }}
        "#
    ));
    lab.plan.told = true;
    let clients = &mut lab.system.edges[0];
    clients.timeout = Some(second(1));
    clients.retries = retries;
    let station = &mut lab.system.services[0];
    match cure {
        Cure::Nothing => {}
        Cure::Budget => clients.budget = Some(Ratio::percent(10)),
        Cure::Bound => station.queue_limit = Some(50),
        Cure::Lifo => station.discipline = Discipline::Lifo,
        Cure::Backoff => clients.backoff = Backoff::new(second(1), second(60)),
        Cure::DropExpired => station.drop_expired = true,
    }
    lab
}

/// Requests that were answered in time in each of the last 100 seconds, on average.
fn late_goodput(run: &Outcome) -> f64 {
    let line = &run.story.as_ref().unwrap().timeline.clients;
    f64::from(line.succeeded[300..400].iter().sum::<u32>()) / 100.0
}

#[test]
fn overload_sustains_itself_where_it_is_known_to() {
    println!("table metastable");
    println!("| arrivals | retries | against it | published goodput | simulated |");
    println!("|---|---|---|---|---|");
    let runs = if full() { 10 } else { 2 };
    let mut wrong = Vec::new();
    for (arrivals, retries, cure, (least, most)) in published() {
        let outcomes = lab(arrivals, retries, cure).runs(runs);
        let goodput: Vec<f64> = outcomes.iter().map(late_goodput).collect();
        let (low, high) = (
            goodput.iter().copied().fold(f64::INFINITY, f64::min),
            goodput.iter().copied().fold(0.0, f64::max),
        );
        println!(
            "| {arrivals}/s | {retries} | {} | {} | {low:.1} to {high:.1} |",
            cure.words(),
            goal(least, most),
        );
        let outside = |goodput: &&f64| **goodput < least * 0.95 || most * 1.05 < **goodput;
        // At 33/s what is left over to recover with is 1/s, and its fluctuations are as large: one run in six does.
        let lucky = if arrivals == 33 { runs / 5 } else { 0 };
        if (lucky as usize) < goodput.iter().filter(outside).count() {
            wrong.push(format!(
                "{arrivals}/s, {retries} retries, {cure:?}: {low:.2} to {high:.2}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table is about the stall, not about the load: without it every row is well.
#[test]
fn without_a_stall_nothing_is_lost() {
    let mut lab = lab(70, 2, Cure::Nothing);
    lab.plan.happenings.clear();
    let goodput = late_goodput(&lab.run(0));
    assert!((goodput - 70.0).abs() < 3.5, "{goodput}");
    // And the threshold is where theory has it: between the rows that recover and those that do not.
    let threshold = hidden_capacity(100.0, 2);
    assert!(30.0 < threshold && threshold < 40.0);
}
