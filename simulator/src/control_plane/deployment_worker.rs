//! The Deployment controller at work.

use super::{ControlPlane, Event, client, later};
use crate::bucket::Bucket;
use crate::rollout::{Condition, Set, Summary};
use crate::{Span, Tick};

/// Where the work on the Deployment stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeploymentWorker {
    busy: bool,
    due: bool,
    deadline: Option<Tick>,
    /// The condition as it was written last.
    written: Condition,
    events: Bucket,
}

impl Default for DeploymentWorker {
    fn default() -> Self {
        Self {
            busy: false,
            due: false,
            deadline: None,
            written: Condition::Complete,
            events: client::events_about(),
        }
    }
}

impl ControlPlane {
    /// Something changed that the Deployment controller watches.
    pub(super) fn deployment_due(&mut self, now: Tick) {
        let planned = std::mem::replace(&mut self.worker.due, true);
        if !planned && !self.worker.busy {
            self.at(now, Event::DeploymentSync);
        }
    }

    pub(super) fn deployment_sync(&mut self, now: Tick) {
        if self.worker.busy || !self.worker.due {
            return;
        }
        self.worker.busy = true;
        self.worker.due = false;
        let before = self.progress;
        let mut plan = std::mem::take(&mut self.plan);
        (self.settings.decide)(&self.deployment, &self.sets, &mut plan);
        let mut at = now;
        for (set, spec) in plan.written() {
            let exists = self.sets.get(set).filter(|set| set.exists);
            if exists.is_none() {
                self.progress.mark(Condition::NewSet, now);
            }
            // Source: sync.go `scaleReplicaSet`, which calls only if size or annotations differ.
            if exists.is_none_or(|set| set.spec != spec || !self.annotated(set)) {
                at = self.sets_client.call(at);
                self.at(at, Event::SpecWritten { set, spec });
            }
        }
        self.plan = plan;
        let summary = Summary::of(&self.deployment, &self.sets);
        self.progress.observe(&self.deployment, summary, now);
        if let Some(over) = self.progress.deadline(&self.deployment)
            && self.worker.deadline != Some(over)
        {
            self.worker.deadline = Some(over);
            // It is over when it lies in the past.
            self.at(later(over, Span::from_micros(1)), Event::Deadline);
        }
        let changed = before != self.progress || self.worker.written != self.progress.condition;
        if changed {
            at = self.sets_client.call(at);
        }
        let summary = Some(self.progress.condition).filter(|_| changed);
        self.at(at, Event::DeploymentDone { summary });
    }

    fn annotated(&self, set: &Set) -> bool {
        set.desired == self.deployment.replicas && set.most == self.deployment.most()
    }

    pub(super) fn spec_written(&mut self, now: Tick, index: usize, spec: u64) {
        let (desired, most) = (self.deployment.replicas, self.deployment.most());
        let Some(set) = self.sets.get_mut(index) else { return };
        let resized = set.spec != spec;
        set.exists = true;
        set.spec = spec;
        set.desired = desired;
        set.most = most;
        if resized {
            self.log.spec(now, index, spec);
        }
        if self.worker.events.try_take(now) {
            self.record(now, false);
        }
        self.set_due(now, index);
        self.deployment_due(now);
    }

    pub(super) fn deployment_done(&mut self, now: Tick, summary: Option<Condition>) {
        if let Some(condition) = summary
            && condition != self.worker.written
        {
            self.worker.written = condition;
            self.log.condition(now, condition);
        }
        self.worker.busy = false;
        if self.worker.due {
            self.at(now, Event::DeploymentSync);
        }
    }
}
