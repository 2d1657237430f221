//! The ReplicaSet controller at work on one set.
//!
//! Source: replica_set.go `syncReplicaSet`, `manageReplicas`: the status that is written at the end of a sync is that of
//! the pods at its beginning.

use super::client::Controller;
use super::{ControlPlane, Event, index, later};
use crate::rollout::{BURST_REPLICAS, MinReadyLaw, Set, Status, slow_start};
use crate::{Span, Tick};

impl ControlPlane {
    /// Something changed that the controller of this set watches.
    pub(super) fn set_due(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        if worked.stateful {
            let workload = worked.workload;
            self.stateful_due(now, workload);
            return;
        }
        let planned = std::mem::replace(&mut worked.due, true);
        if !planned && !worked.busy {
            self.at(now, Event::SetSync { set, granted: false });
        }
    }

    /// Adds a delayed sync, unless an earlier one waits already.
    pub(super) fn wake(&mut self, set: u32, at: Tick) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        if worked.wake.is_none_or(|wake| at < wake) {
            worked.wake = Some(at);
            self.at(at, Event::SetWake { set });
        }
    }

    pub(super) fn set_wake(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        if worked.wake == Some(now) {
            worked.wake = None;
            self.set_due(now, set);
        }
    }

    pub(super) fn set_sync(&mut self, now: Tick, set: u32, granted: bool) {
        let spec = self.view(set).map_or(0, |set| set.spec);
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        if worked.busy || !worked.due || !self.replica_sets.take_up(set, granted) {
            return;
        }
        worked.ripen(now, self.settings.min_ready_phase(), &mut self.pods);
        let seen = worked.counts;
        worked.busy = true;
        worked.due = false;
        worked.seen = seen;
        worked.began = now;
        worked.outdated = false;
        worked.seen_generation = worked.generation;
        worked.batch = None;
        worked.left = spec.saturating_sub(seen.replicas).min(BURST_REPLICAS);
        if worked.left != 0 {
            self.create_batch(now, set);
        } else {
            let fewer = seen.replicas.saturating_sub(spec).min(BURST_REPLICAS);
            self.delete(now, set, fewer);
        }
    }

    fn create_batch(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        let batch = slow_start(worked.batch, worked.left);
        worked.batch = Some(batch);
        worked.left -= batch;
        let mut last = now;
        for _ in 0..batch {
            last = self.replica_sets.client.call(now);
            self.at(last, Event::Created { set });
        }
        self.at(last, Event::BatchDone { set });
    }

    fn delete(&mut self, now: Tick, set: u32, fewer: u64) {
        let mut last = now;
        if fewer != 0
            && let Some(worked) = self.sets.get(index(set))
        {
            worked.victims(
                usize::try_from(fewer).unwrap_or(usize::MAX),
                &self.pods,
                &mut self.victims,
            );
            for (_, pod) in &self.victims {
                last = self.replica_sets.client.call(now);
                let event = Event::Deleted { pod: *pod };
                self.queue.plan(last, event.kind(), event);
            }
        }
        self.at(last, Event::BatchDone { set });
    }

    pub(super) fn batch_done(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get(index(set)) else {
            return;
        };
        if worked.left != 0 {
            self.create_batch(now, set);
            return;
        }
        let (seen, resized) = (worked.seen, worked.observed != worked.seen_generation);
        let differs = |view: &Set| self.tells(view.status) != self.tells(seen);
        // Even if it says nothing new, it says of which size.
        if resized || self.view(set).is_some_and(differs) {
            let at = self.replica_sets.client.call(now);
            self.at(at, Event::StatusWritten { set });
        } else {
            self.set_done(now, set);
        }
    }

    pub(super) fn status_written(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        // Refused; it reads the set anew and writes once more. Source: replica_set_utils.go `updateReplicaSetStatus`.
        if std::mem::take(&mut worked.outdated) {
            let read = self.replica_sets.client.call(now);
            let at = self.replica_sets.client.call(read);
            self.at(at, Event::StatusWritten { set });
            return;
        }
        worked.observed = worked.seen_generation;
        let (status, workload) = (worked.seen, worked.workload);
        if let Some(view) = self.view_mut(set) {
            view.status = status;
        }
        self.deployment_due(now, workload);
        self.set_done(now, set);
    }

    fn set_done(&mut self, now: Tick, set: u32) {
        self.look_again(now, set);
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        worked.busy = false;
        let due = worked.due;
        if let Some(set) = self.replica_sets.put_down() {
            self.at(now, Event::SetSync { set, granted: true });
        }
        if due {
            self.at(now, Event::SetSync { set, granted: false });
        }
    }

    /// A sync for pods that are ready and not available yet.
    fn look_again(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        let min_ready = worked.min_ready;
        if min_ready == Span::ZERO {
            return;
        }
        match self.settings.min_ready {
            MinReadyLaw::OneDelayedSync => {
                let seen = worked.seen;
                let spec = self.view(set).map_or(0, |set| set.spec);
                if seen.ready == spec && seen.available != spec {
                    self.wake(set, later(now, min_ready));
                }
            }
            MinReadyLaw::EachPod => {
                if let Some(next) = worked.ripens_next(self.settings.min_ready_phase(), &self.pods) {
                    self.wake(set, next.max(now));
                }
            }
        }
    }

    pub(super) fn tell_of_pod(&mut self, now: Tick, set: u32) {
        let Some(worked) = self.sets.get_mut(index(set)) else {
            return;
        };
        let by = if worked.stateful {
            Controller::StatefulSets
        } else {
            Controller::ReplicaSets
        };
        if worked.events.try_take(now) {
            self.record(now, by);
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

    /// A set as its Deployment sees it.
    fn view(&self, set: u32) -> Option<&Set> {
        let worked = self.sets.get(index(set))?;
        let managed = self.workloads.get(index(worked.workload))?;
        managed.sets.get(index(worked.revision))
    }

    pub(super) fn view_mut(&mut self, set: u32) -> Option<&mut Set> {
        let worked = self.sets.get(index(set))?;
        let managed = self.workloads.get_mut(index(worked.workload))?;
        managed.sets.get_mut(index(worked.revision))
    }
}
