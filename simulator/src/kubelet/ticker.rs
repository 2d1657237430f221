//! Go's `time.Ticker`: who is late finds one tick waiting, and the others are lost.

use crate::{Span, Tick};

/// Ticks a period apart, the first a period after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticker {
    made: Tick,
    period: u64,
    /// Ticks that had come when it was last taken from.
    taken: u64,
}

impl Ticker {
    pub(super) const fn new(made: Tick, period: Span) -> Self {
        let period = period.micros();
        Self {
            made,
            period: if period == 0 { 1 } else { period },
            taken: 0,
        }
    }

    /// When there is a tick to take: now, or later.
    pub(super) const fn next(&self, now: Tick) -> Tick {
        if self.taken < self.come(now) {
            return now;
        }
        let wait = self.period.saturating_mul(self.taken + 1);
        Tick::at(self.made.micros().saturating_add(wait))
    }

    /// Takes a tick if there is one.
    pub(super) const fn take(&mut self, now: Tick) -> bool {
        let come = self.come(now);
        let is_there = self.taken < come;
        self.taken = come;
        is_there
    }

    const fn come(&self, now: Tick) -> u64 {
        now.since(self.made).micros() / self.period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_every_period_and_waits_once() {
        let mut ticker = Ticker::new(Tick::at(3), Span::from_micros(10));
        assert_eq!(ticker.next(Tick::at(3)), Tick::at(13));
        assert!(!ticker.take(Tick::at(12)));
        assert!(ticker.take(Tick::at(13)));
        assert_eq!(ticker.next(Tick::at(13)), Tick::at(23));
        // Three have come meanwhile; one of them waits.
        assert_eq!(ticker.next(Tick::at(45)), Tick::at(45));
        assert!(ticker.take(Tick::at(45)));
        assert!(!ticker.take(Tick::at(45)));
        assert_eq!(ticker.next(Tick::at(45)), Tick::at(53));
    }
}
