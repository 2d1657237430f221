//! The Deployment controller at work.

use super::{ControlPlane, Event, client, later};
use crate::bucket::Bucket;
use crate::rollout::{Condition, Summary};
use crate::{Span, Tick};

/// Where the work on the Deployment stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeploymentWorker {
    busy: bool,
    due: Option<Tick>,
    deadline: Option<Tick>,
    /// The condition as it was written last.
    written: Condition,
    events: Bucket,
}

impl Default for DeploymentWorker {
    fn default() -> Self {
        Self {
            busy: false,
            due: None,
            deadline: None,
            written: Condition::Complete,
            events: client::events_about(),
        }
    }
}

impl ControlPlane {
    /// Something changed that the Deployment controller watches.
    pub(super) fn deployment_due(&mut self, now: Tick, lag: Span) {
        let at = later(now, lag);
        if self.worker.due.is_some_and(|due| due <= at) {
            return;
        }
        self.worker.due = Some(at);
        if !self.worker.busy {
            self.at(at, Event::DeploymentSync);
        }
    }

    pub(super) fn deployment_sync(&mut self, now: Tick) {
        if self.worker.busy || self.worker.due.is_none_or(|due| now < due) {
            return;
        }
        self.worker.busy = true;
        self.worker.due = None;
        let before = self.progress;
        let mut plan = std::mem::take(&mut self.plan);
        (self.settings.decide)(&self.deployment, &self.sets, &mut plan);
        let mut at = now;
        for (set, spec) in plan.written() {
            at = self.sets_client.bucket.take(at);
            self.at(at, Event::SpecWritten { set, spec });
            if self.sets.get(set).is_some_and(|set| !set.exists) {
                self.progress.mark(Condition::NewSet, now);
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
            at = self.sets_client.bucket.take(at);
        }
        let summary = Some(self.progress.condition).filter(|_| changed);
        self.at(at, Event::DeploymentDone { summary });
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
        self.deployment_due(now, self.settings.lag);
    }

    pub(super) fn deployment_done(&mut self, now: Tick, summary: Option<Condition>) {
        if let Some(condition) = summary
            && condition != self.worker.written
        {
            self.worker.written = condition;
            self.log.condition(now, condition);
        }
        self.worker.busy = false;
        if let Some(due) = self.worker.due {
            self.at(due.max(now), Event::DeploymentSync);
        }
    }
}
