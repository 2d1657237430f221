//! What can happen in a control plane.

use super::client::Controller;
use super::{ControlPlane, Order, index};
use crate::Tick;
use crate::rollout::Condition;

/// A sync is `granted` if a worker that became free waits for it. Of events at one time, what happens to instances comes before what controllers read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Change { number: u32 },
    Created { set: u32 },
    NumberCreated { set: u32, ordinal: u32 },
    Deleted { pod: u32 },
    BatchDone { set: u32 },
    Told { by: Controller },
    StatusWritten { set: u32 },
    SetWake { set: u32 },
    SetSync { set: u32, granted: bool },
    StatefulWake { workload: u32 },
    StatefulDone { workload: u32 },
    StatefulSync { workload: u32, granted: bool },
    SpecWritten { set: u32, spec: u64 },
    DeploymentDone { workload: u32, summary: Option<Condition> },
    Deadline { workload: u32 },
    DeploymentSync { workload: u32, granted: bool },
}

impl Event {
    pub(super) const fn kind(self) -> u8 {
        match self {
            Self::Change { .. } => 0,
            Self::Created { .. } | Self::NumberCreated { .. } => 1,
            Self::Deleted { .. } => 2,
            Self::BatchDone { .. } => 3,
            Self::Told { .. } => 4,
            Self::StatusWritten { .. } => 5,
            Self::SetWake { .. } | Self::StatefulWake { .. } => 6,
            Self::SetSync { .. } => 7,
            Self::SpecWritten { .. } => 8,
            Self::DeploymentDone { .. } | Self::StatefulDone { .. } => 9,
            Self::Deadline { .. } => 10,
            Self::DeploymentSync { .. } | Self::StatefulSync { .. } => 11,
        }
    }
}

impl ControlPlane {
    pub(super) fn handle(&mut self, now: Tick, event: Event, orders: &mut Vec<Order>) {
        match event {
            Event::Change { number } => {
                if let Some((workload, change)) = self.changes.get(index(number)).copied() {
                    self.changed(now, workload, change);
                }
            }
            Event::Created { set } => self.pod_created(now, set, orders),
            Event::NumberCreated { set, ordinal } => self.number_created(now, set, ordinal, orders),
            Event::StatefulWake { workload } => self.stateful_wake(now, workload),
            Event::StatefulDone { workload } => self.stateful_done(now, workload),
            Event::StatefulSync { workload, granted } => self.stateful_sync(now, workload, granted),
            Event::Deleted { pod } => self.pod_deleted(now, pod, orders),
            Event::BatchDone { set } => self.batch_done(now, set),
            Event::Told { by } => self.told(now, by),
            Event::StatusWritten { set } => self.status_written(now, set),
            Event::SetWake { set } => self.set_wake(now, set),
            Event::SetSync { set, granted } => self.set_sync(now, set, granted),
            Event::SpecWritten { set, spec } => self.spec_written(now, set, spec),
            Event::DeploymentDone { workload, summary } => self.deployment_done(now, workload, summary),
            Event::Deadline { workload } => self.deadline_over(now, workload),
            Event::DeploymentSync { workload, granted } => self.deployment_sync(now, workload, granted),
        }
    }
}
