//! Percentiles of lists.

use loadline_compiler::quantity::Ratio;

/// The percentile of values in ascending order, by nearest rank: the least value that at least such a part of them does not
/// exceed. It is one of the values, never one between two. `None` if there are none.
#[must_use]
pub fn percentile<T>(ascending: &[T], part: Ratio) -> Option<&T> {
    let count = u64::try_from(ascending.len()).ok()?;
    let place = usize::try_from(rank(count, part).saturating_sub(1)).ok()?;
    ascending.get(place)
}

/// Which of `count` values in ascending order the percentile is, from 1; 0 if there are none.
pub(super) const fn rank(count: u64, part: Ratio) -> u64 {
    let rank = part.ceil_of(count);
    if count < rank {
        count
    } else if rank == 0 && 0 < count {
        1
    } else {
        rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_nearest_rank() {
        let values = [15, 20, 35, 40, 50];
        let at = |percent| percentile(&values, Ratio::percent(percent)).copied();
        assert_eq!(
            [0, 5, 20, 21, 30, 40, 50, 95, 100, 200].map(at),
            [15, 15, 15, 20, 20, 20, 35, 50, 50, 50].map(Some)
        );
        assert_eq!(percentile::<u8>(&[], Ratio::percent(50)), None);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, Ratio::percent(95)), Some(&95));
    }
}
