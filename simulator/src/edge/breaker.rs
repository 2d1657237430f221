//! A circuit breaker: a caller that stops calling what fails, and looks from time to time whether it is back.

use loadline_compiler::quantity::Ratio;

use super::window::{Counts, Window};
use crate::{Span, Tick};

/// When it opens, for how long, and what closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// It opens when at least this part of the calls fails.
    pub threshold: Ratio,
    /// Over how long the part is measured.
    pub over: Span,
    /// Calls in that time without which nothing is concluded.
    pub calls_min: u64,
    /// How long it stays open.
    pub open_for: Span,
    /// Calls that are let through then, to decide.
    pub probes: u64,
}

impl Settings {
    /// `breaker THRESHOLD { over … }`, and the rest as Hystrix has it, whose window is 10 s, too: 20 calls
    /// (`circuitBreaker.requestVolumeThreshold`), 5 s (`circuitBreaker.sleepWindowInMilliseconds`; `BreakDuration` of Polly 8 is
    /// the same), one probe (Polly and opossum likewise).
    #[must_use]
    pub const fn new(threshold: Ratio, over: Span) -> Self {
        Self {
            threshold,
            over,
            calls_min: 20,
            open_for: Span::from_micros(5_000_000),
            probes: 1,
        }
    }

    /// The same part. Failures there must be: what never fails never opens it, whatever the threshold.
    const fn is_reached(&self, counts: Counts) -> bool {
        let failed = counts.failed.saturating_mul(1_000_000);
        0 < counts.failed && self.threshold.in_millionths().saturating_mul(counts.calls) <= failed
    }
}

/// What it does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It lets it through.
    Closed,
    /// It refuses it.
    Open,
    /// It lets so many through, and refuses the others.
    HalfOpen,
}

/// The breaker of one caller process for one edge.
///
/// A call that ends while it is half-open counts as a probe, also one that began before it opened: Hystrix and resilience4j
/// do not tell them apart. What ends while it is open counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    settings: Settings,
    window: Window,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    /// Until then, and half-open after.
    Open {
        until: Tick,
    },
    HalfOpen {
        allowed: u64,
        ended: Counts,
    },
}

impl Breaker {
    /// Closed, and no calls yet.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            window: Window::new(settings.over),
            phase: Phase::Closed,
        }
    }

    /// Whether a call may be made. Who is allowed must [`record`](Self::record) how it ended, or [`release`](Self::release) it.
    pub fn allow(&mut self, now: Tick) -> bool {
        self.wake(now);
        match &mut self.phase {
            Phase::Closed => true,
            Phase::Open { .. } => false,
            Phase::HalfOpen { allowed, .. } => {
                let is_allowed = *allowed < self.settings.probes.max(1);
                *allowed += u64::from(is_allowed);
                is_allowed
            }
        }
    }

    /// A call ended.
    pub fn record(&mut self, now: Tick, is_ok: bool) {
        self.wake(now);
        match &mut self.phase {
            Phase::Open { .. } => {}
            Phase::Closed => {
                let counts = self.window.add(now, is_ok);
                if self.settings.calls_min <= counts.calls && self.settings.is_reached(counts) {
                    self.open(now);
                }
            }
            Phase::HalfOpen { ended, .. } => {
                ended.calls += 1;
                ended.failed += u64::from(!is_ok);
                if ended.calls < self.settings.probes.max(1) {
                    return;
                }
                if self.settings.is_reached(*ended) {
                    self.open(now);
                } else {
                    self.phase = Phase::Closed;
                }
            }
        }
    }

    /// A call that was allowed ended without saying anything about the callee: the caller itself gave it up.
    pub const fn release(&mut self) {
        if let Phase::HalfOpen { allowed, .. } = &mut self.phase {
            *allowed = allowed.saturating_sub(1);
        }
    }

    /// What it does with a call now.
    #[must_use]
    pub fn state(&self, now: Tick) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { until } if now < until => State::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// When it will let a probe through, if it is open.
    #[must_use]
    pub const fn open_until(&self) -> Option<Tick> {
        match self.phase {
            Phase::Open { until } => Some(until),
            Phase::Closed | Phase::HalfOpen { .. } => None,
        }
    }

    fn wake(&mut self, now: Tick) {
        if matches!(self.phase, Phase::Open { until } if until <= now) {
            self.phase = Phase::HalfOpen {
                allowed: 0,
                ended: Counts::default(),
            };
        }
    }

    fn open(&mut self, now: Tick) {
        self.window.clear();
        // Beyond the end of time: for ever.
        let until = now.after(self.settings.open_for).unwrap_or(Tick::at(u64::MAX));
        self.phase = Phase::Open { until };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000;

    fn settings() -> Settings {
        Settings::new(Ratio::percent(50), Span::from_micros(10 * SECOND))
    }

    /// So many calls that fail, all now.
    fn fail(breaker: &mut Breaker, now: Tick, count: u64) {
        (0..count).for_each(|_| breaker.record(now, false));
    }

    #[test]
    fn opens_at_the_threshold_with_enough_calls() {
        let mut breaker = Breaker::new(settings());
        let now = Tick::at(SECOND);
        fail(&mut breaker, now, 19);
        assert_eq!(breaker.state(now), State::Closed);
        assert!(breaker.allow(now));
        fail(&mut breaker, now, 1);
        assert_eq!(breaker.state(now), State::Open);
        assert!(!breaker.allow(now));
    }

    #[test]
    fn half_of_the_calls_are_enough_and_fewer_are_not() {
        let mut breaker = Breaker::new(settings());
        let now = Tick::START;
        (0..11).for_each(|_| breaker.record(now, true));
        fail(&mut breaker, now, 10);
        assert_eq!(breaker.state(now), State::Closed);
        fail(&mut breaker, now, 1);
        assert_eq!(breaker.state(now), State::Open);
    }

    #[test]
    fn failures_that_are_long_past_do_not_count() {
        let mut breaker = Breaker::new(settings());
        fail(&mut breaker, Tick::START, 19);
        fail(&mut breaker, Tick::at(10 * SECOND), 19);
        assert_eq!(breaker.state(Tick::at(10 * SECOND)), State::Closed);
    }

    #[test]
    fn after_five_seconds_one_probe_decides() {
        let mut breaker = Breaker::new(settings());
        fail(&mut breaker, Tick::START, 20);
        assert_eq!(breaker.open_until(), Some(Tick::at(5 * SECOND)));
        assert!(!breaker.allow(Tick::at(5 * SECOND - 1)));
        let probe = Tick::at(5 * SECOND);
        assert_eq!(breaker.state(probe), State::HalfOpen);
        assert!(breaker.allow(probe));
        assert!(!breaker.allow(probe), "one at a time");
        breaker.record(Tick::at(6 * SECOND), false);
        assert_eq!(breaker.open_until(), Some(Tick::at(11 * SECOND)));

        assert!(breaker.allow(Tick::at(11 * SECOND)));
        breaker.record(Tick::at(11 * SECOND), true);
        assert_eq!(breaker.state(Tick::at(11 * SECOND)), State::Closed);
        // It begins anew: the failures of before are forgotten.
        fail(&mut breaker, Tick::at(11 * SECOND), 19);
        assert_eq!(breaker.state(Tick::at(11 * SECOND)), State::Closed);
    }

    #[test]
    fn what_opened_it_is_forgotten_when_it_closes() {
        let mut breaker = Breaker::new(settings());
        let probe = Tick::at(5 * SECOND);
        fail(&mut breaker, Tick::START, 20);
        assert!(breaker.allow(probe));
        breaker.record(probe, true);
        // The failures of five seconds ago are inside the window still.
        fail(&mut breaker, probe, 19);
        assert_eq!(breaker.state(probe), State::Closed);
    }

    #[test]
    fn a_threshold_of_nothing_takes_a_failure_still() {
        let mut breaker = Breaker::new(Settings::new(Ratio::percent(0), Span::from_micros(SECOND)));
        (0..100).for_each(|_| breaker.record(Tick::START, true));
        assert_eq!(breaker.state(Tick::START), State::Closed);
        fail(&mut breaker, Tick::START, 1);
        assert_eq!(breaker.state(Tick::START), State::Open);
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_another() {
        let mut breaker = Breaker::new(settings());
        fail(&mut breaker, Tick::START, 20);
        let probe = Tick::at(5 * SECOND);
        assert!(breaker.allow(probe));
        breaker.release();
        assert!(breaker.allow(probe));
    }

    #[test]
    fn of_several_probes_the_part_decides() {
        let after = |failed: u64| {
            let mut breaker = Breaker::new(Settings {
                probes: 10,
                ..settings()
            });
            fail(&mut breaker, Tick::START, 20);
            let now = Tick::at(5 * SECOND);
            assert_eq!((0..20).filter(|_| breaker.allow(now)).count(), 10);
            (0..10).for_each(|probe| breaker.record(now, failed <= probe));
            breaker.state(now)
        };
        assert_eq!((after(4), after(5)), (State::Closed, State::Open));
    }

    #[test]
    fn what_ends_while_it_is_open_counts_for_nothing() {
        let mut breaker = Breaker::new(settings());
        fail(&mut breaker, Tick::START, 20);
        let before = breaker;
        breaker.record(Tick::at(SECOND), true);
        fail(&mut breaker, Tick::at(SECOND), 5);
        assert_eq!(breaker, before);
    }

    fn any_settings() -> impl Strategy<Value = Settings> {
        (0_u64..=1_000_000, 1..100_u64, 0..40_u64, 1..50_u64, 0..5_u64).prop_map(
            |(threshold, over, calls_min, open_for, probes)| Settings {
                threshold: Ratio::millionths(threshold),
                over: Span::from_micros(over),
                calls_min,
                open_for: Span::from_micros(open_for),
                probes,
            },
        )
    }

    proptest! {
        #[test]
        fn without_failures_it_never_opens(settings in any_settings(), gaps in prop::collection::vec(0_u64..50, 1..200)) {
            let mut breaker = Breaker::new(settings);
            let mut now = 0;
            for gap in gaps {
                now += gap;
                prop_assert!(breaker.allow(Tick::at(now)));
                breaker.record(Tick::at(now), true);
                prop_assert_eq!(breaker.state(Tick::at(now)), State::Closed);
            }
        }

        /// While it is half-open no more calls are out than there are probes, and while it is open none begins.
        #[test]
        fn few_calls_get_through(settings in any_settings(), steps in prop::collection::vec((0_u64..20, any::<bool>(), any::<bool>()), 1..300)) {
            let mut breaker = Breaker::new(settings);
            let (mut now, mut probes_out) = (0, 0);
            for (gap, is_call, is_ok) in steps {
                now += gap;
                let state = breaker.state(Tick::at(now));
                if is_call {
                    let is_allowed = breaker.allow(Tick::at(now));
                    prop_assert!(!(state == State::Open && is_allowed));
                    prop_assert!(state != State::Closed || is_allowed);
                    if state == State::HalfOpen {
                        probes_out += u64::from(is_allowed);
                    }
                    prop_assert!(probes_out <= settings.probes.max(1));
                } else if state != State::HalfOpen || 0 < probes_out {
                    breaker.record(Tick::at(now), is_ok);
                }
                if breaker.state(Tick::at(now)) != State::HalfOpen {
                    probes_out = 0;
                }
            }
        }

        /// Once everything answers again it closes, as soon as it has been open and the probes have ended.
        #[test]
        fn it_closes_when_all_is_well(settings in any_settings(), more in 0_u64..20) {
            let mut breaker = Breaker::new(settings);
            fail(&mut breaker, Tick::START, settings.calls_min.max(1) + more);
            prop_assert_eq!(breaker.state(Tick::START), State::Open);
            let later = breaker.open_until().unwrap();
            for _ in 0..settings.probes.max(1) {
                prop_assert_eq!(breaker.state(later), State::HalfOpen);
                prop_assert!(breaker.allow(later));
                breaker.record(later, true);
            }
            prop_assert_eq!(breaker.state(later), State::Closed);
        }
    }
}
