//! The bound of a rolling update: replicas, surge, and what still drains.
//!
//! The naive answer, replicas plus surge, is wrong: the Deployment controller does not count terminating pods, and they
//! keep their connections while they drain. The bound is that of the controller's algorithm with no latency; its test vectors
//! are below.

use crate::budget::instances::{Live, LiveHow};
use crate::budget::shutdown::ShutdownSum;
use crate::model::{Model, Platform, Rollout, Uses, Workload};
use crate::quantity::{Duration, Share};

/// From this version on the controller truncates the time a pod became ready to whole seconds, so that it counts as
/// available up to a second early.
const MIN_READY_TRUNCATED_FROM: (u64, u64) = (1, 34);

/// By so much.
pub const MIN_READY_TRUNCATED: Duration = Duration::seconds(1);

/// Surge and unavailable, resolved as the Deployment controller does: surge up, unavailable down, and if both round to
/// zero one may be unavailable.
#[must_use]
pub fn fenceposts(surge: Share, unavailable: Share, replicas: u64) -> (u64, u64) {
    let (surge, unavailable) = (surge.ceil_of(replicas), unavailable.floor_of(replicas));
    if surge == 0 && unavailable == 0 && replicas != 0 {
        (0, 1)
    } else {
        (surge, unavailable)
    }
}

/// What the rolling bound is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolling {
    /// R.
    pub replicas: u64,
    /// s, resolved.
    pub surge: u64,
    /// u, resolved.
    pub unavailable: u64,
    /// D: how long a terminating instance keeps its connections.
    pub holding: Duration,
    /// B: shortest time from create to ready.
    pub boot: Option<Duration>,
    /// mr: time that it must be ready to count, as the controller measures it.
    pub min_ready: Duration,
}

impl Rolling {
    /// `min(2R, R + s + (s+u)·⌈D / (B + mr)⌉)`; 2R when the time from create to available is not known or is zero.
    #[must_use]
    pub fn live(&self) -> Live {
        let twice = self.replicas.saturating_mul(2);
        let how = |count: u64, unbounded| LiveHow::Rolling {
            replicas: self.replicas,
            surge: self.surge.min(count.saturating_sub(self.replicas)),
            draining: count.saturating_sub(self.replicas).saturating_sub(self.surge),
            unbounded,
        };
        let Some(base) = self.base() else {
            return Live {
                count: twice,
                how: how(twice, true),
            };
        };
        let count = base.min(twice);
        Live {
            count,
            how: how(count, false),
        }
    }

    /// One further revision or rollback pushed in the middle: `min(3R, base + s + u)`. Nothing more where instances that
    /// stop hold nothing: the controller keeps all the others to R + s, of however many revisions.
    #[must_use]
    pub fn with_rollover(&self) -> u64 {
        let overtaken = if self.holding.is_zero() {
            0
        } else {
            self.surge.saturating_add(self.unavailable)
        };
        let base = self.base().unwrap_or(u64::MAX);
        base.saturating_add(overtaken).min(self.replicas.saturating_mul(3))
    }

    /// `R + s + (s+u)·⌈D / (B + mr)⌉`; `None` when the time from create to available is not known or is zero.
    fn base(&self) -> Option<u64> {
        let waves = match self.boot {
            _ if self.holding.is_zero() => 0,
            Some(boot) => self.holding.ceil_div(boot.plus(self.min_ready))?,
            None if self.min_ready.is_zero() => return None,
            None => self.holding.ceil_div(self.min_ready)?,
        };
        let step = self.surge.saturating_add(self.unavailable);
        let most = self.replicas.saturating_add(self.surge);
        Some(most.saturating_add(step.saturating_mul(waves)))
    }
}

/// What the rolling bound of a workload is made from, for one of its clients (they differ in how long they hold).
#[must_use]
pub fn rolling(model: &Model, workload: &Workload, uses: &Uses) -> Rolling {
    let replicas = workload.scale.max();
    let (surge, unavailable) = shares(workload.rollout.as_ref());
    let (surge, unavailable) = fenceposts(surge, unavailable, replicas);
    let written = workload
        .rollout
        .as_ref()
        .map_or(Duration::ZERO, |rollout| rollout.min_ready.value);
    let truncated = match model.platform(workload) {
        Platform::Kubernetes(Some(cluster)) => {
            let version = model.cluster(cluster).and_then(|cluster| cluster.version.as_ref());
            version.is_none_or(|version| version.at_least(MIN_READY_TRUNCATED_FROM.0, MIN_READY_TRUNCATED_FROM.1))
        }
        _ => true,
    };
    Rolling {
        replicas,
        surge,
        unavailable,
        holding: ShutdownSum::of(workload).holding(uses),
        boot: workload.load.boot.as_ref().map(|boot| boot.low),
        min_ready: if truncated {
            written.minus(MIN_READY_TRUNCATED)
        } else {
            written
        },
    }
}

/// Surge and unavailable as they are written, or the defaults: one more, none fewer.
#[must_use]
pub fn shares(rollout: Option<&Rollout>) -> (Share, Share) {
    rollout.map_or((Share::Count(1), Share::Count(0)), |rollout| {
        (rollout.surge.value, rollout.unavailable.value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Ratio;

    fn share(text: &str) -> Share {
        Share::read(text).unwrap()
    }

    /// R, surge, unavailable, S, D, min_ready, then (s, u) and the peak: the reference vectors for rolling updates, found by
    /// replaying the controller's algorithm with no latency.
    #[expect(clippy::type_complexity, reason = "a table of the reference, row by row")]
    const VECTORS: &[(u64, &str, &str, u64, u64, u64, (u64, u64), u64)] = &[
        (10, "25%", "25%", 5, 30, 0, (3, 2), 20),
        (10, "25%", "25%", 20, 5, 0, (3, 2), 18),
        (10, "1", "0", 5, 30, 0, (1, 0), 17),
        (10, "1", "0", 20, 30, 0, (1, 0), 13),
        (10, "1", "0", 20, 30, 30, (1, 0), 12),
        (10, "0", "25%", 5, 30, 0, (0, 2), 20),
        (10, "100%", "0", 5, 30, 0, (10, 0), 20),
        (4, "25%", "25%", 5, 30, 0, (1, 1), 8),
        (3, "25%", "25%", 5, 30, 0, (1, 0), 6),
        (2, "0", "1", 5, 30, 0, (0, 1), 4),
        (1, "25%", "25%", 5, 30, 0, (1, 0), 2),
        (20, "2", "0", 10, 60, 0, (2, 0), 34),
    ];

    #[test]
    fn the_reference_vectors_come_out_exactly() {
        for &(replicas, surge, unavailable, boot, holding, min_ready, fences, peak) in VECTORS {
            let resolved = fenceposts(share(surge), share(unavailable), replicas);
            assert_eq!(resolved, fences, "R {replicas} {surge}/{unavailable}");
            let rolling = Rolling {
                replicas,
                surge: resolved.0,
                unavailable: resolved.1,
                holding: Duration::seconds(holding),
                boot: Some(Duration::seconds(boot)),
                min_ready: Duration::seconds(min_ready),
            };
            assert_eq!(
                rolling.live().count,
                peak,
                "R {replicas} {surge}/{unavailable} S {boot} D {holding} mr {min_ready}"
            );
        }
    }

    #[test]
    fn both_rounding_to_zero_lets_one_be_unavailable() {
        assert_eq!(fenceposts(Share::Count(0), Share::Ratio(Ratio::percent(25)), 3), (0, 1));
        assert_eq!(fenceposts(Share::Count(0), Share::Count(0), 0), (0, 0));
    }

    #[test]
    fn an_unknown_boot_means_twice_the_replicas() {
        let rolling = Rolling {
            replicas: 10,
            surge: 1,
            unavailable: 0,
            holding: Duration::seconds(30),
            boot: None,
            min_ready: Duration::ZERO,
        };
        assert_eq!(rolling.live().count, 20);
        assert!(rolling.live().terms().contains("load.boot"));
        let released = Rolling {
            holding: Duration::ZERO,
            ..rolling
        };
        assert_eq!(released.live().count, 11);
        let counted_by_min_ready = Rolling {
            min_ready: Duration::seconds(29),
            ..rolling
        };
        assert_eq!(counted_by_min_ready.live().count, 13);
    }

    #[test]
    fn a_rollover_adds_one_more_step_up_to_three_sets() {
        let rolling = Rolling {
            replicas: 10,
            surge: 1,
            unavailable: 0,
            holding: Duration::seconds(30),
            boot: Some(Duration::seconds(20)),
            min_ready: Duration::ZERO,
        };
        assert_eq!(rolling.with_rollover(), 14);
        assert_eq!(Rolling { boot: None, ..rolling }.with_rollover(), 30);
    }
}
