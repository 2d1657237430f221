//! What is kept of the runs of a sweep.

use serde::{Deserialize, Serialize};

use super::{Axis, Mode, Shard, Steps};
use crate::outcome::{Figures, Measurement};
use crate::scenario::Scenario;

/// A sweep, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What was asked.
    pub question: Question,
    /// Which part it is; nothing: the whole.
    pub shard: Option<Shard>,
    /// The cells, in their order; those of a part have only some of the runs.
    pub cells: Vec<Cell>,
}

/// What a sweep is about. Parts belong together if theirs are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The scenario's name.
    pub scenario: String,
    /// What a scenario of the command line was asked with: `--kill 'api@60s'`. Empty for one of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Digest of the texts that the spec consists of, and of what was laid over them.
    pub spec_sha256: String,
    /// Where luck begins, the same in every cell.
    pub seed: u64,
    /// How often each cell is run.
    pub runs: u64,
    /// How values are combined.
    pub mode: Mode,
    /// What is varied.
    pub axes: Vec<Axis>,
}

/// One combination of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The value of each axis; nothing where the spec stays as it is.
    pub values: Vec<Option<String>>,
    /// Why it cannot be simulated; empty if it can.
    pub problems: Vec<String>,
    /// What is expected.
    pub expectations: Vec<Asked>,
    /// Databases, caches and externals.
    pub stores: Vec<String>,
    /// A row for each run, in the order of runs.
    pub runs: Vec<Row>,
}

/// An expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// As it is written.
    pub text: String,
    /// In which part of the runs it must hold, in parts per million.
    pub share_ppm: u32,
    /// In what it is measured.
    pub unit: Unit,
}

/// In what something is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Parts per million.
    Ppm,
    /// Microseconds.
    Us,
    /// So many.
    Count,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 0.
    pub run: u64,
    /// Whether it came to rest.
    pub settled: bool,
    /// Requests of clients: all, with a good answer, failed, dropped.
    pub requests: [u64; 4],
    /// Of clients' latencies the percentiles 50, 95 and 99 in microseconds; nothing if nothing succeeded.
    pub latency_us: [Option<u64>; 3],
    /// For each store the most connections at once.
    pub connections: Vec<u64>,
    /// For each store the connections that it refused.
    pub refused: Vec<u64>,
    /// For each expectation what was measured, in its unit; nothing where there was nothing to measure, or it did not end.
    pub measured: Vec<Option<u64>>,
    /// For each expectation whether it held.
    pub held: Vec<bool>,
}

impl Question {
    /// The values of a cell.
    #[must_use]
    pub fn values(&self, steps: &Steps) -> Vec<Option<String>> {
        let steps = self.axes.iter().zip(steps);
        let value = |(axis, step): (&Axis, &Option<usize>)| step.and_then(|step| axis.values.get(step).cloned());
        steps.map(value).collect()
    }
}

impl Cell {
    /// A cell without runs.
    #[must_use]
    pub fn new(values: Vec<Option<String>>, scenario: Result<&Scenario, Vec<String>>) -> Self {
        match scenario {
            Err(problems) => Self {
                values,
                problems,
                expectations: Vec::new(),
                stores: Vec::new(),
                runs: Vec::new(),
            },
            Ok(scenario) => Self {
                values,
                problems: Vec::new(),
                expectations: scenario
                    .expected
                    .iter()
                    .map(|expected| Asked {
                        text: expected.text.clone(),
                        share_ppm: expected.share,
                        unit: unit(expected.unit()),
                    })
                    .collect(),
                stores: scenario.system.names.stores.clone(),
                runs: Vec::new(),
            },
        }
    }
}

impl Row {
    /// What is kept of a run.
    #[must_use]
    pub fn of(scenario: &Scenario, figures: &Figures) -> Self {
        let measured = scenario.expected.iter().map(|expected| expected.measure(figures));
        let measured: Vec<Option<Measurement>> = measured.collect();
        let held = scenario.expected.iter().zip(&measured);
        let held = held.map(|(expected, value)| value.is_some_and(|value| expected.holds(value)));
        let clients = &figures.clients;
        let latency = figures.client_latency;
        Self {
            run: figures.run,
            settled: figures.settled,
            requests: [clients.arrived, clients.succeeded, clients.failed(), clients.dropped()],
            latency_us: [latency.p50, latency.p95, latency.p99].map(|span| span.map(crate::Span::micros)),
            connections: figures.stores.iter().map(|store| store.peak.connections).collect(),
            refused: figures.stores.iter().map(|store| store.refused).collect(),
            held: held.collect(),
            measured: measured
                .into_iter()
                .map(|value| value.and_then(Measurement::number))
                .collect(),
        }
    }

    /// Whether everything that is expected held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held.iter().all(|held| *held)
    }
}

const fn unit(measurement: Measurement) -> Unit {
    match measurement {
        Measurement::Parts(_) => Unit::Ppm,
        Measurement::Micros(_) => Unit::Us,
        Measurement::Count(_) => Unit::Count,
    }
}
