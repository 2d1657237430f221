//! How an instance stops: one clock runs from the moment it is told to, and at its end it is killed.

use loadline_compiler::budget::shutdown::ShutdownSum;
use loadline_compiler::model::{Model, Platform, Workload};

use crate::Span;

/// The shutdown of one instance, as its platform runs it. All times count from the moment it is deleted, or the platform is
/// told to stop it.
///
/// On Kubernetes `settle` is a `preStop`, inside the grace period; at least 2 s are left after it (kubernetes,
/// `kuberuntime_container.go`, `minimumGracePeriodInSeconds`). What kubelet or runtime do when they are restarted meanwhile
/// (the grace period begins anew) is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    sum: ShutdownSum,
    killed: Span,
}

/// The moments of a shutdown that are known when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The process gets its signal: from now on it accepts no connections. Until then it serves as before.
    pub signalled: Span,
    /// Requests that are still in flight are given up.
    pub drain_until: Span,
    /// Whatever is left is killed.
    pub killed: Span,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Span,
    /// By force: what it had open was not closed.
    pub is_killed: bool,
}

impl Termination {
    /// Of an instance of a workload.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload) -> Self {
        let sum = ShutdownSum::of(workload);
        match model.platform(workload) {
            Platform::Kubernetes(_) => Self::by_kubelet(sum),
            Platform::Systemd(_) | Platform::Pm2(_) | Platform::Compose => Self::on_host(sum),
        }
    }

    /// By a kubelet: the grace period in whole seconds, and never less than 2 s after `preStop`.
    #[must_use]
    pub fn by_kubelet(sum: ShutdownSum) -> Self {
        let sum = sum.by_kubelet();
        Self {
            sum,
            killed: sum.killed_after().into(),
        }
    }

    /// By what kills exactly at the end of the grace period: systemd's `TimeoutStopSec`, PM2's `kill_timeout`, compose's
    /// `stop_grace_period`.
    #[must_use]
    pub fn on_host(sum: ShutdownSum) -> Self {
        Self {
            sum: ShutdownSum {
                settle: sum.settle.min(sum.grace),
                ..sum
            },
            killed: sum.grace.into(),
        }
    }

    /// The moments that are known when it begins.
    #[must_use]
    pub fn course(&self) -> Course {
        Course {
            signalled: self.sum.settle.into(),
            drain_until: self.drained_by().min(self.killed),
            killed: self.killed,
        }
    }

    /// When a pool is closed that takes so long: others may take longer, and the process ends with the last.
    #[must_use]
    pub fn closed(&self, drained: Span, close: Span) -> Span {
        let own = Self {
            sum: ShutdownSum {
                close: loadline_compiler::quantity::Duration::micros(close.micros()),
                ..self.sum
            },
            ..*self
        };
        own.ends(drained).at
    }

    /// How it ends when its last request is over then, or was given up: idle connections have to end, then pools are closed.
    #[must_use]
    pub fn ends(&self, drained: Span) -> End {
        let drained = drained.max(self.sum.settle.into()).min(self.drained_by()).micros();
        let rest = Span::from(self.sum.tail.plus(self.sum.close)).micros();
        let needed = Span::from_micros(drained.saturating_add(rest));
        End {
            at: needed.min(self.killed),
            is_killed: self.killed < needed,
        }
    }

    /// When the whole pod is gone, with sidecars that need so long after their signal. They are told to stop after the main
    /// containers ended, one after the other in reverse order, but all at the end of the grace period at the latest. What a
    /// sidecar waited counts against its grace period in whole seconds.
    ///
    /// Source: KEP-753, and kubernetes, `kuberuntime_container.go`, `waitForTurn`.
    #[must_use]
    pub fn pod_gone(&self, main: End, sidecars_reversed: impl IntoIterator<Item = Span>) -> Span {
        let grace = Span::from(self.sum.grace);
        let (mut before, mut gone) = (main.at, main.at);
        for needed in sidecars_reversed {
            let turn = before.min(grace).micros();
            let waited = turn / 1_000_000 * 1_000_000;
            let left = grace.micros().saturating_sub(waited).max(KUBELET_MINIMUM);
            before = Span::from_micros(turn.saturating_add(needed.micros().min(left)));
            gone = gone.max(before);
        }
        gone
    }

    fn drained_by(&self) -> Span {
        self.sum.settle.plus(self.sum.drain).into()
    }
}

/// In microseconds.
const KUBELET_MINIMUM: u64 = loadline_compiler::budget::shutdown::KUBELET_MINIMUM.in_micros();

#[cfg(test)]
mod tests {
    use loadline_compiler::quantity::Duration;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::model;

    fn sum(settle: u64, drain: u64, tail: u64, close: u64, grace: u64) -> ShutdownSum {
        ShutdownSum {
            settle: Duration::millis(settle),
            drain: Duration::millis(drain),
            tail: Duration::millis(tail),
            close: Duration::millis(close),
            grace: Duration::millis(grace),
        }
    }

    const fn millis(millis: u64) -> Span {
        Span::from_micros(millis * 1_000)
    }

    fn end(at: u64, is_killed: bool) -> End {
        End {
            at: millis(at),
            is_killed,
        }
    }

    #[test]
    fn settle_is_inside_the_grace_period() {
        let stop = Termination::by_kubelet(sum(5_000, 24_000, 6_000, 1_000, 30_000));
        assert_eq!(
            stop.course(),
            Course {
                signalled: millis(5_000),
                drain_until: millis(29_000),
                killed: millis(30_000),
            }
        );
        // Nothing in flight: tail and close are left.
        assert_eq!(stop.ends(Span::ZERO), end(12_000, false));
        assert_eq!(stop.ends(millis(8_000)), end(15_000, false));
        assert_eq!(stop.ends(millis(23_000)), end(30_000, false));
        assert_eq!(stop.ends(millis(23_001)), end(30_000, true));
        // Given up after the drain, and killed with its pools open.
        assert_eq!(stop.ends(millis(600_000)), end(30_000, true));
    }

    #[test]
    fn two_seconds_are_left_after_settle() {
        let stop = Termination::by_kubelet(sum(29_000, 60_000, 0, 0, 30_000));
        assert_eq!(stop.course().killed, millis(31_000));
        let stop = Termination::by_kubelet(sum(90_000, 60_000, 0, 0, 30_000));
        assert_eq!(stop.course().signalled, millis(30_000));
        assert_eq!(stop.ends(millis(90_000)), end(32_000, true));
    }

    #[test]
    fn a_kubelet_knows_whole_seconds() {
        let stop = Termination::by_kubelet(sum(1_500, 60_000, 0, 0, 9_100));
        assert_eq!(stop.course().signalled, millis(2_000));
        assert_eq!(stop.course().killed, millis(10_000));
    }

    #[test]
    fn a_host_kills_at_the_end_of_the_grace_period() {
        let stop = Termination::on_host(sum(0, 60_000, 0, 0, 1_600));
        assert_eq!(stop.ends(millis(5_000)), end(1_600, true));
        assert_eq!(
            Termination::on_host(sum(0, 60_000, 0, 0, 500)).course().killed,
            millis(500)
        );
    }

    #[test]
    fn the_platform_decides_who_stops_it() {
        let service = "image \"example.com/s:1\"; run \"/srv/s\"; listen http 80; shutdown { signals SIGTERM; settle 0s; drain 1s; grace 500ms }";
        let killed = |place: &str| {
            let model = model(&format!("project p\n{place}\nservice s {{ runs_on there; {service} }}"));
            Termination::of(&model, &model.workloads[0]).course().killed
        };
        assert_eq!(killed("cluster there"), millis(2_000));
        assert_eq!(killed("host there { address \"192.0.2.1\" }"), millis(500));
    }

    #[test]
    fn sidecars_stop_after_the_rest_and_one_after_the_other() {
        let stop = Termination::by_kubelet(sum(0, 30_000, 0, 0, 10_000));
        let main = stop.ends(millis(4_000));
        assert_eq!(stop.pod_gone(main, []), millis(4_000));
        assert_eq!(stop.pod_gone(main, [millis(1_000), millis(2_000)]), millis(7_000));
        // The first needs all that is left of the grace period; the second gets its two seconds then.
        assert_eq!(stop.pod_gone(main, [millis(60_000), millis(60_000)]), millis(12_000));
        let killed = stop.ends(millis(60_000));
        assert_eq!(stop.pod_gone(killed, [millis(60_000); 5]), millis(12_000));
        // It waited 4.9 s, of which 4 count.
        let late = stop.ends(millis(4_900));
        assert_eq!(stop.pod_gone(late, [millis(60_000)]), millis(10_900));
    }

    fn any_sum() -> impl Strategy<Value = ShutdownSum> {
        (0_u64..40_000, 0_u64..40_000, 0_u64..8_000, 0_u64..8_000, 1_u64..60_000)
            .prop_map(|(settle, drain, tail, close, grace)| sum(settle, drain, tail, close, grace))
    }

    proptest! {
        /// Whatever is in flight, it ends by the time that the budget counts with, and reaches it when much is.
        #[test]
        fn never_longer_than_the_budget(sum in any_sum(), drained in 0_u64..100_000) {
            let stop = Termination::by_kubelet(sum);
            let whole = sum.by_kubelet();
            let budget = Span::from(whole.needed().min(whole.killed_after()));
            prop_assert!(stop.ends(millis(drained)).at <= budget);
            prop_assert_eq!(stop.ends(millis(100_000)).at, budget);
        }

        #[test]
        fn moments_are_in_order(sum in any_sum(), drained in 0_u64..100_000, on_host: bool) {
            let stop = if on_host { Termination::on_host(sum) } else { Termination::by_kubelet(sum) };
            let (course, end) = (stop.course(), stop.ends(millis(drained)));
            prop_assert!(course.signalled <= course.drain_until && course.drain_until <= course.killed);
            prop_assert!(course.signalled <= end.at && end.at <= course.killed);
            prop_assert!(!end.is_killed || end.at == course.killed);
            // What has no sidecars is gone with it; with them never later than two seconds after the grace period.
            let gone = stop.pod_gone(end, [millis(drained), millis(300)]);
            prop_assert!(end.at <= gone && gone.micros() <= course.killed.micros().max(Span::from(sum.by_kubelet().grace).micros()) + 2_999_999);
        }
    }

    /// The same as the D of the bound on connections, for a client of a database.
    #[test]
    fn the_budget_of_a_client_is_the_same() {
        for (settle, drain, close, grace) in [
            ("5s", "24s", "1s", "40s"),
            ("1500ms", "60s", "0s", "9100ms"),
            ("29s", "9s", "3s", "30s"),
        ] {
            let model = model(&format!(
                "project p\ncluster c\ndatabase d {{ engine postgres 16; max_connections 100 }}\nservice s {{ runs_on c; image \"example.com/s:1\"; listen http 80 {{ closes_idle on }}; uses d {{ pool 1; close {close} }}; shutdown {{ signals SIGTERM; settle {settle}; drain {drain}; grace {grace} }} }}"
            ));
            let workload = &model.workloads[0];
            let budget = ShutdownSum::of(workload).holding(&workload.uses[0]);
            let end = Termination::of(&model, workload).ends(millis(1_000_000));
            assert_eq!(end.at, Span::from(budget), "{settle} {drain} {close} {grace}");
        }
    }
}
