//! How a figure lies over many runs.

use serde::Serialize;

/// A figure of the run that is told, and how it lies over all runs that have it: by nearest rank, so that each is a value of
/// some run. Nothing where no run has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Spread {
    /// In the run that is told.
    pub(super) told: Option<u64>,
    /// 5 of 100 runs have no more.
    pub(super) p5: Option<u64>,
    /// Half of the runs have no more.
    pub(super) median: Option<u64>,
    /// 95 of 100 runs have no more.
    pub(super) p95: Option<u64>,
}

impl Spread {
    /// Of each run's value, of which the one at `told` is told.
    pub(super) fn of(values: impl IntoIterator<Item = Option<u64>>, told: usize) -> Self {
        let values: Vec<Option<u64>> = values.into_iter().collect();
        let mut sorted: Vec<u64> = values.iter().copied().flatten().collect();
        sorted.sort_unstable();
        Self {
            told: values.get(told).copied().flatten(),
            p5: rank(&sorted, 5),
            median: rank(&sorted, 50),
            p95: rank(&sorted, 95),
        }
    }

    /// Its four values, each in these words; `–` where there is none.
    pub(super) fn words(self, words: impl Fn(u64) -> String) -> [String; 4] {
        let show = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), &words);
        [self.told, self.p5, self.median, self.p95].map(show)
    }
}

/// The least value that is not below `percent` of all.
fn rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(values: impl IntoIterator<Item = u64>, told: usize) -> Spread {
        Spread::of(values.into_iter().map(Some), told)
    }

    #[test]
    fn each_is_a_value_of_some_run() {
        let hundred = all(1..=100, 6);
        assert_eq!([hundred.p5, hundred.median, hundred.p95], [Some(5), Some(50), Some(95)]);
        assert_eq!(hundred.told, Some(7));
        let three = all([30, 10, 20], 0);
        assert_eq!(
            [three.told, three.p5, three.median, three.p95].map(Option::unwrap),
            [30, 10, 20, 30]
        );
        let holes = Spread::of([None, Some(4)], 0);
        assert_eq!((holes.told, holes.p5, holes.p95), (None, Some(4), Some(4)));
        assert_eq!(all([], 0).median, None);
    }
}
