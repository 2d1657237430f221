//! How long a caller waits before it tries again: `backoff FIRST..LONGEST`.

use crate::chance::uniform;
use crate::{Span, Stream};

/// Waits that double from the first to the longest, each spread over everything from none to the whole of it.
///
/// Full jitter: `random(0, min(longest, first × 2^n))`. Source: AWS Architecture Blog, "Exponential Backoff And Jitter"
/// (2015); the same in gRPC (gRFC A6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Backoff {
    first: Span,
    longest: Span,
}

impl Backoff {
    /// It tries again at once.
    pub const NONE: Self = Self {
        first: Span::ZERO,
        longest: Span::ZERO,
    };

    /// From the first wait to the longest.
    #[must_use]
    pub const fn new(first: Span, longest: Span) -> Self {
        Self { first, longest }
    }

    /// How long it waits before a retry; `retry` is 0 for the first. Takes one draw whatever the settings are, so that a
    /// change of them does not shift what follows.
    pub fn wait(self, retry: u32, luck: &mut Stream) -> Span {
        uniform(self.most(retry), luck)
    }

    /// The longest that it can wait before a retry; `retry` is 0 for the first.
    #[must_use]
    pub const fn most(self, retry: u32) -> Span {
        let factor = match 1_u64.checked_shl(retry) {
            Some(factor) => factor,
            None => u64::MAX,
        };
        let doubled = self.first.micros().saturating_mul(factor);
        let longest = self.longest.micros();
        Span::from_micros(if doubled < longest { doubled } else { longest })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Seed;

    const MILLI: u64 = 1_000;

    fn backoff(first: u64, longest: u64) -> Backoff {
        Backoff::new(Span::from_micros(first), Span::from_micros(longest))
    }

    #[test]
    fn doubles_up_to_the_longest() {
        let backoff = backoff(100 * MILLI, 1_000 * MILLI);
        let most: Vec<u64> = (0..6).map(|retry| backoff.most(retry).micros() / MILLI).collect();
        assert_eq!(most, [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(backoff.most(u32::MAX).micros(), 1_000 * MILLI);
        assert_eq!(Backoff::NONE.most(u32::MAX), Span::ZERO);
    }

    #[test]
    fn a_first_wait_beyond_the_longest_is_the_longest() {
        assert_eq!(backoff(500, 100).most(0).micros(), 100);
    }

    #[test]
    fn waits_are_spread_evenly_from_none_to_the_whole() {
        let backoff = backoff(3, 3);
        let mut luck = Seed(7).stream(0, 0, "backoff");
        let mut seen = [0_u32; 4];
        for _ in 0..40_000 {
            seen[usize::try_from(backoff.wait(0, &mut luck).micros()).unwrap()] += 1;
        }
        // 10,000 each; the standard deviation is 87.
        assert!(seen.iter().all(|count| (9_600..10_400).contains(count)), "{seen:?}");
    }

    #[test]
    fn each_wait_takes_one_draw() {
        let draws = |backoff: Backoff| {
            let mut luck = Seed(7).stream(0, 0, "backoff");
            for retry in 0..5 {
                backoff.wait(retry, &mut luck);
            }
            luck.draw()
        };
        assert_eq!(draws(Backoff::NONE), draws(backoff(1_000, 9_000)));
    }

    proptest! {
        #[test]
        fn never_longer_than_the_longest(first: u64, longest: u64, retry in 0_u32..200, seed: u64) {
            let backoff = backoff(first, longest);
            let mut luck = Seed(seed).stream(0, 0, "backoff");
            prop_assert!(backoff.wait(retry, &mut luck) <= backoff.most(retry));
            prop_assert!(backoff.most(retry).micros() <= longest);
            prop_assert!(backoff.most(retry) <= backoff.most(retry + 1));
        }
    }
}
