//! The StatefulSet controller at work.
//!
//! Source: stateful_set.go `updatePod`, `syncStatefulSet`; stateful_set_control.go `slowStartBatch`.

use super::deployment_worker::Managed;
use super::{ControlPlane, Event, Order, id, index, later};
use crate::rollout::slow_start;
use crate::rollout::{
    Act, Condition, Deployment, Management, Member, Progress, StatefulSet, Status, Strategy, Summary,
};
use crate::{Span, Tick};
use loadline_compiler::quantity::Share;

/// What a workload has besides, if it is a StatefulSet.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) set: StatefulSet,
    /// `status.currentRevision`.
    current: usize,
    /// The pods by their numbers.
    pods: Vec<Option<u32>>,
    wake: Option<Tick>,
}

impl ControlPlane {
    /// A StatefulSet that somebody creates now. Its index among the workloads.
    pub fn add_stateful(&mut self, now: Tick, set: StatefulSet) -> usize {
        let progress = Progress {
            condition: Condition::NewSet,
            since: now,
            summary: Summary::default(),
        };
        let workload = self.number(set, progress);
        self.stateful_due(now, id(workload));
        workload
    }

    /// A StatefulSet at rest; see [`add_at_rest`](Self::add_at_rest). The orders come in the order of numbers.
    pub fn add_stateful_at_rest(&mut self, now: Tick, set: StatefulSet, orders: &mut Vec<Order>) -> usize {
        let workload = self.number(set, Progress::complete(Summary::default()));
        let Some(owner) = self.set_id(workload, set.template) else {
            return workload;
        };
        for _ in 0..set.replicas {
            let Some(pod) = self.pod_at_rest(now, owner, orders) else {
                break;
            };
            if let Some(numbered) = self.numbered_mut(id(workload)) {
                numbered.pods.push(Some(id(pod)));
            }
        }
        self.recount(now, id(workload), |counts| counts.ready = set.replicas);
        self.stateful_status(id(workload));
        workload
    }

    fn number(&mut self, set: StatefulSet, progress: Progress) -> usize {
        let deployment = Deployment {
            min_ready: set.min_ready,
            deadline: None,
            template: set.template,
            // What a budget of the pods of it is: never more than replicas.
            ..Deployment::new(
                set.replicas,
                Strategy::Rolling {
                    surge: Share::Count(0),
                    unavailable: Share::Count(1),
                },
            )
        };
        let workload = self.manage(deployment, progress);
        if let Some(managed) = self.workloads.get_mut(workload) {
            managed.numbered = Some(Box::new(Numbered {
                set,
                current: set.template,
                pods: Vec::new(),
                wake: None,
            }));
            managed.renumber_now();
            for set in &managed.ids {
                if let Some(set) = self.sets.get_mut(index(*set)) {
                    set.stateful = true;
                }
            }
        }
        workload
    }

    /// The spec of a workload, if it is a StatefulSet.
    #[must_use]
    pub fn stateful_set(&self, workload: usize) -> Option<&StatefulSet> {
        let managed = self.workloads.get(workload)?;
        managed.numbered.as_deref().map(|numbered| &numbered.set)
    }

    /// The number of a pod of a StatefulSet, as long as it is there.
    #[must_use]
    pub fn ordinal(&self, pod: usize) -> Option<usize> {
        let (workload, _) = self.pod(pod)?;
        let numbered = self.workloads.get(workload)?.numbered.as_deref()?;
        numbered.pods.iter().position(|other| *other == Some(id(pod)))
    }

    /// Something changed that the StatefulSet controller watches.
    pub(super) fn stateful_due(&mut self, now: Tick, workload: u32) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        if managed.falls_due() {
            self.at(
                now,
                Event::StatefulSync {
                    workload,
                    granted: false,
                },
            );
        }
    }

    /// A pod became ready: it is looked at again when it may be available. One delayed sync waits, the earliest.
    pub(super) fn stateful_wakes(&mut self, workload: u32, at: Tick) {
        let Some(numbered) = self.numbered_mut(workload) else {
            return;
        };
        if numbered.wake.is_none_or(|wake| at < wake) {
            numbered.wake = Some(at);
            self.at(at, Event::StatefulWake { workload });
        }
    }

    pub(super) fn stateful_wake(&mut self, now: Tick, workload: u32) {
        let Some(numbered) = self
            .numbered_mut(workload)
            .filter(|numbered| numbered.wake == Some(now))
        else {
            return;
        };
        numbered.wake = None;
        self.stateful_due(now, workload);
    }

    pub(super) fn stateful_sync(&mut self, now: Tick, workload: u32, granted: bool) {
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        if !managed.is_to_be_synced() || !self.stateful_sets.take_up(workload, granted) {
            return;
        }
        managed.begin();
        for set in &managed.ids {
            if let Some(set) = self.sets.get_mut(index(*set)) {
                set.ripen(now, self.settings.phase, &mut self.pods);
            }
        }
        self.look_at_members(workload);
        let Some(numbered) = self
            .workloads
            .get(index(workload))
            .and_then(|managed| managed.numbered.as_deref())
        else {
            return;
        };
        let (spec, current) = (numbered.set, numbered.current);
        self.acts.clear();
        spec.sync(current, &self.members, &mut self.acts);
        let at = self.call_for_acts(now, workload, &spec);
        self.at(at, Event::StatefulDone { workload });
    }

    /// The calls of a sync, in the order in which they are made; when the last of them is done.
    fn call_for_acts(&mut self, now: Tick, workload: u32, spec: &StatefulSet) -> Tick {
        let acts = std::mem::take(&mut self.acts);
        let (mut began, mut last) = (now, now);
        let (mut batch, mut of_batch) = (1, 0);
        for (place, act) in acts.iter().enumerate() {
            // In parallel by batches of 1, 2, 4, 8…; updates one after the other.
            let updates = matches!(act, Act::Delete { ordinal } if *ordinal < spec.replicas);
            if updates || spec.management == Management::OrderedReady {
                began = last;
            } else if of_batch == batch {
                batch = slow_start(Some(batch), acts.len().saturating_sub(place) as u64);
                of_batch = 0;
                began = last;
            }
            of_batch += 1;
            let at = self.stateful_sets.client.call(began);
            last = last.max(at);
            match *act {
                Act::Create { ordinal, revision } => {
                    if let (Some(set), Ok(ordinal)) = (self.set_id(index(workload), revision), u32::try_from(ordinal)) {
                        self.at(at, Event::NumberCreated { set, ordinal });
                    }
                }
                Act::Delete { ordinal } => {
                    if let Some(pod) = self.numbered_pod(workload, ordinal) {
                        self.at(at, Event::Deleted { pod });
                    }
                }
            }
        }
        self.acts = acts;
        last
    }

    pub(super) fn number_created(&mut self, now: Tick, set: u32, ordinal: u32, orders: &mut Vec<Order>) {
        let pod = id(self.pods.len());
        let Some(workload) = self.sets.get(index(set)).map(|set| set.workload) else {
            return;
        };
        if let Some(numbered) = self.numbered_mut(workload) {
            if numbered.pods.len() <= index(ordinal) {
                numbered.pods.resize(index(ordinal).saturating_add(1), None);
            }
            if let Some(place) = numbered.pods.get_mut(index(ordinal)) {
                *place = Some(pod);
            }
        }
        self.pod_created(now, set, orders);
    }

    /// The number of a pod that is gone is free.
    pub(super) fn number_free(&mut self, workload: u32, pod: u32) {
        if let Some(numbered) = self.numbered_mut(workload) {
            if let Some(place) = numbered.pods.iter_mut().find(|place| **place == Some(pod)) {
                *place = None;
            }
            while numbered.pods.last() == Some(&None) {
                numbered.pods.pop();
            }
        }
    }

    pub(super) fn stateful_done(&mut self, now: Tick, workload: u32) {
        let before = self.progress(index(workload)).map(|progress| progress.summary);
        let condition = self.stateful_status(workload);
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return;
        };
        // The status is written beside: nobody waits for it.
        if before != Some(managed.progress.summary) {
            self.stateful_sets.client.call(now);
        }
        if managed.progress.condition != condition {
            managed.progress.mark(condition, now);
        }
        managed.says(now, condition, self.settings.log);
        if self.settings.log {
            managed.log.finish(now, condition == Condition::Complete);
        }
        // By the count alone, as there: one that is too many can hide one that is not available yet.
        let short = managed.progress.summary.available != managed.deployment.replicas;
        let (min_ready, due) = (managed.deployment.min_ready, managed.end());
        if min_ready != Span::ZERO && short {
            self.stateful_wakes(workload, later(now, min_ready));
        }
        if let Some(workload) = self.stateful_sets.put_down() {
            self.at(
                now,
                Event::StatefulSync {
                    workload,
                    granted: true,
                },
            );
        }
        if due {
            self.at(
                now,
                Event::StatefulSync {
                    workload,
                    granted: false,
                },
            );
        }
    }

    /// What its status says now; and the condition that a Deployment would have.
    fn stateful_status(&mut self, workload: u32) -> Condition {
        self.look_at_members(workload);
        let Some(managed) = self.workloads.get_mut(index(workload)) else {
            return Condition::Updated;
        };
        for (view, set) in managed.sets.iter_mut().zip(&managed.ids) {
            let counts = self.sets.get(index(*set)).map_or(Status::NONE, |set| set.counts);
            view.exists = true;
            view.spec = counts.replicas;
            view.status = counts;
        }
        let Some(numbered) = managed.numbered.as_deref_mut() else {
            return Condition::Updated;
        };
        if numbered.set.completes(&self.members) {
            numbered.current = numbered.set.template;
        }
        let updated = numbered.set.is_updated(&self.members);
        managed.progress.summary = Summary::of(&managed.deployment, &managed.sets);
        if updated {
            Condition::Complete
        } else {
            Condition::Updated
        }
    }

    /// The pods by their numbers, as they are.
    fn look_at_members(&mut self, workload: u32) {
        let numbered = self
            .workloads
            .get(index(workload))
            .and_then(|managed| managed.numbered.as_deref());
        let Some(numbered) = numbered else { return };
        self.members.clear();
        for pod in &numbered.pods {
            let pod = pod.and_then(|pod| self.pods.get(index(pod)));
            self.members.push(pod.and_then(|pod| {
                let set = self.sets.get(index(pod.set))?;
                Some(Member {
                    revision: index(set.revision),
                    ready: pod.is_ready(),
                    available: pod.available,
                    terminating: !pod.state.active(),
                })
            }));
        }
    }

    fn numbered_pod(&self, workload: u32, ordinal: u64) -> Option<u32> {
        let numbered = self.workloads.get(index(workload))?.numbered.as_deref()?;
        numbered.pods.get(usize::try_from(ordinal).ok()?).copied().flatten()
    }

    pub(super) fn numbered_mut(&mut self, workload: u32) -> Option<&mut Numbered> {
        self.workloads.get_mut(index(workload))?.numbered.as_deref_mut()
    }
}

impl Managed {
    /// A spec that somebody changed. Pausing means nothing to a StatefulSet. Source: kubectl, pause.go.
    pub(super) fn renumbered(&mut self) {
        let (replicas, template) = (self.deployment.replicas, self.deployment.template);
        if let Some(numbered) = self.numbered.as_deref_mut() {
            numbered.set.replicas = replicas;
            numbered.set.template = template;
            self.renumber_now();
        }
    }
}
