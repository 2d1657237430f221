//! What the runs of a cell say together.

use loadline_compiler::quantity::Ratio;
use serde::Serialize;

use super::{Cell, Row};
use crate::statistics::{Proportion, percentile};

/// What the runs of a cell say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether every expectation held in the part of the runs that it asks for.
    pub passed: bool,
    /// In how many runs all of them held.
    pub all: Share,
    /// In how many runs each of them held.
    pub expectations: Vec<Share>,
    /// Of all requests of clients that were done in all runs, those with a good answer, in parts per million.
    pub availability_ppm: Option<u64>,
    /// Over the runs that have one: the 95th percentile of clients' latencies, in microseconds.
    pub p95_us: Middle,
    /// For each store the most connections at once.
    pub connections: Vec<Middle>,
    /// Runs in which something was still going on at the end.
    pub unsettled: u64,
}

/// How often something was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// In how many runs.
    pub held: u64,
    /// Of how many.
    pub runs: u64,
    /// With 95 % confidence the probability lies between these, in parts per million (Wilson).
    pub interval_ppm: [u64; 2],
}

/// Half of the runs have no more than `median`, none has more than `max`; nothing where no run has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Middle {
    /// By nearest rank: the value of some run.
    pub median: Option<u64>,
    /// The most.
    pub max: Option<u64>,
}

impl Summary {
    /// Of a cell that can be simulated and has runs.
    #[must_use]
    pub fn of(cell: &Cell) -> Option<Self> {
        if cell.runs.is_empty() || !cell.problems.is_empty() {
            return None;
        }
        let runs = &cell.runs;
        let expectations: Vec<Share> = (0..cell.expectations.len())
            .map(|place| Share::of(runs, |row| row.held.get(place).copied().unwrap_or(false)))
            .collect();
        let mut asked = cell.expectations.iter().zip(&expectations);
        let passed = asked.all(|(asked, share)| share.is_at_least(asked.share_ppm));
        let sum = |count: fn(&[u64; 4]) -> u64| runs.iter().map(|row| u128::from(count(&row.requests))).sum::<u128>();
        let good = sum(|[_, succeeded, ..]| *succeeded);
        let done = sum(|[_, succeeded, failed, dropped]| succeeded + failed + dropped);
        let available = (good * 1_000_000).checked_div(done);
        let stores = 0..cell.stores.len();
        Some(Self {
            passed,
            all: Share::of(runs, Row::holds),
            expectations,
            availability_ppm: available.and_then(|parts| u64::try_from(parts).ok()),
            p95_us: Middle::of(runs.iter().filter_map(|row| {
                let [_, p95, _] = row.latency_us;
                p95
            })),
            connections: stores
                .map(|store| Middle::of(runs.iter().filter_map(|row| row.connections.get(store).copied())))
                .collect(),
            unsettled: runs.iter().filter(|row| !row.settled).count() as u64,
        })
    }
}

impl Share {
    fn of(runs: &[Row], so: impl Fn(&Row) -> bool) -> Self {
        let mut proportion = Proportion::default();
        for row in runs {
            proportion.count(so(row));
        }
        let interval = proportion.interval();
        Self {
            held: proportion.so,
            runs: proportion.of,
            interval_ppm: [interval.low.in_millionths(), interval.high.in_millionths()],
        }
    }

    /// In parts per million, rounded down.
    #[must_use]
    pub fn ppm(self) -> u64 {
        let Self { held, runs, .. } = self;
        Proportion { so: held, of: runs }.part().map_or(0, Ratio::in_millionths)
    }

    fn is_at_least(self, share_ppm: u32) -> bool {
        u128::from(self.runs) * u128::from(share_ppm) <= u128::from(self.held) * 1_000_000
    }
}

impl Middle {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        Self {
            median: percentile(&values, Ratio::percent(50)).copied(),
            max: values.last().copied(),
        }
    }
}
