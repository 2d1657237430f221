//! Between controllers and instances: what is ordered is done, and what becomes of instances is told.

use super::Engine;
use super::finish::number;
use super::orchestrated::Own;
use crate::control_plane::{Change, ControlPlane, Order};
use crate::outcome::{FactKind, RolloutEnd, RolloutFigures};
use crate::rollout::{Condition, Deployment};
use crate::system::{Roll, System};
use crate::{Instances, Tick};

/// What a controller is told of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Running,
    Ready,
    Unready,
    Gone,
}

/// Controllers, and what they call things.
#[derive(Clone, Debug)]
pub(super) struct Rollouts {
    plane: ControlPlane,
    /// Services by their places, as the control plane calls them.
    workloads: Vec<usize>,
    /// Services, by the control plane's numbers.
    services: Vec<u32>,
    /// Instances, by the control plane's numbers of their pods.
    pods: Vec<u32>,
    orders: Vec<Order>,
    begun: bool,
    pub(super) all: Vec<RolloutFigures>,
    /// When the last batch of each was ordered.
    batches: Vec<Tick>,
    /// Of each service: the revision that is asked for, and the one before it.
    revisions: Vec<(usize, usize)>,
    /// Of each service: its controller, where that is none of the control plane.
    own: Vec<Option<Own>>,
    /// Whether any service has one.
    pub(super) any_own: bool,
}

impl Rollouts {
    pub(super) fn new(system: &System) -> Self {
        Self {
            plane: ControlPlane::new(system.control_plane),
            workloads: Vec::new(),
            services: Vec::new(),
            pods: Vec::new(),
            orders: Vec::new(),
            begun: false,
            all: Vec::new(),
            batches: Vec::new(),
            revisions: system.services.iter().map(|_| (0, 0)).collect(),
            own: Vec::new(),
            any_own: false,
        }
    }

    /// Whether everything stands in its place, and the run has begun.
    pub(super) const fn begun(&self) -> bool {
        self.begun
    }

    #[inline]
    pub(super) fn next_at(&self) -> Tick {
        self.plane.next().unwrap_or(Tick::NEVER)
    }

    /// Whether one of a service has not ended.
    pub(super) fn is_open(&self, service: usize) -> bool {
        let mut of_it = self.all.iter().filter(|rollout| rollout.service == service);
        of_it.any(|rollout| matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Stuck))
    }

    /// Whether a rollout has not ended.
    pub(super) fn busy(&self) -> bool {
        let own = self.own.iter().flatten().any(|own| !own.rests());
        own || self.all.iter().any(|rollout| {
            rollout.end == RolloutEnd::Unfinished || (rollout.end == RolloutEnd::Complete && rollout.drained.is_none())
        })
    }

    /// The controller of a service, where that is none of the control plane.
    pub(super) fn own_mut(&mut self, service: u32) -> Option<&mut Own> {
        self.own.get_mut(service as usize).and_then(Option::as_mut)
    }

    /// The same, to look at.
    pub(super) fn own(&self, service: u32) -> Option<&Own> {
        self.own.get(service as usize).and_then(Option::as_ref)
    }

    fn workload(&self, service: u32) -> usize {
        self.workloads.get(service as usize).copied().unwrap_or(usize::MAX)
    }

    /// How many instances are asked for.
    pub(super) fn replicas(&self, service: u32) -> u64 {
        if let Some(own) = self.own(service) {
            return own.replicas;
        }
        self.plane
            .deployment(self.workload(service))
            .map_or(0, |deployment| deployment.replicas)
    }

    /// The revision that is asked for, and the one before it.
    pub(super) fn revisions(&self, service: u32) -> (usize, usize) {
        self.revisions.get(service as usize).copied().unwrap_or_default()
    }
}

impl Engine<'_> {
    pub(super) fn begin_service(&mut self, service: u32) {
        let settings = self.settings(service);
        let (now, mut orders) = (self.now, std::mem::take(&mut self.rollouts.orders));
        let plane = &mut self.rollouts.plane;
        let workload = match &settings.roll {
            Roll::Deployment {
                strategy,
                min_ready,
                deadline,
            } => {
                let deployment = Deployment {
                    min_ready: *min_ready,
                    deadline: *deadline,
                    ..Deployment::new(settings.replicas, *strategy)
                };
                plane.add_at_rest(now, deployment, &mut orders)
            }
            Roll::Stateful(set) => plane.add_stateful_at_rest(now, *set, &mut orders),
            Roll::Own { orchestrator, on_host } => {
                self.rollouts.orders = orders;
                let own = Own::new(orchestrator.as_ref().clone(), settings.replicas, *on_host);
                self.begin_with(service, own);
                return;
            }
        };
        self.rollouts.own.push(None);
        self.rollouts.workloads.push(workload);
        if self.rollouts.services.len() <= workload {
            self.rollouts.services.resize(workload + 1, service);
        }
        for order in orders.drain(..) {
            if let Order::Create { revision, pod, .. } = order {
                let instance = self.create_at_rest(service, number(revision), number(pod));
                self.rollouts.pods.push(instance);
                if !self.instances[instance].is_ready() {
                    self.tell(instance, Told::Unready);
                }
            }
        }
        self.rollouts.orders = orders;
        self.services[service].count(self.now);
    }

    /// The same for a service with a controller of its own.
    fn begin_with(&mut self, service: u32, own: Own) {
        let replicas = own.replicas;
        self.rollouts.own.push(Some(own));
        self.rollouts.any_own = true;
        self.rollouts.workloads.push(usize::MAX);
        for slot in 0..u32::try_from(replicas).unwrap_or(u32::MAX) {
            let instance = self.create_at_rest(service, 0, u32::MAX);
            self.instances[instance].slot = slot;
        }
        self.services[service].count(self.now);
        // A process that ends by itself is started again by its controller, which has to have seen it.
        self.timers.plan(self.now, super::Timer::Look { service });
    }

    /// Its node is drained: it terminates, as when its controller had asked for it.
    pub(super) fn evict(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (pod, service) = (at.pod as usize, at.service);
        if self.rollouts.own(service).is_none() {
            self.rollouts.plane.pod_evicted(self.now, pod);
        }
        self.told_to_stop(instance);
        self.look_soon(service);
    }

    /// Everything stands in its place.
    pub(super) const fn rollouts_begin(&mut self) {
        self.rollouts.begun = true;
    }

    /// A controller looks.
    pub(super) fn roll(&mut self) {
        let mut orders = std::mem::take(&mut self.rollouts.orders);
        self.rollouts.plane.step(&mut orders);
        for order in orders.drain(..) {
            match order {
                Order::Create {
                    workload,
                    revision,
                    pod,
                } => {
                    let service = self.rollouts.services.get(workload).copied().unwrap_or_default();
                    let instance = self.create(service, number(revision), number(pod));
                    self.rollouts.pods.push(instance);
                    self.batch(service, revision);
                }
                Order::Delete { pod } => {
                    if let Some(instance) = self.rollouts.pods.get(pod).copied() {
                        self.told_to_stop(instance);
                    }
                }
            }
        }
        self.rollouts.orders = orders;
        if self.rollouts.busy() {
            self.look_at_rollouts();
        }
    }

    /// What controllers say of the rollouts that have not ended.
    fn look_at_rollouts(&mut self) {
        for place in 0..self.rollouts.all.len() {
            let Some(rollout) = self.rollouts.all.get(place).copied() else {
                continue;
            };
            if !matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Stuck) {
                continue;
            }
            let service = number(rollout.service);
            if self.rollouts.own(service).is_some() {
                continue;
            }
            let workload = self.rollouts.workload(service);
            let condition = self
                .rollouts
                .plane
                .progress(workload)
                .map(|progress| progress.condition);
            // The template may not have been looked at yet.
            let reached = self
                .rollouts
                .plane
                .deployment(workload)
                .is_some_and(|deployment| deployment.template == rollout.revision);
            let end = match condition {
                Some(Condition::Complete) if reached && self.rollouts.plane.is_complete(workload) => {
                    RolloutEnd::Complete
                }
                Some(Condition::DeadlineExceeded) if rollout.end == RolloutEnd::Unfinished => RolloutEnd::Stuck,
                _ => continue,
            };
            let now = self.now;
            if let Some(rollout) = self.rollouts.all.get_mut(place) {
                rollout.end = end;
                if end == RolloutEnd::Complete {
                    rollout.complete = Some(now);
                }
            }
            let what = if end == RolloutEnd::Complete {
                FactKind::RolloutComplete
            } else {
                FactKind::RolloutStuck
            };
            self.note_of_service(service, what);
            self.look_whether_drained(service);
        }
    }

    /// A rollout is drained when no instance of another revision is left.
    pub(super) fn look_whether_drained(&mut self, service: u32) {
        let (instances, all) = (&self.services[service].instances, &self.instances);
        let now = self.now;
        for rollout in &mut self.rollouts.all {
            let of_service = rollout.service == service as usize && rollout.end == RolloutEnd::Complete;
            let revision = number(rollout.revision);
            if of_service
                && rollout.drained.is_none()
                && instances.iter().all(|instance| all[*instance].revision == revision)
            {
                rollout.drained = Some(now);
            }
        }
        if self.changes.rolls() {
            // The control plane may have nothing to do just now.
            self.timers.plan(now, super::Timer::Deploys);
        }
    }

    /// Somebody asks for a revision.
    pub(super) fn roll_out(&mut self, service: u32, revision: usize) {
        let now = self.now;
        for rollout in &mut self.rollouts.all {
            if rollout.service == service as usize && matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Stuck)
            {
                rollout.end = RolloutEnd::Superseded;
            }
        }
        self.rollouts.all.push(RolloutFigures {
            service: service as usize,
            revision,
            began: now,
            complete: None,
            drained: None,
            end: RolloutEnd::Unfinished,
            batches: 0,
        });
        self.rollouts.batches.push(Tick::NEVER);
        if let Some((asked, before)) = self.rollouts.revisions.get_mut(service as usize) {
            *before = std::mem::replace(asked, revision);
        }
        self.note_of_service(service, FactKind::RolloutBegan(revision));
        if self.rollouts.own(service).is_some() {
            self.begin_own(service, revision);
            return;
        }
        let workload = self.rollouts.workload(service);
        self.rollouts.plane.change(now, workload, Change::Template(revision));
    }

    /// Somebody asks for the revision before.
    pub(super) fn roll_back(&mut self, service: u32) {
        let (_, before) = self.rollouts.revisions(service);
        if self.rollouts.own(service).is_some() {
            for rollout in &mut self.rollouts.all {
                if rollout.service == service as usize
                    && matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Stuck)
                {
                    rollout.end = RolloutEnd::RolledBack;
                }
            }
            self.roll_back_own(service);
            return;
        }
        let open = self
            .rollouts
            .all
            .iter()
            .rposition(|rollout| rollout.service == service as usize);
        self.roll_out(service, before);
        if let Some(rollout) = open.and_then(|open| self.rollouts.all.get_mut(open)) {
            rollout.end = RolloutEnd::RolledBack;
        }
    }

    /// Somebody, or the autoscaler, asks for so many.
    pub(super) fn scale(&mut self, service: u32, replicas: u64) {
        let from = self.rollouts.replicas(service);
        if from != replicas {
            if let Some(own) = self.rollouts.own_mut(service) {
                own.replicas = replicas;
                self.look_soon(service);
                return;
            }
            let workload = self.rollouts.workload(service);
            self.rollouts.plane.change(self.now, workload, Change::Scale(replicas));
        }
    }

    pub(super) fn batch(&mut self, service: u32, revision: usize) {
        let now = self.now;
        let rollouts = self.rollouts.all.iter_mut().zip(&mut self.rollouts.batches);
        for (rollout, last) in rollouts {
            if rollout.service == service as usize
                && rollout.revision == revision
                && rollout.end == RolloutEnd::Unfinished
                && *last != now
            {
                *last = now;
                rollout.batches += 1;
            }
        }
    }

    /// An instance is in another state: whoever controls it may have to do something.
    pub(super) fn tell(&mut self, instance: u32, what: Told) {
        let at = &self.instances[instance];
        let (pod, service) = (at.pod as usize, at.service);
        if self.rollouts.own(service).is_some() {
            self.look_soon(service);
        } else {
            let plane = &mut self.rollouts.plane;
            match what {
                Told::Running => plane.pod_running(self.now, pod),
                Told::Ready => plane.pod_ready(self.now, pod),
                Told::Unready => plane.pod_unready(self.now, pod),
                Told::Gone => plane.pod_gone(self.now, pod),
            }
        }
        if what == Told::Gone {
            self.look_whether_drained(service);
        }
    }

    /// Instances of a service by state, at the moment.
    pub(super) fn counts(&self, service: u32) -> Instances {
        self.services[service].counts
    }
}
