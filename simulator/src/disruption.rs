//! Disruption budgets, and the draining of a node, which they hold up.
//!
//! Sources: kubernetes, `pkg/controller/disruption/disruption.go` (what is healthy, and how many may be missing),
//! `pkg/registry/core/pod/storage/eviction.go` (which pods it is asked for), kubectl, `pkg/drain/drain.go`. Nothing but evictions
//! asks a budget: rollouts and scaling down do not, though what they take away is missing here, too.

use loadline_compiler::model::{Cluster, Workload};
use loadline_compiler::quantity::Share;

use crate::{Span, Tick};

/// How often `kubectl drain` asks again for a pod that it was refused. Source: `drain.go`, `evictPods`.
pub const RETRY_EVERY: Span = Span::from_micros(5_000_000);

/// A PodDisruptionBudget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many must stay, or may be missing.
    pub limit: Limit,
    /// What becomes of pods that run and are not ready.
    pub unready: Unready,
}

/// How many must stay, or may be missing. Parts of the replicas are rounded up, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `minAvailable`
    MinAvailable(Share),
    /// `maxUnavailable`
    MaxUnavailable(Share),
}

/// `unhealthyPodEvictionPolicy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unready {
    /// They may go when as many are healthy as must be. The default.
    IfHealthyBudget,
    /// They may always go.
    AlwaysAllow,
}

/// A pod that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pod {
    /// Not started, over, or terminating already: nobody is asked.
    NotCounted,
    /// It runs and is not ready.
    Unready,
    /// Ready. `minReadySeconds` plays no part.
    Ready,
}

/// How an eviction is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// It terminates from now on.
    Granted,
    /// 429.
    Refused,
}

impl Budget {
    /// The one that is written for a workload: at most one may be missing unless it says otherwise; none for a single replica,
    /// which no budget can protect. Pods that are not ready go freely where the cluster knows the word: 1.27, KEP-3017.
    #[must_use]
    pub fn of(cluster: Option<&Cluster>, workload: &Workload) -> Option<Self> {
        if workload.is_job() || workload.scale.max() < 2 {
            return None;
        }
        let budget = workload.budget.as_ref();
        let unavailable = budget.map_or(Share::Count(1), |budget| budget.unavailable.value);
        let version = cluster.and_then(|cluster| cluster.version.as_ref());
        let knows = version.is_none_or(|version| version.at_least(1, 27));
        Some(Self {
            limit: Limit::MaxUnavailable(unavailable),
            unready: if knows {
                Unready::AlwaysAllow
            } else {
                Unready::IfHealthyBudget
            },
        })
    }

    /// How many of so many replicas must be healthy.
    #[must_use]
    pub const fn desired(&self, replicas: u64) -> u64 {
        match self.limit {
            Limit::MinAvailable(share) => share.ceil_of(replicas),
            Limit::MaxUnavailable(share) => replicas.saturating_sub(share.ceil_of(replicas)),
        }
    }

    /// How many healthy ones may go now. Healthy is what is ready and does not terminate.
    #[must_use]
    pub const fn allowed(&self, replicas: u64, healthy: u64) -> u64 {
        if replicas == 0 {
            return 0;
        }
        healthy.saturating_sub(self.desired(replicas))
    }

    /// Asks for a pod to be evicted. If it is granted, the pod terminates, and is no longer healthy when the next one is asked for.
    #[must_use]
    pub const fn evict(&self, replicas: u64, healthy: u64, pod: Pod) -> Eviction {
        let desired = self.desired(replicas);
        let is_granted = match (pod, self.unready) {
            (Pod::NotCounted, _) | (Pod::Unready, Unready::AlwaysAllow) => true,
            (Pod::Unready, Unready::IfHealthyBudget) if 0 < desired && desired <= healthy => true,
            (Pod::Unready | Pod::Ready, _) => 0 < self.allowed(replicas, healthy),
        };
        if is_granted {
            Eviction::Granted
        } else {
            Eviction::Refused
        }
    }
}

/// `kubectl drain` of a node: no new pods, and all that are there are evicted at once; what is refused is asked for again, for
/// ever. It ends when the last pod is gone, which is not seen here.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    left: Vec<usize>,
}

impl Drain {
    /// Of a node with these pods, which is cordoned from now on.
    #[must_use]
    pub fn new(pods: impl IntoIterator<Item = usize>) -> Self {
        Self {
            left: pods.into_iter().collect(),
        }
    }

    /// Asks for all that are left; when to ask again, if some were refused. One that is gone by itself is to be answered with
    /// [`Eviction::Granted`].
    pub fn ask(&mut self, now: Tick, mut evict: impl FnMut(usize) -> Eviction) -> Option<Tick> {
        self.left.retain(|pod| evict(*pod) == Eviction::Refused);
        if self.left.is_empty() {
            None
        } else {
            now.after(RETRY_EVERY)
        }
    }

    /// The pods that were refused so far.
    #[must_use]
    pub fn left(&self) -> &[usize] {
        &self.left
    }
}

#[cfg(test)]
mod tests {
    use loadline_compiler::quantity::Ratio;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::model;

    const fn min_available(share: Share) -> Budget {
        Budget {
            limit: Limit::MinAvailable(share),
            unready: Unready::IfHealthyBudget,
        }
    }

    const fn max_unavailable(share: Share) -> Budget {
        Budget {
            limit: Limit::MaxUnavailable(share),
            unready: Unready::IfHealthyBudget,
        }
    }

    const fn percent(percent: u64) -> Share {
        Share::Ratio(Ratio::percent(percent))
    }

    #[test]
    fn parts_are_rounded_up() {
        assert_eq!(max_unavailable(percent(1)).desired(3), 2);
        assert_eq!(min_available(percent(1)).desired(3), 1);
        assert_eq!(min_available(percent(50)).desired(7), 4);
        assert_eq!(max_unavailable(percent(50)).desired(7), 3);
        assert_eq!(max_unavailable(Share::Count(9)).desired(3), 0);
        assert_eq!(min_available(Share::Count(9)).desired(3), 9);
    }

    #[test]
    fn what_may_go() {
        let budget = max_unavailable(Share::Count(1));
        assert_eq!(budget.allowed(3, 3), 1);
        assert_eq!(budget.allowed(3, 2), 0);
        // More are there than there should be, in the middle of a rollout.
        assert_eq!(budget.allowed(3, 5), 3);
        assert_eq!(budget.allowed(0, 5), 0);
        assert_eq!(max_unavailable(Share::Count(0)).allowed(3, 3), 0);
        assert_eq!(min_available(Share::Count(1)).allowed(1, 1), 0);
    }

    #[test]
    fn who_is_asked_for() {
        let budget = max_unavailable(Share::Count(1));
        let evict = |budget: Budget, healthy, pod| budget.evict(3, healthy, pod);
        assert_eq!(evict(budget, 2, Pod::Ready), Eviction::Refused);
        assert_eq!(evict(budget, 3, Pod::Ready), Eviction::Granted);
        assert_eq!(evict(budget, 0, Pod::NotCounted), Eviction::Granted);
        // As many are healthy as must be: one that is not ready is no loss.
        assert_eq!(evict(budget, 2, Pod::Unready), Eviction::Granted);
        assert_eq!(evict(budget, 1, Pod::Unready), Eviction::Refused);
        let always = Budget {
            unready: Unready::AlwaysAllow,
            ..budget
        };
        assert_eq!(evict(always, 0, Pod::Unready), Eviction::Granted);
        assert_eq!(evict(always, 2, Pod::Ready), Eviction::Refused);
        // Where none must be healthy, the exception does not hold.
        let none = max_unavailable(Share::Count(3));
        assert_eq!(evict(none, 0, Pod::Unready), Eviction::Refused);
        assert_eq!(evict(none, 1, Pod::Unready), Eviction::Granted);
    }

    #[test]
    fn the_one_that_is_written() {
        let of = |cluster: &str, rest: &str| {
            let model = model(&format!(
                "project p\ncluster c {{ {cluster} }}\nservice s {{ runs_on c; image \"example.com/s:1\"; {rest} }}"
            ));
            Budget::of(model.clusters.first(), &model.workloads[0])
        };
        let written = |limit, unready| Some(Budget { limit, unready });
        assert_eq!(of("", "scale 1; budget { unavailable 1 }"), None);
        let one = Limit::MaxUnavailable(Share::Count(1));
        assert_eq!(of("", "scale 2"), written(one, Unready::AlwaysAllow));
        assert_eq!(of("version 1.26", "scale 1..2"), written(one, Unready::IfHealthyBudget));
        assert_eq!(
            of("", "scale 8; budget { unavailable 30% }"),
            written(Limit::MaxUnavailable(percent(30)), Unready::AlwaysAllow)
        );
    }

    #[test]
    fn a_drain_asks_again_every_five_seconds_for_ever() {
        // Four pods of four are on the node; a replacement is ready twelve seconds after an eviction.
        let budget = max_unavailable(Share::Count(1));
        let mut drain = Drain::new(0..4);
        let mut now = Tick::START;
        let (mut healthy, mut ready_at) = (4, Vec::new());
        let mut granted = Vec::new();
        loop {
            healthy += ready_at.extract_if(.., |at| *at <= now).count() as u64;
            let next = drain.ask(now, |pod| {
                let eviction = budget.evict(4, healthy, Pod::Ready);
                if eviction == Eviction::Granted {
                    healthy -= 1;
                    ready_at.push(now.after(Span::from_micros(12_000_000)).unwrap());
                    granted.push((now.micros() / 1_000_000, pod));
                }
                eviction
            });
            let Some(next) = next else { break };
            now = next;
        }
        assert_eq!(granted, [(0, 0), (15, 1), (30, 2), (45, 3)]);

        let mut drain = Drain::new([7]);
        for round in 1..100_u64 {
            let next = drain.ask(now, |_| Eviction::Refused).unwrap();
            assert_eq!((next.since(now), round), (RETRY_EVERY, round));
            now = next;
        }
        assert_eq!(drain.left(), [7]);
    }

    fn budgets() -> impl Strategy<Value = Budget> {
        let share = prop_oneof![(0_u64..12).prop_map(Share::Count), (0_u64..=100).prop_map(percent)];
        (share, any::<bool>(), any::<bool>()).prop_map(|(share, is_min, is_always)| Budget {
            limit: if is_min {
                Limit::MinAvailable(share)
            } else {
                Limit::MaxUnavailable(share)
            },
            unready: if is_always {
                Unready::AlwaysAllow
            } else {
                Unready::IfHealthyBudget
            },
        })
    }

    proptest! {
        /// Evictions never take healthy pods below what is desired, whatever becomes ready, crashes and is asked for.
        #[test]
        fn never_below_desired(budget in budgets(), replicas in 0_u64..12, steps in prop::collection::vec(0_u8..5, 0..200)) {
            let desired = budget.desired(replicas);
            let (mut ready, mut unready) = (replicas, 0_u64);
            for step in steps {
                match step {
                    0 if 0 < ready => (ready, unready) = (ready - 1, unready + 1),
                    1 if 0 < unready => (ready, unready) = (ready + 1, unready - 1),
                    2 if 0 < unready && budget.evict(replicas, ready, Pod::Unready) == Eviction::Granted => unready -= 1,
                    3 if 0 < ready && budget.evict(replicas, ready, Pod::Ready) == Eviction::Granted => {
                        prop_assert!(desired < ready, "{} of {}", ready, desired);
                        ready -= 1;
                    }
                    // Its controller makes a new one.
                    4 if ready + unready < replicas => unready += 1,
                    _ => {}
                }
            }
        }

        /// What is allowed is what can go in a row.
        #[test]
        fn allowed_is_how_many_can_go(budget in budgets(), replicas in 1_u64..12, healthy in 0_u64..14) {
            let mut left = healthy;
            while 0 < left && budget.evict(replicas, left, Pod::Ready) == Eviction::Granted {
                left -= 1;
            }
            prop_assert_eq!(healthy - left, budget.allowed(replicas, healthy));
        }
    }
}
