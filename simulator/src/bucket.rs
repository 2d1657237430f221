//! How fast a client may call: tokens that come at a rate, and so many at once.

use crate::Tick;

/// A token bucket that is asked in order of time: who comes when it is empty waits, first come first served.
///
/// Kept as the time at which it will be full again, so that it needs no clock and no fractions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// Microseconds for a token; nothing: never empty.
    each: u64,
    burst: u64,
    full: u64,
}

impl Bucket {
    /// `rate` tokens in `per` microseconds, `burst` at once. Without a rate it is never empty.
    pub(crate) const fn new(rate: u64, per: u64, burst: u64) -> Self {
        let each = match per.checked_div(rate) {
            Some(each) => each,
            None => 0,
        };
        Self { each, burst, full: 0 }
    }

    /// Takes a token; when it is there.
    pub(crate) const fn take(&mut self, now: Tick) -> Tick {
        let at = self.ready(now);
        let full = if self.full < now.micros() {
            now.micros()
        } else {
            self.full
        };
        self.full = full.saturating_add(self.each);
        at
    }

    /// Takes a token if there is one now.
    pub(crate) fn try_take(&mut self, now: Tick) -> bool {
        let there = self.ready(now) == now;
        if there {
            self.take(now);
        }
        there
    }

    /// When a token would be there.
    const fn ready(&self, now: Tick) -> Tick {
        let saved = self.each.saturating_mul(self.burst.saturating_sub(1));
        let at = self.full.saturating_sub(saved);
        Tick::at(if at < now.micros() { now.micros() } else { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_at_once_and_then_twenty_in_a_second() {
        let mut bucket = Bucket::new(20, 1_000_000, 30);
        let grants: Vec<u64> = (0..100).map(|_| bucket.take(Tick::START).micros()).collect();
        assert!(grants.iter().take(30).all(|at| *at == 0));
        assert_eq!(grants[30], 50_000);
        assert_eq!(grants[99], 3_500_000);
        // Two seconds after it was empty there are thirty again, not forty.
        let later = Tick::at(5_500_000);
        let grants: Vec<u64> = (0..31).map(|_| bucket.take(later).since(later).micros()).collect();
        assert!(grants.iter().take(30).all(|wait| *wait == 0));
        assert_eq!(grants[30], 50_000);
    }

    #[test]
    fn what_is_not_there_is_not_taken() {
        let mut bucket = Bucket::new(1, 300_000_000, 2);
        assert!(bucket.try_take(Tick::START));
        assert!(bucket.try_take(Tick::START));
        assert!(!bucket.try_take(Tick::START));
        assert!(bucket.try_take(Tick::at(300_000_000)));
        assert!(!bucket.try_take(Tick::at(300_000_000)));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut bucket = Bucket::new(0, 1_000_000, 30);
        assert!((0..1_000).all(|_| bucket.take(Tick::START) == Tick::START));
    }
}
