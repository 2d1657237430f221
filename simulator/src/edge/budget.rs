//! Retries are at most a part of all requests: `retry_budget 10%`.

use loadline_compiler::quantity::Ratio;

/// Retries that a caller may make before it has earned any, and that it can save up.
///
/// Source: gRPC, gRFC A6 "Client Retries", Throttling Retry Attempts: a bucket that begins full, `maxTokens` 10 with `tokenRatio`
/// 0.1 in its example. (Finagle's and Linkerd's reserve is 10 each second instead, which at low rates is more than any part of
/// the requests, and what a budget promises would not hold.)
pub const RESERVE: u64 = 10;

/// A token is a million of these.
const TOKEN: u64 = 1_000_000;

/// A bucket of tokens: a first attempt earns a part of one, a retry takes a whole one, and without one there is no retry.
///
/// One for each caller process and edge, as the libraries keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    /// Millionths of a token.
    tokens: u64,
    most: u64,
    earned: u64,
}

impl RetryBudget {
    /// Retries may be this part of first attempts, and [`RESERVE`] more in all.
    #[must_use]
    pub const fn new(part: Ratio) -> Self {
        Self::with_reserve(part, RESERVE)
    }

    /// With another reserve. At no part at all there is none: there are no retries.
    #[must_use]
    pub const fn with_reserve(part: Ratio, reserve: u64) -> Self {
        let earned = part.in_millionths();
        let reserve = if earned == 0 { 0 } else { reserve.saturating_mul(TOKEN) };
        // Room for a whole token however small the reserve is, and for what the next attempt earns beside it.
        let room = TOKEN.saturating_add(earned);
        Self {
            tokens: reserve,
            most: if reserve < room { room } else { reserve },
            earned,
        }
    }

    /// A first attempt is made.
    pub const fn first(&mut self) {
        let tokens = self.tokens.saturating_add(self.earned);
        self.tokens = if tokens < self.most { tokens } else { self.most };
    }

    /// Takes the token of a retry; whether there was one.
    pub const fn retry(&mut self) -> bool {
        match self.tokens.checked_sub(TOKEN) {
            Some(tokens) => {
                self.tokens = tokens;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn granted(budget: &mut RetryBudget, asked: u64) -> u64 {
        (0..asked).map(|_| u64::from(budget.retry())).sum()
    }

    #[test]
    fn the_reserve_is_there_at_once_and_then_a_tenth() {
        let mut budget = RetryBudget::new(Ratio::percent(10));
        assert_eq!(granted(&mut budget, 50), RESERVE);
        let mut retries = 0;
        for _ in 0..1_000 {
            budget.first();
            retries += granted(&mut budget, 3);
        }
        assert_eq!(retries, 100);
    }

    #[test]
    fn what_is_saved_up_has_a_limit() {
        let mut budget = RetryBudget::new(Ratio::percent(20));
        (0..100_000).for_each(|_| budget.first());
        assert_eq!(granted(&mut budget, 1_000), RESERVE);
    }

    #[test]
    fn no_part_is_no_retry() {
        let mut budget = RetryBudget::new(Ratio::percent(0));
        budget.first();
        assert!(!budget.retry());
    }

    #[test]
    fn without_a_reserve_every_tenth_attempt_earns_one() {
        let mut budget = RetryBudget::with_reserve(Ratio::percent(10), 0);
        let granted: Vec<bool> = (0..20)
            .map(|_| {
                budget.first();
                budget.retry()
            })
            .collect();
        let at: Vec<usize> = (0..20).filter(|attempt| granted[*attempt]).collect();
        assert_eq!(at, [9, 19]);
    }

    proptest! {
        /// Never more than part × first attempts + reserve, whatever the order.
        #[test]
        fn retries_are_bounded(part in 0_u64..1_500_000, reserve in 0_u64..20, steps in prop::collection::vec(any::<bool>(), 0..400)) {
            let mut budget = RetryBudget::with_reserve(Ratio::millionths(part), reserve);
            let (mut firsts, mut retries) = (0_u64, 0_u64);
            for is_first in steps {
                if is_first {
                    budget.first();
                    firsts += 1;
                } else {
                    retries += u64::from(budget.retry());
                }
                prop_assert!(retries * TOKEN <= firsts * part + reserve * TOKEN);
            }
        }

        /// A retry that was asked for after every attempt is granted as often as the bound says.
        #[test]
        fn the_bound_is_reached(part in 1_u64..=1_000_000, reserve in 0_u64..20, firsts in 0_u64..400) {
            let mut budget = RetryBudget::with_reserve(Ratio::millionths(part), reserve);
            let mut retries = granted(&mut budget, 100);
            for _ in 0..firsts {
                budget.first();
                retries += granted(&mut budget, 100);
            }
            prop_assert_eq!(retries, reserve + firsts * part / TOKEN);
        }
    }
}
