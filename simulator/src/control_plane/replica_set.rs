//! A ReplicaSet: its pods, and where the work on it stands.

use std::collections::VecDeque;

use super::pods::{Pod, State};
use super::{client, index};
use crate::bucket::Bucket;
use crate::rollout::{MinReadyLaw, Status, Victim};
use crate::{Span, Tick};

/// A set among all sets; of a StatefulSet, its pods of one revision.
#[derive(Clone, Debug)]
pub(super) struct ReplicaSet {
    pub(super) workload: u32,
    pub(super) revision: u32,
    pub(super) min_ready: Span,
    /// Whether it is of a StatefulSet, whose controller looks at all of its pods.
    pub(super) stateful: bool,
    /// Pods that do not terminate, in no order.
    pub(super) active: Vec<u32>,
    /// What there is. Who is available is found out by [`ripen`](Self::ripen).
    pub(super) counts: Status,
    /// Pods that became ready, and when, in that order; only if `minReadySeconds` is more than nothing.
    ripening: VecDeque<(u32, Tick)>,
    pub(super) busy: bool,
    /// Whether there is something new to look at.
    pub(super) due: bool,
    /// The delayed sync; there is one, and the earliest stays. Source: client-go, util/workqueue/delaying_queue.go.
    pub(super) wake: Option<Tick>,
    /// What the sync saw when it began.
    pub(super) seen: Status,
    pub(super) began: Tick,
    /// Whether its Deployment wrote it since: the version that the sync knows is an old one.
    pub(super) outdated: bool,
    /// How often it was resized: as it is, as the sync saw it, as the status says.
    pub(super) generation: u32,
    pub(super) seen_generation: u32,
    pub(super) observed: u32,
    /// The last batch of creates, and how many are left.
    pub(super) batch: Option<u64>,
    pub(super) left: u64,
    pub(super) events: Bucket,
}

impl ReplicaSet {
    pub(super) const fn new(workload: u32, revision: u32, min_ready: Span, stateful: bool) -> Self {
        Self {
            workload,
            revision,
            min_ready,
            stateful,
            active: Vec::new(),
            counts: Status::NONE,
            ripening: VecDeque::new(),
            busy: false,
            due: false,
            wake: None,
            seen: Status::NONE,
            began: Tick::START,
            outdated: false,
            generation: 0,
            seen_generation: 0,
            observed: 0,
            batch: None,
            left: 0,
            events: client::events_about(),
        }
    }

    /// A pod became ready.
    pub(super) fn readied(&mut self, now: Tick, id: u32, pod: &mut Pod) {
        self.counts.ready += 1;
        if self.min_ready == Span::ZERO {
            pod.available = true;
            self.counts.available += 1;
        } else {
            self.ripening.push_back((id, now));
        }
    }

    /// A pod is no longer ready.
    pub(super) fn unreadied(&mut self, pod: &mut Pod) {
        self.counts.ready -= 1;
        if std::mem::replace(&mut pod.available, false) {
            self.counts.available -= 1;
        }
    }

    /// Counts those as available that have been ready for long enough.
    pub(super) fn ripen(&mut self, now: Tick, phase: Span, pods: &mut [Pod]) {
        while let Some((id, ready)) = self.ripening.front().copied()
            && MinReadyLaw::available(ready, self.min_ready, phase) <= now
        {
            self.ripening.pop_front();
            if let Some(pod) = pods.get_mut(index(id))
                && pod.ready_since(ready)
                && !pod.available
            {
                pod.available = true;
                self.counts.available += 1;
            }
        }
    }

    /// When the next pod becomes available that was not when the last sync began.
    pub(super) fn ripens_next(&self, phase: Span, pods: &[Pod]) -> Option<Tick> {
        let ready = |id: u32, since: Tick| pods.get(index(id)).is_some_and(|pod| pod.ready_since(since));
        let ripening = self.ripening.iter().filter(|(id, since)| ready(*id, *since));
        let mut times = ripening.map(|(_, since)| MinReadyLaw::available(*since, self.min_ready, phase));
        times.find(|at| self.began < *at)
    }

    /// The pods that are deleted first, in that order.
    pub(super) fn victims(&self, fewer: usize, pods: &[Pod], victims: &mut Vec<(Victim, u32)>) {
        victims.clear();
        let active = self.active.iter();
        victims.extend(active.filter_map(|id| Some((pods.get(index(*id))?.victim(), *id))));
        if fewer < victims.len() {
            victims.select_nth_unstable(fewer);
            victims.truncate(fewer);
        }
        victims.sort_unstable();
    }

    /// Takes a pod from the list; its place is taken by the last.
    pub(super) fn remove(&mut self, slot: u32, pods: &mut [Pod]) {
        let slot = index(slot);
        if slot < self.active.len() {
            self.active.swap_remove(slot);
            let moved = self.active.get(slot).and_then(|id| pods.get_mut(index(*id)));
            if let Some(moved) = moved {
                moved.slot = super::id(slot);
            }
        }
        self.counts.replicas -= 1;
    }
}

impl Pod {
    /// Whether it has been ready since just then.
    fn ready_since(&self, since: Tick) -> bool {
        self.state == State::Ready && self.since == since
    }
}
