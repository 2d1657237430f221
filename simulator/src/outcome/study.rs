//! Many runs of one scenario, and what they say together.

use serde::{Deserialize, Serialize};

use super::{Figures, Place, Story};
use crate::system::Refusal;

/// All runs of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Study {
    /// The scenario's name; of one from the command line, `what-if`.
    pub scenario: String,
    /// Where luck began.
    pub seed: u64,
    /// What the things are called.
    pub names: Names,
    /// What is taken for granted where the spec is silent, and what is not simulated.
    #[serde(default)]
    pub remarks: Vec<Refusal>,
    /// Each run's figures, in the order of runs.
    pub runs: Vec<Figures>,
    /// What was expected, and whether it held.
    pub expectations: Vec<Judged>,
    /// The run that is told: the worst one.
    pub told: Option<Told>,
}

/// A run that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which: a place in [`Study::runs`].
    pub run: usize,
    /// Its story.
    pub story: Story,
    /// The command that shows the same run again.
    pub replay: String,
}

/// What the things of a run are called, in the order of its figures.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Names {
    /// Services and workers.
    pub services: Vec<String>,
    /// For each of those its revisions: `2.1.0`, then those of the scenario.
    pub revisions: Vec<Vec<String>>,
    /// For each of those whom it calls, in the order of its calls.
    pub calls: Vec<Vec<String>>,
    /// Databases, caches and externals.
    pub stores: Vec<String>,
    /// Queues.
    pub queues: Vec<String>,
    /// Nodes and hosts.
    pub nodes: Vec<String>,
    /// Steps of changes of schemas: `full-name.expand`.
    #[serde(default)]
    pub steps: Vec<String>,
}

/// An expectation, and what the runs say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// As it is written: `availability api >= 99.5%`.
    pub text: String,
    /// Where.
    pub place: Option<Place>,
    /// In which part of the runs it must hold, in parts per million.
    pub share: u32,
    /// Whether it held in that many.
    pub held: bool,
    /// In how many runs it held. A run in which there was nothing to measure does not count as one in which it held.
    pub runs_held: u64,
    /// Of how many.
    pub runs: u64,
    /// With 95 % confidence the probability that it holds lies between these, in parts per million (Wilson).
    pub interval: (u32, u32),
    /// What was measured in each run, in the unit of the metric; nothing where there was nothing to measure.
    pub values: Vec<Option<Measurement>>,
    /// The worst of them.
    pub worst: Option<Measurement>,
    /// How far the worst is on the right side of what was asked for; negative: on the wrong side. In the unit of the metric.
    pub margin: Option<i64>,
    /// What was asked for.
    pub bound: Measurement,
}

/// A value with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// Parts per million of a whole.
    Parts(u64),
    /// Microseconds.
    Micros(u64),
    /// So many.
    Count(u64),
}

impl Measurement {
    /// How long something took that did not end in the run: longer than any bound.
    pub const UNFINISHED: Self = Self::Micros(u64::MAX);

    /// The number, whatever its unit; of what did not end in the run there is none.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Micros(u64::MAX) => None,
            Self::Parts(value) | Self::Micros(value) | Self::Count(value) => Some(value),
        }
    }
}
