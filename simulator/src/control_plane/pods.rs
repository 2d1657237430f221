//! What happens to a pod: its owner says so, or its set had it deleted.

use std::cmp::Reverse;

use super::{ControlPlane, Order, id, index, later};
use crate::rollout::{MinReadyLaw, Strategy, Victim};
use crate::{Instances, Span, Tick};

/// A pod, from its creation on. It is not forgotten when it is gone: an index means one pod for the whole run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pod {
    pub(super) set: u32,
    /// Its place in the list of its set.
    pub(super) slot: u32,
    created: Tick,
    /// When it became ready.
    pub(super) since: Tick,
    pub(super) state: State,
    /// Whether it counts as available.
    pub(super) available: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Running,
    Ready,
    Terminating,
    Gone,
}

impl State {
    pub(super) const fn active(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Ready)
    }
}

impl Pod {
    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// How soon it is deleted if its set is to have fewer.
    pub(super) const fn victim(&self) -> Victim {
        let ready = matches!(self.state, State::Ready);
        Victim {
            running: !matches!(self.state, State::Pending),
            ready,
            ready_since: Reverse(if ready { self.since.micros() } else { 0 }),
            created: Reverse(self.created.micros()),
        }
    }
}

impl ControlPlane {
    /// A pod runs: phase Running. Until then it is the first to be deleted.
    ///
    /// Its controller looks, as whenever a pod changes, and where there is `minReadySeconds` may find that others are available
    /// by now. Source: replica_set.go `updatePod`.
    pub fn pod_running(&mut self, now: Tick, pod: usize) {
        let Some(runs) = self.pods.get_mut(pod).filter(|pod| pod.state == State::Pending) else {
            return;
        };
        runs.state = State::Running;
        let set = runs.set;
        if self.sets.get(index(set)).is_some_and(|set| set.min_ready != Span::ZERO) {
            self.set_due(now, set);
        }
    }

    /// A pod becomes ready. One that terminates stays as it is.
    pub fn pod_ready(&mut self, now: Tick, pod: usize) {
        let Some((set, workload)) = self.turns(now, pod, State::Ready) else {
            return;
        };
        self.recount(now, workload, |counts| {
            counts.starting -= 1;
            counts.ready += 1;
        });
        self.set_due(now, set);
        let Some(worked) = self.sets.get(index(set)) else {
            return;
        };
        let (min_ready, stateful) = (worked.min_ready, worked.stateful);
        if stateful {
            // Of every version. Source: stateful_set.go `updatePod`.
            if let Some(wait) = MinReadyLaw::OneDelayedSync.after_ready(min_ready) {
                self.stateful_wakes(workload, later(now, wait));
            }
        } else if let Some(wait) = self.settings.min_ready.after_ready(min_ready) {
            self.wake(set, later(now, wait));
        }
    }

    /// A pod is no longer ready; when it is again, `minReadySeconds` starts anew.
    pub fn pod_unready(&mut self, now: Tick, pod: usize) {
        let Some((set, workload)) = self.turns(now, pod, State::Running) else {
            return;
        };
        self.recount(now, workload, |counts| {
            counts.ready -= 1;
            counts.starting += 1;
        });
        self.set_due(now, set);
    }

    /// Between ready and not ready, if it is not so already.
    fn turns(&mut self, now: Tick, id: usize, to: State) -> Option<(u32, u32)> {
        let pod = self.pods.get_mut(id).filter(|pod| pod.state.active())?;
        let set = self.sets.get_mut(index(pod.set))?;
        let was = std::mem::replace(&mut pod.state, to);
        match (was == State::Ready, to == State::Ready) {
            (false, true) => {
                pod.since = now;
                set.readied(now, super::id(id), pod);
            }
            (true, false) => set.unreadied(pod),
            _ => return None,
        }
        Some((pod.set, set.workload))
    }

    /// A pod gets its deletionTimestamp from somebody else: an eviction, a drain, somebody's `kubectl delete`. Its set no
    /// longer counts it, and creates another.
    pub fn pod_evicted(&mut self, now: Tick, pod: usize) {
        if let Some((set, _)) = self.terminates(now, pod) {
            self.set_due(now, set);
        }
    }

    /// A pod is no longer there, told to end or not.
    pub fn pod_gone(&mut self, now: Tick, pod: usize) {
        self.terminates(now, pod);
        let Some(gone) = self.pods.get_mut(pod).filter(|pod| pod.state == State::Terminating) else {
            return;
        };
        gone.state = State::Gone;
        let id = gone.set;
        let Some(set) = self.sets.get_mut(index(id)) else {
            return;
        };
        set.counts.terminating -= 1;
        let (workload, stateful) = (set.workload, set.stateful);
        self.recount(now, workload, |counts| counts.terminating -= 1);
        if stateful {
            self.number_free(workload, super::id(pod));
        }
        self.set_due(now, id);
        let Some(view) = self.view_mut(id) else { return };
        view.pods -= 1;
        let none = view.pods == 0;
        // Source: deployment_controller.go `deletePod`.
        let managed = self.workloads.get(index(workload));
        if none && managed.is_some_and(|managed| managed.deployment.strategy == Strategy::Recreate) {
            self.deployment_due(now, workload);
        }
    }

    pub(super) fn pod_created(&mut self, now: Tick, set: u32, orders: &mut Vec<Order>) {
        let Some((workload, revision, pod)) = self.add_pod(now, set) else {
            return;
        };
        orders.push(Order::Create {
            workload,
            revision,
            pod,
        });
        self.recount(now, id(workload), |counts| counts.starting += 1);
        self.tell_of_pod(now, set);
        self.set_due(now, set);
    }

    /// One more pod of a set, which is not counted yet.
    pub(super) fn add_pod(&mut self, now: Tick, set: u32) -> Option<(usize, usize, usize)> {
        let pod = self.pods.len();
        let owner = self.sets.get_mut(index(set))?;
        self.pods.push(Pod {
            set,
            slot: id(owner.active.len()),
            created: now,
            since: Tick::START,
            state: State::Pending,
            available: false,
        });
        owner.active.push(id(pod));
        owner.counts.replicas += 1;
        let (workload, revision) = (index(owner.workload), index(owner.revision));
        if let Some(view) = self.view_mut(set) {
            view.pods += 1;
        }
        Some((workload, revision, pod))
    }

    pub(super) fn pod_deleted(&mut self, now: Tick, id: u32, orders: &mut Vec<Order>) {
        let pod = index(id);
        // It may have been evicted, or be gone, since it was chosen.
        if let Some((set, _)) = self.terminates(now, pod) {
            orders.push(Order::Delete { pod });
            self.tell_of_pod(now, set);
            self.set_due(now, set);
        }
    }

    /// It is counted among the terminating ones from now on, if it was not already.
    fn terminates(&mut self, now: Tick, pod: usize) -> Option<(u32, u32)> {
        let ends = self.pods.get_mut(pod).filter(|pod| pod.state.active())?;
        let set = self.sets.get_mut(index(ends.set))?;
        let ready = std::mem::replace(&mut ends.state, State::Terminating) == State::Ready;
        if ready {
            set.unreadied(ends);
        }
        let (slot, of) = (ends.slot, (ends.set, set.workload));
        set.counts.terminating += 1;
        set.remove(slot, &mut self.pods);
        self.recount(now, of.1, |counts| {
            if ready {
                counts.ready -= 1;
            } else {
                counts.starting -= 1;
            }
            counts.terminating += 1;
        });
        Some(of)
    }

    pub(super) fn recount(&mut self, now: Tick, workload: u32, change: impl FnOnce(&mut Instances)) {
        if let Some(managed) = self.workloads.get_mut(index(workload)) {
            change(&mut managed.counts);
            if self.settings.log {
                managed.log.count(now, managed.counts);
            }
        }
    }
}

#[cfg(test)]
impl ControlPlane {
    /// All pods, counted one by one.
    pub(super) fn count_pods(&self) -> Instances {
        let count = |of: fn(State) -> bool| self.pods.iter().filter(|pod| of(pod.state)).count() as u64;
        Instances {
            starting: count(|state| matches!(state, State::Pending | State::Running)),
            ready: count(|state| state == State::Ready),
            terminating: count(|state| state == State::Terminating),
        }
    }
}
