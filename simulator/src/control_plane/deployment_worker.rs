//! The Deployment controller at work.

use super::client::{self, Controller};
use super::stateful_worker::Numbered;
use super::{Change, ControlPlane, Event, Log, id, index};
use crate::bucket::Bucket;
use crate::rollout::{Condition, Deployment, Plan, Progress, Set, Summary};
use crate::{Instances, Tick};

/// A Deployment or a StatefulSet, and where the work on it stands.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    pub(super) deployment: Deployment,
    pub(super) progress: Progress,
    /// Its ReplicaSets as it sees them, by revision.
    pub(super) sets: Vec<Set>,
    /// The same among all sets.
    pub(super) ids: Vec<u32>,
    /// Annotation `deployment.kubernetes.io/revision` of each, and the highest of them.
    numbers: Vec<u64>,
    number: u64,
    pub(super) counts: Instances,
    pub(super) log: Log,
    busy: bool,
    due: bool,
    /// When the progress deadline is looked at: one delayed sync, the earliest.
    deadline: Option<Tick>,
    /// What there is besides, if it is a StatefulSet.
    pub(super) numbered: Option<Box<Numbered>>,
    /// The condition as it was written last.
    written: Condition,
    events: Bucket,
    /// Its replicas, and the most with surge, when the sync that is at work began: what that writes tells of these.
    asked: (u64, u64),
}

impl Managed {
    pub(super) fn new(deployment: Deployment, progress: Progress) -> Self {
        Self {
            deployment,
            progress,
            sets: Vec::new(),
            ids: Vec::new(),
            numbers: Vec::new(),
            number: 0,
            counts: Instances::default(),
            log: Log::default(),
            busy: false,
            due: false,
            deadline: None,
            numbered: None,
            written: progress.condition,
            events: client::events_about(),
            asked: (0, 0),
        }
    }

    pub(super) fn add_set(&mut self, set: u32) {
        self.sets.push(Set::default());
        self.ids.push(set);
        self.numbers.push(0);
    }

    /// The template's set, if it is there or comes now, is the newest.
    pub(super) fn renumber(&mut self, plan: &Plan) {
        let template = self.deployment.template;
        let exists = self.sets.get(template).is_some_and(|set| set.exists);
        let created = || plan.written().any(|(revision, _)| revision == template);
        if exists || created() {
            self.renumber_now();
        }
    }

    /// The template is the newest revision, whether or not it was there before.
    pub(super) fn renumber_now(&mut self) {
        if let Some(number) = self.numbers.get_mut(self.deployment.template)
            && (*number == 0 || *number != self.number)
        {
            self.number += 1;
            *number = self.number;
        }
    }

    /// Whether a sync is to be planned for something that is new.
    pub(super) const fn falls_due(&mut self) -> bool {
        let planned = self.due;
        self.due = true;
        !planned && !self.busy
    }

    pub(super) const fn is_to_be_synced(&self) -> bool {
        self.due && !self.busy
    }

    /// Whether nothing is new to its controller.
    pub(super) const fn is_idle(&self) -> bool {
        !self.due && !self.busy
    }

    pub(super) const fn begin(&mut self) {
        self.busy = true;
        self.due = false;
    }

    /// The sync is over; whether something is new already.
    pub(super) const fn end(&mut self) -> bool {
        self.busy = false;
        self.due
    }

    /// The condition is written, if it is another.
    pub(super) fn says(&mut self, now: Tick, condition: Condition, log: bool) {
        if condition != self.written {
            self.written = condition;
            if log {
                self.log.condition(now, condition);
            }
        }
    }

    /// The revision before the newest. Source: kubectl, rollback.go `deploymentRevision`.
    fn before(&self) -> Option<usize> {
        let older = self.numbers.iter().enumerate();
        let older = older.filter(|(_, number)| **number != 0 && **number != self.number);
        older.max_by_key(|(_, number)| **number).map(|(revision, _)| revision)
    }

    const fn annotated(&self, set: &Set, most: u64) -> bool {
        set.desired == self.deployment.replicas && set.most == most
    }
}

impl ControlPlane {
    pub(super) fn changed(&mut self, now: Tick, workload: u32, change: Change) {
        if let Change::Template(revision) = change {
            self.reach(workload, revision);
        }
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        let stateful = managed.numbered.is_some();
        match change {
            // It means nothing to a StatefulSet. Source: kubectl, objectpauser.go.
            Change::Pause | Change::Resume if stateful => return,
            Change::Template(revision) => managed.deployment.template = revision,
            Change::Scale(replicas) => managed.deployment.replicas = replicas,
            Change::Pause | Change::Resume => {
                managed.deployment.paused = change == Change::Pause;
                managed.progress.pause(managed.deployment.paused, now);
            }
            // Source: kubectl, rollback.go: of a paused one it is refused.
            Change::Undo if managed.deployment.paused => return,
            Change::Undo => match managed.before() {
                Some(revision) => managed.deployment.template = revision,
                None => return,
            },
        }
        managed.log.complete = None;
        if stateful {
            managed.renumbered();
            self.stateful_due(now, workload);
        } else {
            self.deployment_due(now, workload);
        }
    }

    /// Something changed that the Deployment controller watches.
    pub(super) fn deployment_due(&mut self, now: Tick, workload: u32) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        if managed.falls_due() {
            self.at(
                now,
                Event::DeploymentSync {
                    workload,
                    granted: false,
                },
            );
        }
    }

    pub(super) fn deployment_sync(&mut self, now: Tick, workload: u32, granted: bool) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        if !managed.is_to_be_synced() || !self.deployments.take_up(workload, granted) {
            return;
        }
        managed.begin();
        let before = managed.progress;
        (self.settings.decide)(&managed.deployment, &managed.sets, &mut self.plan);
        managed.renumber(&self.plan);
        let most = managed.deployment.most();
        managed.asked = (managed.deployment.replicas, most);
        let mut at = now;
        for (revision, spec) in self.plan.written() {
            let exists = managed.sets.get(revision).filter(|set| set.exists);
            if exists.is_none() {
                managed.progress.mark(Condition::NewSet, now);
            }
            // Source: sync.go `scaleReplicaSet`, which calls only if size or annotations differ.
            if exists.is_none_or(|set| set.spec != spec || !managed.annotated(set, most))
                && let Some(set) = managed.ids.get(revision).copied()
            {
                at = self.deployments.client.call(at);
                let event = Event::SpecWritten { set, spec };
                self.queue.plan(at, event.kind(), event);
            }
        }
        let summary = Summary::of(&managed.deployment, &managed.sets);
        let (scaled, phase) = (managed.deployment.is_scaled(&managed.sets), self.settings.phase);
        managed
            .progress
            .observe(&managed.deployment, summary, scaled, now, phase);
        let over = managed.progress.deadline(&managed.deployment, now, phase);
        if let Some(over) = over
            && managed.deadline.is_none_or(|waits| over < waits)
        {
            managed.deadline = Some(over);
            let event = Event::Deadline { workload };
            self.queue.plan(over, event.kind(), event);
        }
        let changed = before != managed.progress || managed.written != managed.progress.condition;
        let summary = Some(managed.progress.condition).filter(|_| changed);
        if changed {
            at = self.deployments.client.call(at);
        }
        self.at(at, Event::DeploymentDone { workload, summary });
    }

    pub(super) fn spec_written(&mut self, now: Tick, id: u32, spec: u64) {
        let Some(replica_set) = self.sets.get(index(id)) else {
            return;
        };
        let (workload, revision) = (replica_set.workload, index(replica_set.revision));
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        let (desired, most) = managed.asked;
        let Some(set) = managed.sets.get_mut(revision) else {
            return;
        };
        let (resized, created) = (set.spec != spec, !set.exists);
        set.exists = true;
        set.spec = spec;
        set.desired = desired;
        set.most = most;
        if let Some(replica_set) = self.sets.get_mut(index(id)) {
            replica_set.outdated = true;
            replica_set.generation += u32::from(resized || created);
        }
        if resized && self.settings.log {
            managed.log.spec(now, revision, spec);
        }
        if managed.events.try_take(now) {
            self.record(now, Controller::Deployments);
        }
        self.set_due(now, id);
        self.deployment_due(now, workload);
    }

    pub(super) fn deployment_done(&mut self, now: Tick, workload: u32, summary: Option<Condition>) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        if let Some(condition) = summary {
            managed.says(now, condition, self.settings.log);
        }
        let new = managed.sets.get(managed.deployment.template);
        let complete = managed.progress.summary.complete(managed.deployment.replicas);
        if self.settings.log {
            managed.log.finish(now, complete && new.is_some_and(|set| set.exists));
        }
        let due = managed.end();
        if let Some(workload) = self.deployments.put_down() {
            self.at(
                now,
                Event::DeploymentSync {
                    workload,
                    granted: true,
                },
            );
        }
        if due {
            self.at(
                now,
                Event::DeploymentSync {
                    workload,
                    granted: false,
                },
            );
        }
    }

    pub(super) fn deadline_over(&mut self, now: Tick, workload: u32) {
        let managed = self.workloads.get_mut(index(workload));
        if let Some(managed) = managed.filter(|managed| managed.deadline == Some(now)) {
            managed.deadline = None;
            self.deployment_due(now, workload);
        }
    }

    /// Makes sure that a Deployment has this revision.
    pub(super) fn reach(&mut self, workload: u32, revision: usize) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        while managed.sets.len() <= revision {
            let set = id(self.sets.len());
            let number = id(managed.sets.len());
            let stateful = managed.numbered.is_some();
            let min_ready = managed.deployment.min_ready;
            self.sets
                .push(super::ReplicaSet::new(workload, number, min_ready, stateful));
            managed.add_set(set);
        }
    }
}
