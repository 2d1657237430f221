//! Why a request got no good answer, and how many there were of each.

use serde::{Deserialize, Serialize};

/// Why a request got no good answer. Those from [`Cause::BreakerOpen`] on were dropped without trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing listened where it was sent: the instance had stopped accepting, or was gone.
    Refused,
    /// No instance was known that it could be sent to, or nginx had left out all servers.
    NoEndpoint,
    /// The caller waited no longer.
    Timeout,
    /// The instance that worked on it ended.
    Killed,
    /// An idle connection was closed by one side just as the other used it again.
    StaleReset,
    /// No connection of the pool became free within `acquire_timeout`.
    PoolExhausted,
    /// Its pool was closing: its instance had been told to stop, and `release on_signal` is how.
    PoolClosed,
    /// The datastore accepted no further connection.
    StoreRefused,
    /// A datastore or external was away.
    StoreDown,
    /// More than the quota that the owner of an external grants.
    Quota,
    /// The two cannot reach each other.
    Unreachable,
    /// The program answered with an error.
    Error,
    /// Its user was not logged in where it arrived: the session was elsewhere, or had ended.
    SessionLost,
    /// A circuit breaker was open.
    BreakerOpen,
    /// A retry would have gone beyond the retry budget, and the attempt before it had failed.
    BudgetSpent,
    /// The queue in front of the process, or of the broker, was full.
    Shed,
    /// Its deadline had passed before work on it began.
    DeadlinePassed,
}

impl Cause {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// All of them, in their order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Refused,
        Self::NoEndpoint,
        Self::Timeout,
        Self::Killed,
        Self::StaleReset,
        Self::PoolExhausted,
        Self::PoolClosed,
        Self::StoreRefused,
        Self::StoreDown,
        Self::Quota,
        Self::Unreachable,
        Self::Error,
        Self::SessionLost,
        Self::BreakerOpen,
        Self::BudgetSpent,
        Self::Shed,
        Self::DeadlinePassed,
    ];

    /// Whether it was given up without trying.
    #[must_use]
    pub const fn is_drop(self) -> bool {
        matches!(
            self,
            Self::BreakerOpen | Self::BudgetSpent | Self::Shed | Self::DeadlinePassed
        )
    }

    /// In a few words, for a table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::NoEndpoint => "no ready instance",
            Self::Timeout => "timeout",
            Self::Killed => "instance ended",
            Self::StaleReset => "idle connection reset",
            Self::PoolExhausted => "pool exhausted",
            Self::PoolClosed => "pool closing",
            Self::StoreRefused => "datastore full",
            Self::StoreDown => "datastore away",
            Self::Quota => "over quota",
            Self::Unreachable => "unreachable",
            Self::Error => "error answer",
            Self::SessionLost => "session lost",
            Self::BreakerOpen => "breaker open",
            Self::BudgetSpent => "retry budget spent",
            Self::Shed => "shed",
            Self::DeadlinePassed => "deadline passed",
        }
    }
}

/// Requests by what became of them. `arrived = succeeded + failed + dropped + in_flight`, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// All of them.
    pub arrived: u64,
    /// Those with a good answer.
    pub succeeded: u64,
    /// Those without, by [`Cause`].
    pub causes: [u64; Cause::COUNT],
}

impl Tally {
    /// Those that failed after something was tried.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.sum(false)
    }

    /// Those that were given up without trying.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.sum(true)
    }

    /// Those that were not done when the run ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.arrived - self.succeeded - self.failed() - self.dropped()
    }

    /// How many had this cause.
    #[must_use]
    pub fn of(&self, cause: Cause) -> u64 {
        self.causes.get(cause as usize).copied().unwrap_or(0)
    }

    /// Parts per million that succeeded, of those that are done; `None` if none is.
    #[must_use]
    pub fn availability(&self) -> Option<u64> {
        let done = self.succeeded + self.failed() + self.dropped();
        let parts = u128::from(self.succeeded) * 1_000_000;
        parts
            .checked_div(u128::from(done))
            .and_then(|parts| u64::try_from(parts).ok())
    }

    /// Counts the end of one.
    pub fn end(&mut self, outcome: Result<(), Cause>) {
        match outcome {
            Ok(()) => self.succeeded += 1,
            Err(cause) => {
                if let Some(count) = self.causes.get_mut(cause as usize) {
                    *count += 1;
                }
            }
        }
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.arrived += other.arrived;
        self.succeeded += other.succeeded;
        for (mine, theirs) in self.causes.iter_mut().zip(other.causes) {
            *mine += theirs;
        }
    }

    fn sum(&self, drops: bool) -> u64 {
        let counts = Cause::ALL.iter().zip(self.causes);
        counts
            .filter(|(cause, _)| cause.is_drop() == drops)
            .map(|(_, count)| count)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_in_one_place() {
        let mut tally = Tally {
            arrived: 5,
            ..Tally::default()
        };
        tally.end(Ok(()));
        tally.end(Err(Cause::Timeout));
        tally.end(Err(Cause::Shed));
        assert_eq!(
            (tally.succeeded, tally.failed(), tally.dropped(), tally.in_flight()),
            (1, 1, 1, 2)
        );
        assert_eq!(tally.of(Cause::Timeout), 1);
        assert_eq!(tally.availability(), Some(333_333));
        assert_eq!(Tally::default().availability(), None);
    }

    #[test]
    fn causes_stand_in_their_order() {
        for (place, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, place);
        }
    }
}
