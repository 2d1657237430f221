//! A control plane as discrete events: when controllers look, how long their calls take, what they order of instances.
//!
//! Any number of Deployments with their ReplicaSets and pods, and of StatefulSets. Each controller works on one object at a time, one call after the
//! other, at the rate of its own client, which all objects share; a call takes [`lag`](Settings::lag), and then all who watch
//! have seen what it wrote. What it then decides is in [`rollout`](crate::rollout).
//!
//! How pods live is decided by whoever owns this, its *owner*:
//!
//! ```
//! use loadline_simulator::control_plane::{Change, ControlPlane, Order, Settings};
//! use loadline_simulator::{Span, Tick, rollout::{Deployment, Strategy}};
//! use loadline_compiler::quantity::Share;
//!
//! let mut orders = Vec::new();
//! let mut plane = ControlPlane::new(Settings::of_version(1, 36));
//! let strategy = Strategy::Rolling { surge: Share::Count(1), unavailable: Share::Count(0) };
//! // Two pods of revision 0 that are there and ready: two orders to create, for their indices.
//! let api = plane.add_at_rest(Tick::START, Deployment::new(2, strategy), &mut orders);
//! assert_eq!(orders[1], Order::Create { workload: api, revision: 0, pod: 1 });
//! orders.clear();
//! plane.change(Tick::START, api, Change::Template(1));
//! // The loop of an owner, whose pods here are ready and gone as soon as they are told.
//! while let Some(now) = plane.next() {
//!     plane.step(&mut orders);
//!     for order in orders.drain(..) {
//!         match order {
//!             Order::Create { pod, .. } => plane.pod_ready(now, pod),
//!             Order::Delete { pod } => plane.pod_gone(now, pod),
//!         }
//!     }
//! }
//! assert!(plane.is_complete(api));
//! assert_eq!(plane.instances(api).ready, 2);
//! ```
//!
//! **Indices.** Workloads, their revisions and pods are counted from 0 in the order in which they come, pods over all workloads.
//! An index is never used again: it means one pod for the whole run. A revision begins to exist when
//! [`Change::Template`] first names it, at any time.
//!
//! **Time.** What the owner says of pods ([`pod_running`](ControlPlane::pod_running), [`pod_ready`](ControlPlane::pod_ready),
//! [`pod_unready`](ControlPlane::pod_unready), [`pod_evicted`](ControlPlane::pod_evicted), [`pod_gone`](ControlPlane::pod_gone))
//! holds at once; controllers look at it in a later [`step`](ControlPlane::step), which may be at the same moment. `now` must
//! not lie before the last step, nor after [`next`](ControlPlane::next): at one moment the owner's events come first, then the steps. A
//! [`change`](ControlPlane::change) is planned, for now or for later, and is the first of what happens at its moment.
//!
//! **What can be asked** at any time: [`deployment`](ControlPlane::deployment) (its spec), [`progress`](ControlPlane::progress) (the
//! condition Progressing, since when, the status), [`is_complete`](ControlPlane::is_complete), [`instances`](ControlPlane::instances)
//! and [`instances_of`](ControlPlane::instances_of) (as they are), [`set`](ControlPlane::set) (as the Deployment sees it),
//! [`pod`](ControlPlane::pod) (whose it is), [`is_active`](ControlPlane::is_active) (not told to end). With [`Settings::log`] there is a [`log`](ControlPlane::log), too; without it, nothing
//! else changes.

mod client;
mod deployment_worker;
#[cfg(test)]
mod disturbed;
mod event;
#[cfg(test)]
mod exhaustive;
mod foretold;
#[cfg(test)]
mod laws;
mod log;
#[cfg(test)]
mod orders;
mod pods;
mod questions;
mod replica_set;
mod set_worker;
mod settings;
#[cfg(test)]
mod stateful;
mod stateful_worker;
#[cfg(test)]
mod vectors;
mod workers;

use crate::queue::Queue;
use crate::rollout::{Act, Condition, Deployment, Member, Plan, Progress, Status, Summary, Victim};
use crate::{Span, Tick};
use deployment_worker::Managed;
use event::Event;
pub use foretold::{Endless, Foretold, Lives};
pub use log::{Counted, Log, SpecChange};
use pods::{Pod, State};
use replica_set::ReplicaSet;
pub use settings::{Change, Settings};
use workers::Workers;

/// Workloads, their sets and pods, and the controllers that act on them.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    settings: Settings,
    workloads: Vec<Managed>,
    sets: Vec<ReplicaSet>,
    pods: Vec<Pod>,
    /// The Deployment controller.
    deployments: Workers,
    /// The ReplicaSet controller: creates, deletes, status and events of all sets share its client.
    replica_sets: Workers,
    /// The StatefulSet controller.
    stateful_sets: Workers,
    queue: Queue<Event>,
    changes: Vec<(u32, Change)>,
    /// Kept between syncs, so that none allocates.
    plan: Plan,
    victims: Vec<(Victim, u32)>,
    members: Vec<Option<Member>>,
    acts: Vec<Act>,
}

/// What a controller orders of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A pod is created.
    Create {
        /// Whose.
        workload: usize,
        /// With which template.
        revision: usize,
        /// Its index.
        pod: usize,
    },
    /// A pod gets its deletionTimestamp: the grace period runs.
    Delete {
        /// Its index.
        pod: usize,
    },
}

impl ControlPlane {
    /// Without workloads.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            workloads: Vec::new(),
            sets: Vec::new(),
            pods: Vec::new(),
            deployments: Workers::new(&settings),
            replica_sets: Workers::new(&settings),
            stateful_sets: Workers::new(&settings),
            queue: Queue::new(),
            changes: Vec::new(),
            plan: Plan::new(),
            victims: Vec::new(),
            members: Vec::new(),
            acts: Vec::new(),
        }
    }

    /// A Deployment that somebody creates now: it has no pods yet. Its index among the workloads.
    pub fn add(&mut self, now: Tick, deployment: Deployment) -> usize {
        let summary = Summary::default();
        let (condition, since) = (Condition::NewSet, now);
        let progress = Progress {
            condition,
            since,
            summary,
        };
        let workload = self.manage(deployment, progress);
        self.deployment_due(now, id(workload));
        workload
    }

    /// A Deployment at rest: all replicas of its template are there, ready and available. Its index among the workloads; an
    /// order for each pod tells of its index, in ascending order.
    pub fn add_at_rest(&mut self, now: Tick, deployment: Deployment, orders: &mut Vec<Order>) -> usize {
        let replicas = deployment.replicas;
        let workload = self.manage(deployment, Progress::complete(Summary::default()));
        let Some(set) = self.set_id(workload, deployment.template) else {
            return workload;
        };
        for _ in 0..replicas {
            if self.pod_at_rest(now, set, orders).is_none() {
                break;
            }
        }
        if let Some(view) = self.view_mut(set) {
            view.exists = true;
            view.spec = replicas;
            view.desired = replicas;
            view.most = deployment.most();
            view.status = Status {
                replicas,
                ready: replicas,
                available: replicas,
                terminating: 0,
            };
        }
        if let Some(managed) = self.workloads.get_mut(workload) {
            managed.progress.summary = Summary::of(&managed.deployment, &managed.sets);
            managed.progress.since = now;
            managed.renumber(&self.plan);
        }
        self.recount(now, id(workload), |counts| counts.ready = replicas);
        workload
    }

    /// One more pod, which has been there for long.
    fn pod_at_rest(&mut self, now: Tick, set: u32, orders: &mut Vec<Order>) -> Option<usize> {
        let (workload, revision, pod) = self.add_pod(now, set)?;
        orders.push(Order::Create {
            workload,
            revision,
            pod,
        });
        let (set, rests) = (self.sets.get_mut(index(set))?, self.pods.get_mut(pod)?);
        rests.rest(now);
        set.counts.ready += 1;
        set.counts.available += 1;
        Some(pod)
    }

    fn manage(&mut self, deployment: Deployment, progress: Progress) -> usize {
        let workload = self.workloads.len();
        self.workloads.push(Managed::new(deployment, progress));
        self.reach(id(workload), deployment.template);
        workload
    }

    /// Somebody changes the Deployment, at that time.
    pub fn change(&mut self, at: Tick, workload: usize, change: Change) {
        let number = id(self.changes.len());
        self.changes.push((id(workload), change));
        self.at(at, Event::Change { number });
    }

    /// When something happens next; nothing, unless its owner does something.
    #[must_use]
    pub fn next(&self) -> Option<Tick> {
        self.queue.peek()
    }

    /// What happens next. What that orders of instances is appended.
    pub fn step(&mut self, orders: &mut Vec<Order>) {
        if let Some((now, event)) = self.queue.next() {
            self.handle(now, event, orders);
        }
    }

    fn at(&mut self, at: Tick, event: Event) {
        self.queue.plan(at, event.kind(), event);
    }
}

/// Later by `span`; the end of time does not come.
fn later(now: Tick, span: Span) -> Tick {
    now.after(span).unwrap_or(Tick::at(u64::MAX))
}

/// An index as it is kept: four billion are enough of anything.
fn id(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

const fn index(id: u32) -> usize {
    id as usize
}
