//! From when on a ready pod counts as available, and when its controller looks again.

use crate::{Span, Tick};

const SECOND: u64 = 1_000_000;

/// How the ReplicaSet controller follows `minReadySeconds`, by version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinReadyLaw {
    /// Up to 1.33: one delayed sync for a set, a second late; of several, the earliest stays.
    OneDelayedSync,
    /// From 1.34: a sync for the next pod that becomes available, at that instant.
    EachPod,
}

impl MinReadyLaw {
    /// That of a version of Kubernetes.
    #[must_use]
    pub const fn of(major: u64, minor: u64) -> Self {
        if 1 < major || (major == 1 && 34 <= minor) {
            Self::EachPod
        } else {
            Self::OneDelayedSync
        }
    }

    /// When a pod that is ready since `ready` becomes available: its time is kept in whole seconds, so up to a second early.
    ///
    /// `phase` is how far into a second of the wall clock the run starts.
    #[must_use]
    pub const fn available(ready: Tick, min_ready: Span, phase: Span) -> Tick {
        if min_ready.micros() == 0 {
            return ready;
        }
        let wall = ready.micros().saturating_add(phase.micros());
        let whole = wall - wall % SECOND;
        let due = whole.saturating_add(min_ready.micros()).saturating_sub(phase.micros());
        // Never before it is ready, however short.
        Tick::at(if due < ready.micros() { ready.micros() } else { due })
    }

    /// After which time a set is looked at again, for a pod that just became ready.
    #[must_use]
    pub const fn after_ready(self, min_ready: Span) -> Option<Span> {
        match self {
            Self::OneDelayedSync if min_ready.micros() != 0 => {
                Some(Span::from_micros(min_ready.micros().saturating_add(SECOND)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_the_wall_clock_is_cut_off() {
        let (ready, min_ready) = (Tick::at(2_378_600), Span::from_micros(5 * SECOND));
        let at = |phase| MinReadyLaw::available(ready, min_ready, Span::from_micros(phase)).micros();
        assert_eq!(at(0), 7_000_000);
        assert_eq!(at(500_000), 6_500_000);
        assert_eq!(at(700_000), 7_300_000);
        assert_eq!(MinReadyLaw::available(ready, Span::ZERO, Span::ZERO), ready);
    }

    #[test]
    fn the_law_is_that_of_the_version() {
        assert_eq!(MinReadyLaw::of(1, 33), MinReadyLaw::OneDelayedSync);
        assert_eq!(MinReadyLaw::of(1, 34), MinReadyLaw::EachPod);
        let six = Some(Span::from_micros(6 * SECOND));
        assert_eq!(
            MinReadyLaw::OneDelayedSync.after_ready(Span::from_micros(5 * SECOND)),
            six
        );
        assert_eq!(MinReadyLaw::OneDelayedSync.after_ready(Span::ZERO), None);
    }
}
