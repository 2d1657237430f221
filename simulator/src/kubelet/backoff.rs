//! How long a container that ended waits until it is started again.

use crate::{Span, Tick};

/// A container that ran longer than this begins anew, whatever the longest wait is. Source: kubernetes, `pkg/kubelet/kubelet.go`,
/// `backOff.HasExpiredFunc`; before it was configurable, twice the longest wait, which is the same.
const STABLE: Span = Span::from_micros(600_000_000);

/// The waits of a node's kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    first: Span,
    longest: Span,
}

impl Settings {
    /// 10 s, doubled up to 300 s. Source: kubernetes, `pkg/kubelet/kubelet.go`, `containerBackOffPeriod`, `MaxContainerBackOff`.
    pub const KUBERNETES: Self = Self {
        first: Span::from_micros(10_000_000),
        longest: Span::from_micros(300_000_000),
    };

    /// A node's `crashLoopBackOff.maxContainerRestartPeriod`, 1 s to 300 s, on by default since Kubernetes 1.35: the longest wait,
    /// and so the first where it is shorter than 10 s. Source: KEP-4603, KEP-5593.
    #[must_use]
    pub const fn restart_period_max(longest: Span) -> Self {
        Self {
            longest,
            ..Self::KUBERNETES
        }
    }
}

/// What a kubelet remembers of the restarts of one container of one pod. A new pod begins anew.
///
/// A restatement of `doBackOff` and client-go's `flowcontrol.Backoff`. The pod worker's own retry adds up to half of its
/// period; newer kubelets look again exactly when the wait is over, as here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashBackoff {
    settings: Settings,
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    /// When it was last let start again.
    restarted: Tick,
    /// What the next restart waits.
    wait: Span,
}

impl CrashBackoff {
    /// Of a container that was started for the first time.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, last: None }
    }

    /// The container ended, by itself, by its probes, for its memory, with whatever code: when it is started again. The first
    /// time that is at once; the wait is counted from its end.
    pub fn ended(&mut self, now: Tick) -> Tick {
        let wait = self.wait(now);
        let restarted = now.after(wait).unwrap_or(Tick::at(u64::MAX));
        let doubled = Span::from_micros(wait.micros().saturating_mul(2));
        let next = if wait == Span::ZERO {
            self.settings.first
        } else {
            doubled
        };
        self.last = Some(Last {
            restarted,
            wait: next.min(self.settings.longest),
        });
        restarted
    }

    /// What it would wait if it ended now.
    #[must_use]
    pub fn wait(&self, now: Tick) -> Span {
        let counts = |last: &Last| now.since(last.restarted) <= STABLE;
        self.last.filter(counts).map_or(Span::ZERO, |last| last.wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000;

    /// When a container that runs so long each time is started, in seconds.
    fn starts(settings: Settings, runs: &[u64]) -> Vec<u64> {
        let mut backoff = CrashBackoff::new(settings);
        let mut at = Tick::START;
        let mut all = vec![0];
        for run in runs {
            at = backoff.ended(at.after(Span::from_micros(run * SECOND)).unwrap());
            all.push(at.micros() / SECOND);
        }
        all
    }

    #[test]
    fn what_crashes_at_once_starts_at() {
        assert_eq!(
            starts(Settings::KUBERNETES, &[0; 8]),
            [0, 0, 10, 30, 70, 150, 310, 610, 910]
        );
    }

    #[test]
    fn the_wait_is_counted_from_the_end() {
        assert_eq!(starts(Settings::KUBERNETES, &[7, 7, 7, 7]), [0, 7, 24, 51, 98]);
    }

    #[test]
    fn after_more_than_ten_minutes_it_begins_anew() {
        // At once, 10 s later; then it ran for 600 s, which is not more; then for 601 s.
        assert_eq!(
            starts(Settings::KUBERNETES, &[0, 0, 600, 601, 0]),
            [0, 0, 10, 630, 1_231, 1_241]
        );
    }

    #[test]
    fn a_node_can_have_a_shorter_longest_wait() {
        let most = |seconds: u64| Settings::restart_period_max(Span::from_micros(seconds * SECOND));
        assert_eq!(starts(most(30), &[0; 5]), [0, 0, 10, 30, 60, 90]);
        assert_eq!(starts(most(4), &[0; 4]), [0, 0, 4, 8, 12]);
        // It is stable after as long as ever.
        assert_eq!(starts(most(4), &[0, 0, 60, 0]), [0, 0, 4, 68, 72]);
    }

    proptest! {
        /// Never longer than the longest, never shorter than the time before unless it was stable.
        #[test]
        fn waits_grow(longest in 1_u64..=300, runs in prop::collection::vec(0_u64..1_200, 1..20)) {
            let mut backoff = CrashBackoff::new(Settings::restart_period_max(Span::from_micros(longest * SECOND)));
            let (mut at, mut before) = (Tick::START, Span::ZERO);
            for run in runs {
                let ended = at.after(Span::from_micros(run * SECOND)).unwrap();
                let wait = backoff.wait(ended);
                at = backoff.ended(ended);
                prop_assert_eq!(at.since(ended), wait);
                prop_assert!(wait.micros() <= longest * SECOND);
                let is_longer = if 600 < run { wait == Span::ZERO } else { before <= wait };
                prop_assert!(is_longer);
                before = wait;
            }
        }
    }
}
