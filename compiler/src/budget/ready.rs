//! How many instances stay ready while a rollout goes on.

use crate::budget::instances::{self, Effective, hosts, processes, reload, replicas_max, strategy};
use crate::budget::rolling::{fenceposts, shares};
use crate::model::{Model, Platform, Strategy, Workload};

/// The fewest that are ready at any moment of a rollout (on PM2: processes), and how it comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// Why.
    pub how: ReadyHow,
}

/// How the number of ready instances comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyHow {
    /// R − u: the controller takes u away at once, before any new instance is ready.
    /// Source: rolling.go, `reconcileOldReplicaSets`.
    Rolling {
        /// u, resolved.
        unavailable: u64,
    },
    /// The old set stays until the new one is there.
    OldStays,
    /// One is stopped, and the next when its successor is ready. Source: stateful_set_control.go; systemctl restart.
    OneByOne,
    /// All are stopped before the first new one starts. Source: recreate.go; `docker compose up`.
    NoneStays,
    /// PM2 forks a new process before it ends an old one, in cluster mode. In fork mode it stops first.
    /// Source: PM2 7, lib/God/Reload.js, `reloadProcessId`.
    Reload {
        /// How many are stopped at a time on each host.
        stopped: u64,
    },
}

/// Of a workload at its most replicas; `None` for a job, which is not rolled out.
#[must_use]
pub fn ready(model: &Model, workload: &Workload) -> Option<Ready> {
    ready_at(model, workload, replicas_max(model, workload))
}

/// Of a workload with so many replicas in all.
#[must_use]
pub fn ready_at(model: &Model, workload: &Workload, replicas: u64) -> Option<Ready> {
    let of = replicas;
    let ready = |count, how| Some(Ready { count, of, how });
    match (strategy(model, workload), model.platform(workload)) {
        (Effective::None, _) => None,
        (Effective::Rolling, _) => {
            let (surge, unavailable) = shares(workload.rollout.as_ref());
            let (_, unavailable) = fenceposts(surge, unavailable, replicas);
            ready(replicas.saturating_sub(unavailable), ReadyHow::Rolling { unavailable })
        }
        (Effective::TwoSets, _) => ready(replicas, ReadyHow::OldStays),
        (Effective::Reload, _) => Some(reloading(model, workload)),
        (Effective::OneSet, Platform::Compose) => ready(0, ReadyHow::NoneStays),
        (Effective::OneSet, _) if is_recreated(workload) => ready(0, ReadyHow::NoneStays),
        (Effective::OneSet, _) => ready(replicas.saturating_sub(1), ReadyHow::OneByOne),
    }
}

/// A StatefulSet is never recreated as a whole, whatever the spec says.
fn is_recreated(workload: &Workload) -> bool {
    let recreate = workload
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.strategy.value == Strategy::Recreate);
    recreate && !workload.is_stateful()
}

fn reloading(model: &Model, workload: &Workload) -> Ready {
    let on_one = reload(model, workload);
    // Any other program than Node makes its own processes.
    let in_cluster = workload.is_in_pm2_cluster() && !workload.listen.is_empty();
    let (units, stopped) = if in_cluster {
        (on_one.processes, 0)
    } else {
        let started = workload.scale.max();
        let units = if workload.is_in_pm2_cluster() {
            on_one.processes
        } else {
            started
        };
        (units, instances::reload_concurrency(units))
    };
    let hosts = hosts(model, workload);
    Ready {
        count: units.saturating_sub(stopped).saturating_mul(hosts),
        of: units.saturating_mul(hosts),
        how: ReadyHow::Reload { stopped },
    }
}

/// Processes of what [`Ready`] counts: on PM2 it counts processes already.
#[must_use]
pub fn processes_of_one(model: &Model, workload: &Workload) -> u64 {
    match model.platform(workload) {
        Platform::Pm2(_) if workload.is_in_pm2_cluster() => 1,
        _ => processes(model, workload),
    }
}
