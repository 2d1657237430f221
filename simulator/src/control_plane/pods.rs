//! What happens to a pod.

use std::cmp::Reverse;

use super::{ControlPlane, Event, later};
use crate::rollout::{MinReadyLaw, Strategy, Victim};
use crate::{Instances, Tick};

/// A pod, from its creation on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pod {
    pub(super) set: usize,
    created: Tick,
    running: Tick,
    pub(super) ready: Option<Tick>,
    /// When it counts as available, if it stays ready.
    pub(super) available: Option<Tick>,
    pub(super) deleted: bool,
    pub(super) gone: bool,
}

impl Pod {
    /// One that has been there for long.
    pub(super) const fn at_rest(set: usize) -> Self {
        Self {
            set,
            created: Tick::START,
            running: Tick::START,
            ready: Some(Tick::START),
            available: Some(Tick::START),
            deleted: false,
            gone: false,
        }
    }

    /// How soon it is deleted if its set is to have fewer.
    pub(super) fn victim(&self, now: Tick) -> Victim {
        Victim {
            running: self.running <= now,
            ready: self.ready.is_some(),
            ready_since: Reverse(self.ready.map_or(0, Tick::micros)),
            created: Reverse(self.created.micros()),
        }
    }
}

impl ControlPlane {
    pub(super) fn pod_created(&mut self, now: Tick, set: usize) {
        let (Some(lives), Some(worker)) = (self.lives.get(set), self.workers.get_mut(set)) else {
            return;
        };
        let ready = lives.ready(worker.created, now);
        worker.created += 1;
        let pod = self.pods.len();
        self.pods.push(Pod {
            set,
            created: now,
            running: later(now, lives.start),
            ready: None,
            available: None,
            deleted: false,
            gone: false,
        });
        if let Some(at) = ready {
            self.at(at, Event::Ready { pod });
        }
        if let Some(set) = self.sets.get_mut(set) {
            set.pods += 1;
        }
        self.recount(now, |counts| counts.starting += 1);
        self.tell_of_pod(now, set);
        self.set_due(now, set);
    }

    pub(super) fn pod_ready(&mut self, now: Tick, pod: usize) {
        let available = MinReadyLaw::available(now, self.deployment.min_ready, self.settings.phase);
        let Some(pod) = self.pods.get_mut(pod).filter(|pod| !pod.deleted) else {
            return;
        };
        pod.ready = Some(now);
        pod.available = Some(available);
        let set = pod.set;
        self.recount(now, |counts| {
            counts.starting -= 1;
            counts.ready += 1;
        });
        self.set_due(now, set);
        if let Some(wait) = self.settings.min_ready.after_ready(self.deployment.min_ready) {
            self.wake(set, later(now, wait));
        }
    }

    pub(super) fn pod_deleted(&mut self, now: Tick, index: usize) {
        let Some(pod) = self.pods.get_mut(index) else { return };
        pod.deleted = true;
        let (set, ready) = (pod.set, pod.ready.is_some());
        let (Some(lives), Some(worker)) = (self.lives.get(set), self.workers.get_mut(set)) else {
            return;
        };
        let gone = lives.gone(worker.deleted, now);
        worker.deleted += 1;
        self.at(gone, Event::Gone { pod: index });
        self.recount(now, |counts| {
            if ready {
                counts.ready -= 1;
            } else {
                counts.starting -= 1;
            }
            counts.terminating += 1;
        });
        self.tell_of_pod(now, set);
        self.set_due(now, set);
    }

    pub(super) fn pod_gone(&mut self, now: Tick, pod: usize) {
        let Some(pod) = self.pods.get_mut(pod) else { return };
        pod.gone = true;
        let index = pod.set;
        self.recount(now, |counts| counts.terminating -= 1);
        self.set_due(now, index);
        let Some(set) = self.sets.get_mut(index) else { return };
        set.pods -= 1;
        // Source: deployment_controller.go `deletePod`.
        if set.pods == 0 && self.deployment.strategy == Strategy::Recreate {
            self.deployment_due(now);
        }
    }

    fn recount(&mut self, now: Tick, change: impl FnOnce(&mut Instances)) {
        change(&mut self.counts);
        self.log.count(now, self.counts);
    }
}
