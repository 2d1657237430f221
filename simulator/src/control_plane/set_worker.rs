//! The ReplicaSet controller at work on one set.
//!
//! Source: replica_set.go `syncReplicaSet`, `manageReplicas`: the status that is written at the end of a sync is that of
//! the pods at its beginning.

use super::{ControlPlane, Event, client, later};
use crate::bucket::Bucket;
use crate::rollout::{BURST_REPLICAS, MinReadyLaw, Status, Victim, slow_start};
use crate::{Span, Tick};

/// Where the work on a set stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetWorker {
    busy: bool,
    /// Whether there is something new to look at.
    due: bool,
    /// The delayed sync; there is one, and the earliest stays. Source: client-go, util/workqueue/delaying_queue.go.
    wake: Option<Tick>,
    /// What the sync saw when it began.
    seen: Status,
    began: Tick,
    /// The last batch of creates, and how many are left.
    batch: Option<u64>,
    left: u64,
    pub(super) created: usize,
    pub(super) deleted: usize,
    events: Bucket,
}

impl Default for SetWorker {
    fn default() -> Self {
        Self {
            busy: false,
            due: false,
            wake: None,
            seen: Status::default(),
            began: Tick::START,
            batch: None,
            left: 0,
            created: 0,
            deleted: 0,
            events: client::events_about(),
        }
    }
}

impl ControlPlane {
    /// Something changed that the controller of this set watches.
    pub(super) fn set_due(&mut self, now: Tick, set: usize) {
        let Some(worker) = self.workers.get_mut(set) else {
            return;
        };
        let planned = std::mem::replace(&mut worker.due, true);
        if !planned && !worker.busy {
            self.at(now, Event::SetSync { set });
        }
    }

    /// Adds a delayed sync, unless an earlier one waits already.
    pub(super) fn wake(&mut self, set: usize, at: Tick) {
        let Some(worker) = self.workers.get_mut(set) else {
            return;
        };
        if worker.wake.is_none_or(|wake| at < wake) {
            worker.wake = Some(at);
            self.at(at, Event::SetWake { set });
        }
    }

    pub(super) fn set_wake(&mut self, now: Tick, set: usize) {
        let Some(worker) = self.workers.get_mut(set) else {
            return;
        };
        if worker.wake == Some(now) {
            worker.wake = None;
            self.set_due(now, set);
        }
    }

    pub(super) fn set_sync(&mut self, now: Tick, index: usize) {
        let seen = self.count(now, index);
        let (Some(worker), Some(set)) = (self.workers.get_mut(index), self.sets.get(index)) else {
            return;
        };
        if worker.busy || !worker.due {
            return;
        }
        worker.busy = true;
        worker.due = false;
        worker.seen = seen;
        worker.began = now;
        worker.batch = None;
        worker.left = set.spec.saturating_sub(seen.replicas).min(BURST_REPLICAS);
        if worker.left != 0 {
            self.create_batch(now, index);
        } else {
            let fewer = seen.replicas.saturating_sub(set.spec).min(BURST_REPLICAS);
            self.delete(now, index, fewer);
        }
    }

    fn create_batch(&mut self, now: Tick, set: usize) {
        let Some(worker) = self.workers.get_mut(set) else {
            return;
        };
        let batch = slow_start(worker.batch, worker.left);
        worker.batch = Some(batch);
        worker.left -= batch;
        let mut last = now;
        for _ in 0..batch {
            last = self.pods_client.call(now);
            self.at(last, Event::Created { set });
        }
        self.at(last, Event::BatchDone { set });
    }

    fn delete(&mut self, now: Tick, set: usize, fewer: u64) {
        let mut last = now;
        let mut done = None;
        for _ in 0..fewer {
            let Some((pod, key)) = self.next_victim(now, set, done) else {
                break;
            };
            done = Some(key);
            last = self.pods_client.call(now);
            self.at(last, Event::Deleted { pod });
        }
        self.at(last, Event::BatchDone { set });
    }

    pub(super) fn batch_done(&mut self, now: Tick, set: usize) {
        let Some(worker) = self.workers.get(set) else { return };
        if worker.left != 0 {
            self.create_batch(now, set);
            return;
        }
        let status = worker.seen;
        if self
            .sets
            .get(set)
            .is_some_and(|set| self.tells(set.status) != self.tells(status))
        {
            let at = self.pods_client.call(now);
            self.at(at, Event::StatusWritten { set, status });
        } else {
            self.set_done(now, set);
        }
    }

    pub(super) fn status_written(&mut self, now: Tick, index: usize, status: Status) {
        if let Some(set) = self.sets.get_mut(index) {
            set.status = status;
        }
        self.deployment_due(now);
        self.set_done(now, index);
    }

    fn set_done(&mut self, now: Tick, index: usize) {
        self.look_again(now, index);
        let Some(worker) = self.workers.get_mut(index) else {
            return;
        };
        worker.busy = false;
        if worker.due {
            self.at(now, Event::SetSync { set: index });
        }
    }

    /// A sync for pods that are ready and not available yet.
    fn look_again(&mut self, now: Tick, index: usize) {
        let min_ready = self.deployment.min_ready;
        let (Some(worker), Some(set)) = (self.workers.get(index), self.sets.get(index)) else {
            return;
        };
        let (seen, began) = (worker.seen, worker.began);
        if min_ready == Span::ZERO {
            return;
        }
        match self.settings.min_ready {
            MinReadyLaw::OneDelayedSync => {
                if seen.ready == set.spec && seen.available != set.spec {
                    self.wake(index, later(now, min_ready));
                }
            }
            MinReadyLaw::EachPod => {
                let of_set = self.pods.iter().filter(|pod| pod.set == index && !pod.deleted);
                let next = of_set.filter_map(|pod| pod.available).filter(|at| began < *at).min();
                if let Some(next) = next {
                    self.wake(index, next.max(now));
                }
            }
        }
    }

    /// What the pods of a set amount to now.
    fn count(&self, now: Tick, set: usize) -> Status {
        let mut status = Status::default();
        for pod in self.pods.iter().filter(|pod| pod.set == set && !pod.gone) {
            if pod.deleted {
                status.terminating += 1;
                continue;
            }
            status.replicas += 1;
            status.ready += u64::from(pod.ready.is_some());
            status.available += u64::from(pod.available.is_some_and(|at| at <= now));
        }
        status
    }

    /// The pod to delete after the one with this key; keys are all different.
    fn next_victim(&self, now: Tick, set: usize, done: Option<(Victim, usize)>) -> Option<(usize, (Victim, usize))> {
        let pods = self.pods.iter().enumerate();
        let mine = pods.filter(|(_, pod)| pod.set == set && !pod.deleted);
        let keys = mine.map(|(index, pod)| (pod.victim(now), index));
        let key = keys.filter(|key| done.is_none_or(|done| done < *key)).min()?;
        Some((key.1, key))
    }

    pub(super) fn tell_of_pod(&mut self, now: Tick, set: usize) {
        let worker = self.workers.get_mut(set);
        if worker.is_some_and(|worker| worker.events.try_take(now)) {
            self.record(now, true);
        }
    }

    /// What of a status is written at all.
    const fn tells(&self, status: Status) -> Status {
        let terminating = if self.settings.tells_terminating {
            status.terminating
        } else {
            0
        };
        Status { terminating, ..status }
    }
}
