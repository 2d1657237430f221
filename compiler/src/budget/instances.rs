//! How many instances can hold connections at once.
//!
//! The naive answer, replicas plus surge, is wrong: the Deployment controller does not count terminating pods, and they
//! keep their connections while they drain. The algorithms are those of the controllers' sources; the bound and its test
//! vectors are in the tests below.

use crate::budget::shutdown::ShutdownSum;
use crate::diagnostic::{counted, thousands};
use crate::model::{
    Concurrency, Model, Platform, Processes, Rollout, Strategy, Uses, VolumeKind, Workload,
};
use crate::quantity::{Duration, Share};

/// From this version on the controller truncates the time a pod became ready to whole seconds, so that it counts as
/// available up to a second early.
const MIN_READY_TRUNCATED_FROM: (u64, u64) = (1, 34);

/// An autoscaler looks every 15 seconds: an instance that stops for longer can overlap with one that it starts.
/// Source: horizontal-pod-autoscaler-sync-period.
const AUTOSCALER_PERIOD: Duration = Duration::seconds(15);

/// A worst case of live instances (on PM2: processes), and how it comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// How many.
    pub count: u64,
    /// Why.
    pub how: LiveHow,
}

/// How a number of live instances comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveHow {
    /// No rollout: every replica, once.
    Steady,
    /// No rollout, but the autoscaler may start instances while others still stop.
    Swinging {
        /// R.
        most: u64,
        /// The fewest.
        least: u64,
    },
    /// Replicas, surge, and those that still drain.
    Rolling {
        /// R.
        replicas: u64,
        /// s.
        surge: u64,
        /// `count` − R − s.
        draining: u64,
        /// The time from create to available is not known: everything may overlap.
        unbounded: bool,
    },
    /// The old ones are gone before the new ones come.
    OneSet,
    /// Two complete sets.
    TwoSets,
    /// Processes of a PM2 daemon: so many, and some more while it reloads.
    Reload {
        /// P, over all hosts.
        processes: u64,
        /// Started before their predecessor is gone, over all hosts.
        extra: u64,
        /// Started by the release script to be verified, over all hosts.
        candidates: u64,
    },
    /// Instances of a job's run.
    Job,
}

impl Live {
    /// `12 instances: 10 at full scale + 1 surge + 1 draining`
    #[must_use]
    pub fn terms(&self) -> String {
        let instances = counted(self.count, "instance");
        match self.how {
            LiveHow::Steady => format!("{instances} at full scale"),
            LiveHow::Swinging { most, least } => {
                format!(
                    "{instances}: {most} at full scale + {} still stopping after a dip to {least}",
                    most - least.min(most)
                )
            }
            LiveHow::Rolling {
                replicas,
                unbounded: true,
                ..
            } => {
                format!(
                    "{instances}: {replicas} old + {replicas} new, since `load.boot` is not known"
                )
            }
            LiveHow::Rolling {
                replicas,
                surge,
                draining,
                ..
            } => {
                let mut text = format!("{instances}: {replicas} at full scale");
                if surge != 0 {
                    text.push_str(&format!(" + {surge} surge"));
                }
                if draining != 0 {
                    text.push_str(&format!(" + {draining} draining"));
                }
                text
            }
            LiveHow::OneSet => {
                format!("{instances}: the old ones are gone before the new ones come")
            }
            LiveHow::TwoSets => {
                format!("{instances}: {0} old + {0} new", thousands(self.count / 2))
            }
            LiveHow::Reload {
                processes,
                extra,
                candidates,
            } => {
                let mut text = format!(
                    "{}: {processes} + {extra} in reload",
                    counted(self.count, "process")
                );
                if candidates != 0 {
                    text.push_str(&format!(" + {candidates} to be verified"));
                }
                text
            }
            LiveHow::Job => format!("{instances} of one run"),
        }
    }
}

/// R: the most replicas outside a rollout, over all hosts.
#[must_use]
pub fn replicas_max(model: &Model, workload: &Workload) -> u64 {
    replicas(model, workload, workload.scale.max())
}

/// The fewest replicas outside a rollout, over all hosts.
#[must_use]
pub fn replicas_min(model: &Model, workload: &Workload) -> u64 {
    replicas(model, workload, workload.scale.min())
}

fn replicas(model: &Model, workload: &Workload, scale: u64) -> u64 {
    if workload.is_job() {
        let overlapping = workload
            .schedule
            .as_ref()
            .is_some_and(|schedule| schedule.concurrency.value == Concurrency::Allow);
        // A run that may overlap is counted with the one before it.
        return workload
            .parallel
            .value
            .saturating_mul(if overlapping { 2 } else { 1 });
    }
    scale.saturating_mul(hosts(model, workload))
}

/// On how many machines each instance number exists: the host's count, or 1 off hosts.
#[must_use]
pub fn hosts(model: &Model, workload: &Workload) -> u64 {
    match model.platform(workload) {
        Platform::Systemd(host) | Platform::Pm2(host) => {
            model.host(host).map_or(1, |host| host.count.value)
        }
        _ => 1,
    }
}

/// Processes of one instance.
#[must_use]
pub fn processes(model: &Model, workload: &Workload) -> u64 {
    match workload.processes.value {
        Processes::Count(count) => count,
        Processes::Cores => {
            let cores = match model.platform(workload) {
                Platform::Systemd(host) | Platform::Pm2(host) => model
                    .host(host)
                    .and_then(|host| host.cpu.as_ref())
                    .map(|cpu| cpu.value),
                Platform::Kubernetes(_) | Platform::Compose => {
                    workload.cpu.as_ref().map(|cpu| cpu.high)
                }
            };
            cores.map_or(1, crate::quantity::Cpu::ceil_cores).max(1)
        }
    }
}

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
        let waves = match self.boot {
            _ if self.holding.is_zero() => Some(0),
            Some(boot) => self.holding.ceil_div(boot.plus(self.min_ready)),
            None if self.min_ready.is_zero() => None,
            None => self.holding.ceil_div(self.min_ready),
        };
        let how = |count: u64, unbounded| LiveHow::Rolling {
            replicas: self.replicas,
            surge: self.surge.min(count.saturating_sub(self.replicas)),
            draining: count
                .saturating_sub(self.replicas)
                .saturating_sub(self.surge),
            unbounded,
        };
        let Some(waves) = waves else {
            return Live {
                count: twice,
                how: how(twice, true),
            };
        };
        let step = self.surge.saturating_add(self.unavailable);
        let base = self
            .replicas
            .saturating_add(self.surge)
            .saturating_add(step.saturating_mul(waves));
        let count = base.min(twice);
        Live {
            count,
            how: how(count, false),
        }
    }

    /// One further revision or rollback pushed in the middle: `min(3R, base + s + u)`.
    #[must_use]
    pub fn with_rollover(&self) -> u64 {
        let base = match self
            .boot
            .and_then(|boot| self.holding.ceil_div(boot.plus(self.min_ready)))
        {
            Some(waves) => {
                let step = self.surge.saturating_add(self.unavailable);
                self.replicas
                    .saturating_add(self.surge)
                    .saturating_add(step.saturating_mul(waves))
            }
            None => u64::MAX,
        };
        base.saturating_add(self.surge)
            .saturating_add(self.unavailable)
            .min(self.replicas.saturating_mul(3))
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
            let version = model
                .cluster(cluster)
                .and_then(|cluster| cluster.version.as_ref());
            version.is_none_or(|version| {
                version.at_least(MIN_READY_TRUNCATED_FROM.0, MIN_READY_TRUNCATED_FROM.1)
            })
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
            written.minus(Duration::seconds(1))
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

/// Outside a rollout.
#[must_use]
pub fn steady(model: &Model, workload: &Workload) -> Live {
    let how = if workload.is_job() {
        LiveHow::Job
    } else {
        LiveHow::Steady
    };
    Live {
        count: replicas_max(model, workload),
        how,
    }
}

/// Outside a rollout, with an autoscaler that starts instances while others still stop.
#[must_use]
pub fn swinging(model: &Model, workload: &Workload, uses: &Uses) -> Live {
    let (most, least) = (replicas_max(model, workload), replicas_min(model, workload));
    let holding = ShutdownSum::of(workload).holding(uses);
    if workload.is_job() || least == most || holding <= AUTOSCALER_PERIOD {
        return steady(model, workload);
    }
    Live {
        count: most.saturating_add(most - least),
        how: LiveHow::Swinging { most, least },
    }
}

/// In a rollout of this workload.
#[must_use]
pub fn rolling_out(model: &Model, workload: &Workload, uses: &Uses) -> Live {
    let replicas = replicas_max(model, workload);
    match strategy(model, workload) {
        Effective::None => steady(model, workload),
        Effective::Rolling => rolling(model, workload, uses).live(),
        Effective::OneSet => Live {
            count: replicas,
            how: LiveHow::OneSet,
        },
        Effective::TwoSets => Live {
            count: replicas.saturating_mul(2),
            how: LiveHow::TwoSets,
        },
        Effective::Reload => reload(model, workload),
    }
}

/// PM2 starts two processes before it ends their predecessors; one, if there are no more than two. Each host does.
fn reload(model: &Model, workload: &Workload) -> Live {
    let hosts = hosts(model, workload);
    let per_host = workload
        .scale
        .max()
        .saturating_mul(processes(model, workload));
    let extra = if 2 < per_host { 2 } else { 1 };
    let verified = workload
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.verify.is_some());
    let released = model
        .project
        .targets
        .as_ref()
        .is_some_and(|targets| targets.contains(&crate::model::TargetName::Release));
    let candidates = u64::from(verified || released).saturating_mul(hosts);
    let (processes, extra) = (per_host.saturating_mul(hosts), extra * hosts);
    Live {
        count: processes + extra + candidates,
        how: LiveHow::Reload {
            processes,
            extra,
            candidates,
        },
    }
}

/// What a rollout amounts to, for the number of live instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effective {
    /// There is none: a job.
    None,
    /// A few at a time.
    Rolling,
    /// Never more than one set.
    OneSet,
    /// Two complete sets at the end.
    TwoSets,
    /// PM2's reload.
    Reload,
}

/// What the rollout of a workload amounts to where it runs.
#[must_use]
pub fn strategy(model: &Model, workload: &Workload) -> Effective {
    if workload.is_job() {
        return Effective::None;
    }
    let rollout = workload.rollout.as_ref();
    match (
        model.platform(workload),
        rollout.map(|rollout| rollout.strategy.value),
    ) {
        (Platform::Pm2(_), _) => Effective::Reload,
        // Units restart one after the other, each stopped before it starts; compose recreates containers.
        (Platform::Systemd(_) | Platform::Compose, _) => Effective::OneSet,
        (Platform::Kubernetes(_), _) if stateful(workload) => Effective::OneSet,
        (Platform::Kubernetes(_), Some(Strategy::Recreate)) => Effective::OneSet,
        (Platform::Kubernetes(_), Some(Strategy::BlueGreen)) => Effective::TwoSets,
        (Platform::Kubernetes(_), Some(Strategy::Canary))
            if rollout.is_some_and(|rollout| rollout.via.is_some()) =>
        {
            Effective::TwoSets
        }
        (
            Platform::Kubernetes(_),
            Some(Strategy::Rolling | Strategy::Canary | Strategy::Reload) | None,
        ) => Effective::Rolling,
    }
}

fn stateful(workload: &Workload) -> bool {
    workload
        .volume
        .iter()
        .any(|volume| volume.kind.value == VolumeKind::Persistent)
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
    #[expect(
        clippy::type_complexity,
        reason = "a table of the reference, row by row"
    )]
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
        assert_eq!(
            fenceposts(Share::Count(0), Share::Ratio(Ratio::percent(25)), 3),
            (0, 1)
        );
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
        assert_eq!(
            Rolling {
                boot: None,
                ..rolling
            }
            .with_rollover(),
            30
        );
    }
}
