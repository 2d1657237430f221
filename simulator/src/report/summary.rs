//! What all formats show: each figure of the run that is told, and how it lies over all runs.

mod expectations;
mod rollouts;
mod steps;
mod things;

use loadline_compiler::diagnostic::counted;
use serde::Serialize;

use super::Report;
use super::spread::Spread;
use crate::Span;
use crate::outcome::{Cause, Figures, Percentiles, Tally};

pub(super) use expectations::{Expectation, Where};
pub(super) use rollouts::{Rollout, end_words};
pub(super) use steps::{Step, step_end};
pub(super) use things::{Node, Queue, Service, Store};

/// A study's figures, by the names of what they are about.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) passed: bool,
    pub(super) runs: usize,
    /// Runs that were still busy at the horizon.
    pub(super) unsettled: u64,
    pub(super) expectations: Vec<Expectation>,
    pub(super) clients: Clients,
    pub(super) services: Vec<Service>,
    pub(super) stores: Vec<Store>,
    pub(super) queues: Vec<Queue>,
    pub(super) nodes: Vec<Node>,
    pub(super) rollouts: Vec<Rollout>,
    pub(super) steps: Vec<Step>,
}

/// Requests from outside.
#[derive(Serialize)]
pub(super) struct Clients {
    pub(super) requests: Requests,
    pub(super) latency_us: Latency,
}

/// What became of requests.
#[derive(Serialize)]
pub(super) struct Requests {
    pub(super) arrived: Spread,
    pub(super) succeeded: Spread,
    pub(super) failed: Spread,
    pub(super) dropped: Spread,
    pub(super) in_flight: Spread,
    pub(super) availability_ppm: Spread,
    /// Causes that came in some run.
    pub(super) causes: Vec<Count>,
}

/// Requests without a good answer, for one reason.
#[derive(Serialize)]
pub(super) struct Count {
    pub(super) cause: Cause,
    pub(super) dropped: bool,
    #[serde(skip)]
    pub(super) words: &'static str,
    pub(super) requests: Spread,
}

#[derive(Serialize)]
pub(super) struct Latency {
    pub(super) p50: Spread,
    pub(super) p95: Spread,
    pub(super) p99: Spread,
    pub(super) max: Spread,
}

/// All runs, of which one is told.
#[derive(Clone, Copy)]
pub(super) struct Over<'s> {
    pub(super) runs: &'s [Figures],
    pub(super) told: usize,
}

impl Summary {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let study = report.study;
        let over = Over {
            runs: &study.runs,
            told: report.told_index(),
        };
        let names = &study.names;
        let indexed = |names: &[String]| names.iter().cloned().enumerate().collect::<Vec<_>>();
        Self {
            passed: report.passes(),
            runs: study.runs.len(),
            unsettled: report.unsettled(),
            expectations: study
                .expectations
                .iter()
                .map(|own| Expectation::of(report, own))
                .collect(),
            clients: Clients {
                requests: Requests::of(over, |run| Some(&run.clients)),
                latency_us: Latency::of(over, |run| Some(&run.client_latency)),
            },
            services: indexed(&names.services)
                .into_iter()
                .map(|(at, name)| Service::of(over, at, name))
                .collect(),
            stores: indexed(&names.stores)
                .into_iter()
                .map(|(at, name)| Store::of(over, at, name, names))
                .collect(),
            queues: indexed(&names.queues)
                .into_iter()
                .map(|(at, name)| Queue::of(over, at, name))
                .collect(),
            nodes: indexed(&names.nodes)
                .into_iter()
                .map(|(at, name)| Node::of(over, at, name))
                .collect(),
            rollouts: rollouts::all(report, over),
            steps: steps::all(over, names),
        }
    }
}

impl<'s> Over<'s> {
    pub(super) fn spread(self, value: impl Fn(&'s Figures) -> Option<u64>) -> Spread {
        Spread::of(self.runs.iter().map(value), self.told)
    }

    pub(super) fn told(self) -> Option<&'s Figures> {
        self.runs.get(self.told)
    }
}

impl Requests {
    fn of<'s>(over: Over<'s>, tally: impl Fn(&'s Figures) -> Option<&'s Tally>) -> Self {
        let spread = |value: &dyn Fn(&Tally) -> Option<u64>| over.spread(|run| tally(run).and_then(value));
        let came = |cause: &Cause| over.runs.iter().filter_map(&tally).any(|tally| tally.of(*cause) != 0);
        let causes = Cause::ALL.into_iter().filter(came).map(|cause| Count {
            cause,
            dropped: cause.is_drop(),
            words: cause.words(),
            requests: spread(&|tally| Some(tally.of(cause))),
        });
        Self {
            arrived: spread(&|tally| Some(tally.arrived)),
            succeeded: spread(&|tally| Some(tally.succeeded)),
            failed: spread(&|tally| Some(tally.failed())),
            dropped: spread(&|tally| Some(tally.dropped())),
            in_flight: spread(&|tally| Some(tally.in_flight())),
            availability_ppm: spread(&Tally::availability),
            causes: causes.collect(),
        }
    }
}

impl Latency {
    fn of<'s>(over: Over<'s>, own: impl Fn(&'s Figures) -> Option<&'s Percentiles>) -> Self {
        let spread = |value: &dyn Fn(&Percentiles) -> Option<Span>| {
            over.spread(|run| own(run).and_then(value).map(Span::micros))
        };
        Self {
            p50: spread(&|own| own.p50),
            p95: spread(&|own| own.p95),
            p99: spread(&|own| own.p99),
            max: spread(&|own| own.max),
        }
    }
}

/// So many in a length of time, as thousandths a second.
fn a_second(count: u64, time_us: u64) -> Option<u64> {
    let thousandths = u128::from(count) * 1_000_000_000;
    let rate = thousandths.checked_div(u128::from(time_us))?;
    u64::try_from(rate).ok()
}

/// `2 of 3 expectations hold, in 200 runs with seed 7`
pub(super) fn verdict(report: &Report<'_>, summary: &Summary) -> String {
    let all = summary.expectations.len();
    let held = summary
        .expectations
        .iter()
        .filter(|expectation| expectation.held)
        .count();
    let held = match (held, all) {
        (_, 0) => "nothing was expected".to_owned(),
        (1, 1) => "the expectation holds".to_owned(),
        (0, 1) => "the expectation does not hold".to_owned(),
        (held, all) if held == all => format!("all {all} expectations hold"),
        (held, all) => format!("{held} of {all} expectations hold"),
    };
    let runs = counted(summary.runs as u64, "run");
    format!("{held}, in {runs} with seed {}", report.study.seed)
}
