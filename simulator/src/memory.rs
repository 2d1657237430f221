//! How the memory of processes grows, until their container is killed for it; and how a new process is slower at first.

use loadline_compiler::quantity::{Bytes, Ratio};

use crate::{Span, Tick};

/// The memory of one process: what it has from its start, and what it loses since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// What it has from the start.
    pub base: Bytes,
    /// Since when it runs. A restart begins anew.
    pub started: Tick,
    /// What it loses.
    pub leak: Option<Leak>,
}

/// Memory that is lost little by little: each time so much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// How much each time.
    pub memory: Bytes,
    /// How often; no time: never.
    pub every: Span,
    /// From when on. What was started later loses from its start.
    pub from: Tick,
}

impl Resident {
    /// How much it has now.
    #[must_use]
    pub fn at(&self, now: Tick) -> Bytes {
        let lost = self.leak.map_or(Bytes::ZERO, |leak| {
            let since = leak.from.max(self.started);
            let times = now.since(since).micros().checked_div(leak.every.micros());
            leak.memory.times(times.unwrap_or_default())
        });
        self.base.plus(lost)
    }

    /// When it first has more than that; `None`: never.
    #[must_use]
    pub fn exceeds(&self, limit: Bytes) -> Option<Tick> {
        if limit < self.base {
            return Some(self.started);
        }
        let leak = self.leak.filter(|leak| leak.every != Span::ZERO)?;
        let times = limit.minus(self.base).get().checked_div(leak.memory.get())? + 1;
        let lasts = times.checked_mul(leak.every.micros())?;
        leak.from.max(self.started).after(Span::from_micros(lasts))
    }
}

/// A new process is slower: its caches are cold, and its code is not compiled yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// How long that lasts.
    pub over: Span,
    /// How much longer work takes at its start: 100 % is twice as long. Falls evenly to nothing.
    pub slower: Ratio,
}

impl WarmUp {
    /// It is as fast as ever from the start.
    pub const NONE: Self = Self {
        over: Span::ZERO,
        slower: Ratio::millionths(0),
    };

    /// How long work takes that would take `work` when it is warm, if it begins at this age.
    #[must_use]
    #[inline]
    pub fn stretched(&self, work: Span, age: Span) -> Span {
        // Nearly always, and the rest takes longer than all else that a request costs a run.
        if self.over <= age {
            return work;
        }
        let left = u128::from(self.over.micros().saturating_sub(age.micros()));
        let slower = u128::from(self.slower.in_millionths()) * left / u128::from(self.over.micros().max(1));
        let more = u128::from(work.micros()).saturating_mul(slower) / 1_000_000;
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        Span::from_micros(work.micros().saturating_add(more))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000;

    fn at(seconds: u64) -> Tick {
        Tick::at(seconds * SECOND)
    }

    fn leaking(base: u64, started: u64, leak: u64, every: u64, from: u64) -> Resident {
        Resident {
            base: Bytes::mib(base),
            started: at(started),
            leak: Some(Leak {
                memory: Bytes::mib(leak),
                every: Span::from_micros(every * SECOND),
                from: at(from),
            }),
        }
    }

    #[test]
    fn grows_in_steps_since_the_later_of_start_and_leak() {
        let process = leaking(100, 10, 5, 2, 60);
        let mib = |seconds| process.at(at(seconds)).in_mib();
        assert_eq!([mib(10), mib(60), mib(61), mib(62), mib(70)], [100, 100, 100, 105, 125]);
        let restarted = Resident {
            started: at(70),
            ..process
        };
        assert_eq!(restarted.at(at(72)).in_mib(), 105);
    }

    #[test]
    fn when_it_reaches_the_limit() {
        let process = leaking(100, 10, 5, 2, 60);
        assert_eq!(process.exceeds(Bytes::mib(99)), Some(at(10)));
        // The limit itself is still fine.
        assert_eq!(process.exceeds(Bytes::mib(100)), Some(at(62)));
        assert_eq!(process.exceeds(Bytes::mib(110)), Some(at(66)));
        assert_eq!(process.exceeds(Bytes::mib(114)), Some(at(66)));
        assert_eq!(leaking(100, 0, 0, 2, 0).exceeds(Bytes::mib(200)), None);
        assert_eq!(leaking(100, 0, 5, 0, 0).exceeds(Bytes::mib(200)), None);
        assert_eq!(Resident { leak: None, ..process }.exceeds(Bytes::mib(200)), None);
    }

    #[test]
    fn a_new_process_is_slower_and_less_and_less_so() {
        let warm_up = WarmUp {
            over: Span::from_micros(10 * SECOND),
            slower: Ratio::percent(100),
        };
        let millis = |age: u64| {
            warm_up
                .stretched(Span::from_micros(100_000), Span::from_micros(age * SECOND))
                .micros()
                / 1_000
        };
        assert_eq!(
            [millis(0), millis(5), millis(9), millis(10), millis(99)],
            [200, 150, 110, 100, 100]
        );
        let none = WarmUp {
            over: Span::ZERO,
            slower: Ratio::percent(100),
        };
        assert_eq!(none.stretched(Span::from_micros(7), Span::ZERO).micros(), 7);
    }

    fn residents() -> impl Strategy<Value = Resident> {
        (0_u64..50, 0_u64..20, 0_u64..4, 0_u64..5, 0_u64..20)
            .prop_map(|(base, started, leak, every, from)| leaking(base, started, leak, every, from))
    }

    proptest! {
        /// At that time it has more, and a moment before it did not.
        #[test]
        fn the_moment_is_exact(process in residents(), limit in 0_u64..120) {
            let limit = Bytes::mib(limit);
            match process.exceeds(limit) {
                Some(when) => {
                    prop_assert!(limit < process.at(when));
                    prop_assert!(when == process.started || process.at(Tick::at(when.micros() - 1)) <= limit);
                }
                None => prop_assert!(process.at(at(1_000_000)) <= limit),
            }
        }
    }
}
