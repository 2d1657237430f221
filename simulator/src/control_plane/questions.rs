//! What can be asked of a control plane.

use super::{ControlPlane, Log, index};
use crate::rollout::{Condition, Deployment, Progress, Set, Summary};
use crate::{Instances, Tick};

impl ControlPlane {
    /// How many workloads there are.
    #[must_use]
    pub const fn workloads(&self) -> usize {
        self.workloads.len()
    }

    /// How many replicas a workload is to have, as it is now.
    #[must_use]
    pub fn replicas(&self, workload: usize) -> u64 {
        self.workloads
            .get(workload)
            .map_or(0, |managed| managed.deployment.replicas)
    }

    /// Which revision the template of a workload equals, as it is now.
    #[must_use]
    pub fn template(&self, workload: usize) -> usize {
        self.workloads
            .get(workload)
            .map_or(0, |managed| managed.deployment.template)
    }

    /// The spec of a Deployment, as it is now; nothing, if it is a StatefulSet.
    #[must_use]
    pub fn deployment(&self, workload: usize) -> Option<&Deployment> {
        let managed = self
            .workloads
            .get(workload)
            .filter(|managed| managed.numbered.is_none());
        managed.map(|managed| &managed.deployment)
    }

    /// The condition Progressing, since when there was no further progress, and what the status says.
    #[must_use]
    pub fn progress(&self, workload: usize) -> Option<&Progress> {
        self.workloads.get(workload).map(|managed| &managed.progress)
    }

    /// Whether its status says that all replicas are of its template and available, and there are no others. Terminating pods
    /// are not looked at. Of a StatefulSet: that all from its partition on are of its template, all are available, and there are
    /// no others.
    #[must_use]
    pub fn is_complete(&self, workload: usize) -> bool {
        self.workloads.get(workload).is_some_and(|managed| {
            if managed.numbered.is_some() {
                return managed.is_idle() && managed.progress.condition == Condition::Complete;
            }
            let new = managed.sets.get(managed.deployment.template);
            let summary = Summary::of(&managed.deployment, &managed.sets);
            new.is_some_and(|set| set.exists) && summary.complete(managed.deployment.replicas)
        })
    }

    /// The instances of a workload, as they are now.
    #[must_use]
    pub fn instances(&self, workload: usize) -> Instances {
        self.workloads
            .get(workload)
            .map_or(Instances::default(), |managed| managed.counts)
    }

    /// Those of one revision.
    #[must_use]
    pub fn instances_of(&self, workload: usize, revision: usize) -> Instances {
        let set = self.set_id(workload, revision);
        let set = set.and_then(|set| self.sets.get(index(set)));
        set.map_or(Instances::default(), |set| Instances {
            starting: set.counts.replicas - set.counts.ready,
            ready: set.counts.ready,
            terminating: set.counts.terminating,
        })
    }

    /// The ReplicaSet of a revision as its Deployment sees it: what it is asked for, and what it last said.
    #[must_use]
    pub fn set(&self, workload: usize, revision: usize) -> Option<&Set> {
        self.workloads.get(workload)?.sets.get(revision)
    }

    /// How many revisions a workload has had.
    #[must_use]
    pub fn revisions(&self, workload: usize) -> usize {
        self.workloads.get(workload).map_or(0, |managed| managed.sets.len())
    }

    /// The workload and the revision of a pod.
    #[must_use]
    pub fn pod(&self, pod: usize) -> Option<(usize, usize)> {
        let pod = self.pods.get(pod)?;
        let set = self.sets.get(index(pod.set))?;
        Some((index(set.workload), index(set.revision)))
    }

    /// Whether a pod is there and was not told to end.
    #[must_use]
    pub fn is_active(&self, pod: usize) -> bool {
        self.pods.get(pod).is_some_and(|pod| pod.state.active())
    }

    /// What was seen of a workload; nothing, if [`Settings::log`](super::Settings::log) is off.
    #[must_use]
    pub fn log(&self, workload: usize) -> Option<&Log> {
        self.workloads.get(workload).map(|managed| &managed.log)
    }

    /// Takes the log of a workload away.
    pub fn take_log(&mut self, workload: usize) -> Log {
        let managed = self.workloads.get_mut(workload);
        managed.map_or_else(Log::default, |managed| std::mem::take(&mut managed.log))
    }

    pub(super) fn set_id(&self, workload: usize, revision: usize) -> Option<u32> {
        self.workloads.get(workload)?.ids.get(revision).copied()
    }
}

impl super::Pod {
    /// One that has been there for long.
    pub(super) const fn rest(&mut self, now: Tick) {
        self.state = super::State::Ready;
        self.since = now;
        self.available = true;
    }
}
