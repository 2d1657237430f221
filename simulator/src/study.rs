//! Many runs of a scenario, put together.
//!
//! Each run is a function of scenario, seed and number, so whoever runs them may do so in any order and on as many threads
//! or machines as there are: what comes of it is the same.

use crate::engine::{self, Luck, Outcome};
use crate::outcome::{Figures, Judged, Study, Told};
use crate::scenario::Scenario;
use crate::{Seed, Tick};

/// One run of a scenario. `watch` learns once a simulated second how far it is.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64, run: u64, watch: &dyn Fn(Tick)) -> Outcome {
    engine::watched(&scenario.system, &scenario.plan, luck(seed, run), watch)
}

/// The same run, told.
#[must_use]
pub fn tell(scenario: &Scenario, seed: u64, run: u64, watch: &dyn Fn(Tick)) -> Outcome {
    let plan = engine::Plan {
        told: true,
        ..scenario.plan.clone()
    };
    engine::watched(&scenario.system, &plan, luck(seed, run), watch)
}

const fn luck(seed: u64, run: u64) -> Luck {
    Luck { seed: Seed(seed), run }
}

/// All runs of a scenario, in their order, put together; the worst of them is told, which is one run more. `replay` says with
/// which command that run is shown again.
#[must_use]
pub fn study(
    scenario: &Scenario,
    seed: u64,
    runs: Vec<Figures>,
    replay: impl Fn(u64) -> String,
    watch: &dyn Fn(Tick),
) -> Study {
    let expectations: Vec<Judged> = scenario.expected.iter().map(|expected| expected.judge(&runs)).collect();
    let told = worst(scenario, &runs).map(|(place, run)| Told {
        run: place,
        story: tell(scenario, seed, run, watch).story.unwrap_or_default(),
        replay: replay(run),
    });
    Study {
        scenario: scenario.name.clone(),
        seed,
        names: scenario.system.names.clone(),
        remarks: scenario.assumptions.clone(),
        runs,
        expectations,
        told,
    }
}

/// The run in which the most expectations failed; of those the one with the fewest good answers, and of those the first.
fn worst(scenario: &Scenario, runs: &[Figures]) -> Option<(usize, u64)> {
    let key = |figures: &Figures| {
        let failed = scenario.expected.iter().filter(|expected| {
            let value = expected.measure(figures);
            value.is_none_or(|value| !expected.holds(value))
        });
        let good = figures.clients.availability().unwrap_or(u64::MAX);
        (std::cmp::Reverse(failed.count()), good)
    };
    let worst = runs
        .iter()
        .enumerate()
        .min_by_key(|(place, figures)| (key(figures), *place));
    worst.map(|(place, figures)| (place, figures.run))
}
