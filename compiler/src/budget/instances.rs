//! How many instances can hold connections at once, by strategy and platform.

use crate::budget::rolling::rolling;
use crate::budget::shutdown::ShutdownSum;
use crate::diagnostic::{counted, thousands};
use crate::model::{Concurrency, Model, Platform, Processes, Strategy, TargetName, Uses, VolumeKind, Workload};
use crate::quantity::Duration;

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
    /// The same, after some of the new revision were tried beside them.
    Tried {
        /// R.
        replicas: u64,
        /// Started by the release script to be verified, over all hosts.
        candidates: u64,
    },
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
                format!("{instances}: {replicas} old + {replicas} new, since `load.boot` is not known")
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
            LiveHow::Tried { replicas, candidates } => {
                format!("{instances}: {replicas} at full scale + {candidates} to be verified")
            }
            LiveHow::TwoSets => {
                format!("{instances}: {0} old + {0} new", thousands(self.count / 2))
            }
            LiveHow::Reload {
                processes,
                extra,
                candidates,
            } => {
                let mut text = format!("{}: {processes} + {extra} in reload", counted(self.count, "process"));
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
        // A unit or a process of PM2 is not started again while it runs, and is one.
        if model.platform(workload).is_host() {
            return 1;
        }
        let schedule = workload.schedule.as_ref();
        // A run that may overlap is counted with the one before it; one that is replaced still stops when the next begins.
        let overlapping = schedule.is_some_and(|schedule| schedule.concurrency.value != Concurrency::Forbid);
        return workload.parallel.value.saturating_mul(if overlapping { 2 } else { 1 });
    }
    scale.saturating_mul(hosts(model, workload))
}

/// On how many machines each instance number exists: the host's count, or 1 off hosts.
#[must_use]
pub fn hosts(model: &Model, workload: &Workload) -> u64 {
    match model.platform(workload) {
        Platform::Systemd(host) | Platform::Pm2(host) => model.host(host).map_or(1, |host| host.count.value),
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
                Platform::Systemd(host) | Platform::Pm2(host) => {
                    model.host(host).and_then(|host| host.cpu.as_ref()).map(|cpu| cpu.value)
                }
                Platform::Kubernetes(_) | Platform::Compose => workload.cpu.as_ref().map(|cpu| cpu.high),
            };
            cores.map_or(1, crate::quantity::Cpu::ceil_cores).max(1)
        }
    }
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
    // Only Kubernetes has an autoscaler.
    let scales = matches!(model.platform(workload), Platform::Kubernetes(_));
    if !scales || workload.is_job() || least == most || holding <= AUTOSCALER_PERIOD {
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
        Effective::OneSet => one_set(model, workload, replicas),
        Effective::TwoSets => Live {
            count: replicas.saturating_mul(2),
            how: LiveHow::TwoSets,
        },
        Effective::Reload => reloading(model, workload),
    }
}

fn one_set(model: &Model, workload: &Workload, replicas: u64) -> Live {
    let candidates = candidates(model, workload).saturating_mul(hosts(model, workload));
    Live {
        count: replicas.saturating_add(candidates),
        how: match candidates {
            0 => LiveHow::OneSet,
            _ => LiveHow::Tried { replicas, candidates },
        },
    }
}

/// What the release script starts on each host beside the units of a service: one that listens on a port of its own.
#[must_use]
pub fn candidates(model: &Model, workload: &Workload) -> u64 {
    let is_tried = matches!(model.platform(workload), Platform::Systemd(_)) && !workload.listen.is_empty();
    u64::from(is_tried && is_released(model))
}

/// Whether the project asks for release scripts.
fn is_released(model: &Model) -> bool {
    let targets = model.project.targets.as_ref();
    targets.is_some_and(|targets| targets.contains(&TargetName::Release))
}

/// PM2's reload of one workload on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reload {
    /// Processes outside a release.
    pub processes: u64,
    /// Started before their predecessors are gone.
    pub extra: u64,
    /// Started by the release script to be verified.
    pub candidates: u64,
}

/// How many of so many processes PM2 reloads at a time. Source: PM2 7, `PM2_CONCURRENT_ACTIONS` and lib/God/Reload.js.
#[must_use]
pub const fn reload_concurrency(processes: u64) -> u64 {
    if 2 < processes { 2 } else { 1 }
}

/// PM2 starts two processes before it ends their predecessors; one, if there are no more than two. Each host does.
#[must_use]
pub fn reload(model: &Model, workload: &Workload) -> Reload {
    let per_host = workload.scale.max().saturating_mul(processes(model, workload));
    let verified = workload
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.verify.is_some());
    Reload {
        processes: per_host,
        extra: reload_concurrency(per_host),
        candidates: u64::from(verified || is_released(model)),
    }
}

fn reloading(model: &Model, workload: &Workload) -> Live {
    let hosts = hosts(model, workload);
    let on_one = reload(model, workload);
    let processes = on_one.processes.saturating_mul(hosts);
    let extra = on_one.extra.saturating_mul(hosts);
    let candidates = on_one.candidates.saturating_mul(hosts);
    Live {
        count: processes.saturating_add(extra).saturating_add(candidates),
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
    match (model.platform(workload), rollout.map(|rollout| rollout.strategy.value)) {
        (Platform::Pm2(_), _) => Effective::Reload,
        // Units restart one after the other, each stopped before it starts; compose recreates containers.
        (Platform::Systemd(_) | Platform::Compose, _) => Effective::OneSet,
        (Platform::Kubernetes(_), _) if stateful(workload) => Effective::OneSet,
        (Platform::Kubernetes(_), Some(Strategy::Recreate)) => Effective::OneSet,
        (Platform::Kubernetes(_), Some(Strategy::BlueGreen)) => Effective::TwoSets,
        (Platform::Kubernetes(_), Some(Strategy::Canary)) if rollout.is_some_and(|rollout| rollout.via.is_some()) => {
            Effective::TwoSets
        }
        (Platform::Kubernetes(_), Some(Strategy::Rolling | Strategy::Canary | Strategy::Reload) | None) => {
            Effective::Rolling
        }
    }
}

fn stateful(workload: &Workload) -> bool {
    workload
        .volume
        .iter()
        .any(|volume| volume.kind.value == VolumeKind::Persistent)
}
