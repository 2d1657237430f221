//! Go's `time.Ticker`: who is late finds one tick waiting, and the others are lost.

use crate::{Span, Tick};

/// Ticks a period apart, the first a period after it was made. Whoever has it knows the period, and says it: there are three for
/// each instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticker {
    made: Tick,
    /// Ticks that had come when it was last taken from.
    taken: u64,
}

impl Ticker {
    pub(super) const fn new(made: Tick) -> Self {
        Self { made, taken: 0 }
    }

    /// When there is a tick to take: now, or later.
    pub(super) const fn next(&self, now: Tick, period: Span) -> Tick {
        if self.taken < self.come(now, period) {
            return now;
        }
        let wait = length(period).saturating_mul(self.taken + 1);
        Tick::at(self.made.micros().saturating_add(wait))
    }

    /// Takes a tick if there is one.
    pub(super) const fn take(&mut self, now: Tick, period: Span) -> bool {
        let come = self.come(now, period);
        let is_there = self.taken < come;
        self.taken = come;
        is_there
    }

    const fn come(&self, now: Tick, period: Span) -> u64 {
        now.since(self.made).micros() / length(period)
    }
}

/// A period has some length.
const fn length(period: Span) -> u64 {
    let micros = period.micros();
    if micros == 0 { 1 } else { micros }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_every_period_and_waits_once() {
        let mut ticker = Ticker::new(Tick::at(3));
        let period = Span::from_micros(10);
        assert_eq!(ticker.next(Tick::at(3), period), Tick::at(13));
        assert!(!ticker.take(Tick::at(12), period));
        assert!(ticker.take(Tick::at(13), period));
        assert_eq!(ticker.next(Tick::at(13), period), Tick::at(23));
        // Three have come meanwhile; one of them waits.
        assert_eq!(ticker.next(Tick::at(45), period), Tick::at(45));
        assert!(ticker.take(Tick::at(45), period));
        assert!(!ticker.take(Tick::at(45), period));
        assert_eq!(ticker.next(Tick::at(45), period), Tick::at(53));
    }
}
