//! What many runs of a scenario say, and whether what was seen could have been one of them.

use std::fmt;

use serde_json::Value;

use crate::harness::Case;

/// Enough for the 5th and the 95th percentile of the runs, and a second of simulation.
const RUNS: &str = "101";

/// The runs of a scenario.
pub(crate) struct Predicted {
    experiment: &'static str,
    scenario: Value,
}

impl Predicted {
    /// Of the spec with some of its values changed.
    #[track_caller]
    pub(crate) fn of(case: &Case, experiment: &'static str, set: &[&str]) -> Self {
        let mut arguments = vec!["simulate", experiment, "--runs", RUNS, "--format", "json"];
        arguments.extend(set.iter().flat_map(|value| ["--set", value]));
        let run = case.run_with(&arguments, "");
        assert_eq!(run.code, 0, "{}", run.shown());
        let mut document: Value = serde_json::from_str(&run.stdout).unwrap();
        Self {
            experiment,
            scenario: document["scenarios"][0].take(),
        }
    }

    /// Requests of clients: `succeeded`, `failed`.
    pub(crate) fn requests(&self, what: &str) -> Runs {
        Runs::of(&self.scenario["clients"]["requests"][what])
    }

    /// Requests of clients that failed for this reason.
    pub(crate) fn cause(&self, cause: &str) -> Runs {
        of_cause(&self.scenario["clients"]["requests"], cause)
    }

    /// Milliseconds that answers took.
    pub(crate) fn latency(&self, percentile: &str) -> Runs {
        let runs = Runs::of(&self.scenario["clients"]["latency_us"][percentile]);
        Runs {
            low: runs.low / 1_000,
            middle: runs.middle / 1_000,
            high: runs.high.div_ceil(1_000),
        }
    }

    /// Attempts at a service.
    pub(crate) fn attempts(&self, service: &str) -> Runs {
        Runs::of(&self.service(service)["attempts"]["arrived"])
    }

    /// Attempts at a service that failed for this reason.
    pub(crate) fn attempts_failed(&self, service: &str, cause: &str) -> Runs {
        of_cause(&self.service(service)["attempts"], cause)
    }

    /// Of the only store: `peak`, `refused`.
    pub(crate) fn store(&self, what: &str) -> Runs {
        Runs::of(&self.scenario["stores"][0][what])
    }

    fn service(&self, name: &str) -> &Value {
        let services = self.scenario["services"].as_array().unwrap();
        services.iter().find(|service| service["name"] == name).unwrap()
    }

    /// What was seen has to be what was predicted, give or take what no run knows of.
    #[track_caller]
    pub(crate) fn agrees(&self, what: &str, runs: Runs, seen: u64, slack: u64) {
        eprintln!("| {} | {what} | {runs} | {seen} |", self.experiment);
        assert!(runs.allow(seen, slack), "{what}: {runs} predicted, {seen} seen");
    }
}

fn of_cause(requests: &Value, cause: &str) -> Runs {
    let causes = requests["causes"].as_array().unwrap();
    let found = causes.iter().find(|found| found["cause"] == cause);
    found.map_or(Runs::default(), |found| Runs::of(&found["requests"]))
}

/// What a figure was over the runs: the 5th percentile, the median, the 95th.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Runs {
    low: u64,
    pub(crate) middle: u64,
    high: u64,
}

impl Runs {
    #[track_caller]
    fn of(value: &Value) -> Self {
        let number = |name: &str| value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}"));
        Self {
            low: number("p5"),
            middle: number("median"),
            high: number("p95"),
        }
    }

    /// Whether this could have been seen in one of them: twice as far from the median as the 5th and the 95th percentile are, on
    /// the lower side by their ratio. One run of a thousand is further off, if they lie as a normal distribution has it.
    pub(crate) fn allow(self, seen: u64, slack: u64) -> bool {
        let low = (self.low * self.low).checked_div(self.middle).unwrap_or(0);
        let high = 2 * self.high - self.middle;
        (low.saturating_sub(slack)..=high + slack).contains(&seen)
    }

    /// So many for each of so many.
    pub(crate) fn of_each(self, whole: u64, all: u64) -> Self {
        let share = |part: u64| part * whole / all;
        Self {
            low: share(self.low),
            middle: share(self.middle),
            high: share(self.high),
        }
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return self.middle.fmt(f);
        }
        write!(f, "{} ({} to {})", self.middle, self.low, self.high)
    }
}
