//! What happened, and what it followed from: written down for a run that is told.

mod backlog;
mod overload;
mod sessions;

use super::Engine;
use super::finish::number;
use super::happenings::{Happening, What};
use crate::edge::BreakerState;
use crate::outcome::{Cause, Fact, FactKind, Killed, Place, Subject};
use crate::system::{Callee, System};

/// What was the last trouble of each thing: a place among the facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) services: Vec<Trouble>,
    stores: Vec<Option<usize>>,
    /// The last event of the scenario.
    pub(super) event: Option<usize>,
    /// The last one that changed traffic.
    pub(super) traffic: Option<usize>,
    /// The first request of a client that failed.
    pub(super) first: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// Its last fact that is no failed request.
    pub(super) last: Option<usize>,
    /// The last thing that was done to all of it: by the scenario, or by its controller.
    done: Option<usize>,
    /// The last time that each of its pools ran dry, by store.
    pub(super) exhausted: Vec<(usize, usize)>,
    /// The first failure with each cause.
    pub(super) failures: [Option<usize>; Cause::COUNT],
    /// The last time that its work was too much for its processes.
    pub(super) overloaded: Option<usize>,
    /// The last fact about sessions.
    pub(super) sessions: Option<usize>,
    none_ready: bool,
}

impl Memory {
    pub(super) fn new(system: &System) -> Self {
        Self {
            services: vec![Trouble::default(); system.services.len()],
            stores: vec![None; system.stores.len()],
            event: None,
            traffic: None,
            first: None,
        }
    }

    /// The last event of the scenario.
    pub(super) const fn event(&self) -> Option<usize> {
        self.event
    }
}

/// A story has no more facts than this: who needs more needs figures.
const FACTS_MAX: usize = 5_000;

impl Engine<'_> {
    /// Writes a fact down. Where it is, if the run is told.
    pub(super) fn note(&mut self, subject: Subject, what: FactKind, because: Option<usize>) -> Option<usize> {
        if !self.recorder.told || FACTS_MAX <= self.recorder.facts.len() {
            return None;
        }
        let place = self.place_of(subject, &what, because);
        let all_of_it = is_of_all(&what);
        self.recorder.facts.push(Fact {
            at: self.now,
            subject,
            instance: None,
            what,
            because,
            place,
        });
        let fact = self.recorder.facts.len() - 1;
        let memory = &mut self.recorder.memory;
        match subject {
            Subject::Service(service) => {
                if let Some(trouble) = memory.services.get_mut(service) {
                    trouble.last = Some(fact);
                    if all_of_it {
                        trouble.done = Some(fact);
                    }
                }
            }
            Subject::Store(store) => {
                if let Some(last) = memory.stores.get_mut(store) {
                    *last = Some(fact);
                }
            }
            _ => {}
        }
        Some(fact)
    }

    /// The same, where it is said in the spec.
    pub(super) fn note_at(
        &mut self,
        subject: Subject,
        what: FactKind,
        because: Option<usize>,
        place: Option<Place>,
    ) -> Option<usize> {
        let fact = self.note(subject, what, because);
        if let Some(fact) = fact.and_then(|fact| self.recorder.facts.get_mut(fact)) {
            fact.place = place;
        }
        fact
    }

    pub(super) fn note_event(&mut self, happening: &Happening) {
        let subject = match happening.what {
            What::Rollout { service, .. }
            | What::Rollback(service)
            | What::FailService(service, _)
            | What::StallService(service)
            | What::SlowService(service, _)
            | What::CutUse(service, _)
            | What::Kill(service, _)
            | What::Scale(service, _)
            | What::Leak { service, .. } => Subject::Service(service),
            What::FailStore(store, _) | What::SlowStore(store, _) => Subject::Store(store),
            What::CutEdge(edge) => self.subject_of_edge(number(edge)),
            What::Drain { group, node } => Subject::Node(self.node_of(group, node)),
            What::Migrate { change, first, .. } => self.subject_of_step(change, first),
            What::Traffic => Subject::Clients,
        };
        let fact = self.note_at(subject, FactKind::Event(happening.text.clone()), None, happening.place);
        if fact.is_some() {
            self.recorder.memory.event = fact;
            if happening.what == What::Traffic {
                self.recorder.memory.traffic = fact;
            }
        }
    }

    fn subject_of_edge(&self, edge: u32) -> Subject {
        let way = self.system.edge(edge);
        let Some(caller) = way.caller else {
            return Subject::Clients;
        };
        let calls = self.system.services.get(caller).map(|service| &service.calls);
        let place = calls.and_then(|calls| calls.iter().position(|call| *call == edge as usize));
        Subject::Call(caller, place.unwrap_or(0))
    }

    pub(super) fn last_of_service(&self, service: usize) -> Option<usize> {
        let last = self
            .recorder
            .memory
            .services
            .get(service)
            .and_then(|trouble| trouble.last);
        last.or(self.recorder.memory.event)
    }

    pub(super) fn last_of_store(&self, store: usize) -> Option<usize> {
        self.recorder.memory.stores.get(store).copied().flatten()
    }

    pub(super) fn note_of_service(&mut self, service: u32, what: FactKind) {
        let service = service as usize;
        self.note(Subject::Service(service), what, self.last_of_service(service));
    }

    /// What was last done to all of a service, or else what the scenario did last.
    fn done_to(&self, service: usize) -> Option<usize> {
        let trouble = self.recorder.memory.services.get(service);
        trouble.and_then(|trouble| trouble.done).or(self.recorder.memory.event)
    }

    fn note_of_instance(&mut self, instance: u32, what: FactKind, because: Option<usize>) {
        let service = self.instances[instance].service as usize;
        let fact = self.note(Subject::Service(service), what, because);
        if let Some(fact) = fact.and_then(|fact| self.recorder.facts.get_mut(fact)) {
            fact.instance = Some(instance);
        }
    }

    pub(super) fn instance_killed(&mut self, instance: u32, by: Killed) {
        if !self.recorder.told {
            return;
        }
        let at = &self.instances[instance];
        let (service, told) = (at.service as usize, at.stop.map(|stop| stop.told));
        let probes = &self.system.service(at.service).probes;
        let probe = match by {
            Killed::Startup => probes.startup.as_ref(),
            Killed::Liveness => probes.live.as_ref(),
            _ => None,
        };
        let because = match by {
            Killed::Startup | Killed::Liveness => {
                let stores = probe.into_iter().flat_map(|probe| probe.stores.iter());
                let stores = stores.filter_map(|store| self.last_of_store(*store)).max();
                stores.max(self.overloaded(service))
            }
            Killed::Drain | Killed::Grace | Killed::Deaf => self.recorder.facts.iter().rposition(|fact| {
                fact.subject == Subject::Service(service)
                    && fact.what == FactKind::InstanceStopping
                    && Some(fact.at) == told
            }),
            Killed::Scenario | Killed::Memory | Killed::GaveUp => None,
        };
        let because = because.or_else(|| self.done_to(service));
        self.note_of_instance(instance, FactKind::InstanceKilled(by), because);
    }

    pub(super) fn instance_stops(&mut self, instance: u32) {
        if !self.recorder.told {
            return;
        }
        let service = self.instances[instance].service as usize;
        let rollout = self.rollouts.is_open(service);
        let rollout = rollout.then(|| self.last_that(service, |what| matches!(what, FactKind::RolloutBegan(_))));
        let because = rollout.flatten().or_else(|| self.done_to(service));
        self.note_of_instance(instance, FactKind::InstanceStopping, because);
    }

    pub(super) fn instance_pending(&mut self, service: u32) {
        let service = service as usize;
        self.note(
            Subject::Service(service),
            FactKind::InstancePending,
            self.done_to(service),
        );
    }

    pub(super) fn instance_lost(&mut self, instance: u32) {
        let service = self.instances[instance].service;
        let uses = self
            .system
            .service(service)
            .probes
            .ready
            .iter()
            .flat_map(|probe| probe.stores.iter());
        let because = uses.filter_map(|store| self.last_of_store(*store)).max();
        let because = because.max(self.overloaded(service as usize));
        let because = because.or(self.last_of_service(service as usize));
        self.note_of_instance(instance, FactKind::InstanceUnready, because);
        self.none_ready(service);
    }

    /// Notes it if no instance is ready any more.
    pub(super) fn none_ready(&mut self, service: u32) {
        let none = self.services[service].counts.ready == 0;
        let memory = self.recorder.memory.services.get_mut(service as usize);
        let is_new = memory.is_some_and(|trouble| std::mem::replace(&mut trouble.none_ready, none) != none);
        if none && is_new {
            self.note_of_service(service, FactKind::NoneReady);
        }
    }

    pub(super) fn store_full(&mut self, store: u32) {
        if !self.recorder.told {
            return;
        }
        let place = store as usize;
        let known = self.last_of_store(place).and_then(|fact| self.recorder.facts.get(fact));
        if known.is_some_and(|fact| matches!(fact.what, FactKind::StoreFull { .. })) {
            return;
        }
        let breakdown = self.breakdown(store);
        let limit = self.system.store(store).limit.unwrap_or(0);
        let because = breakdown
            .holders
            .iter()
            .filter_map(|holder| self.last_of_service(holder.service))
            .max();
        let full = FactKind::StoreFull {
            limit,
            holders: breakdown.holders,
            changes: breakdown.changes,
        };
        self.note(Subject::Store(place), full, because);
    }

    pub(super) fn note_store_down(&mut self, store: u32) -> Option<usize> {
        let because = self.recorder.memory.event;
        self.note(Subject::Store(store as usize), FactKind::StoreDown, because)
    }

    /// The last trouble of a service, or the last event of the scenario.
    pub(super) fn trouble_of(&self, service: u32) -> Option<usize> {
        self.last_of_service(service as usize)
    }

    pub(super) fn pool_exhausted(&mut self, service: u32, pool: u32) {
        if !self.recorder.told {
            return;
        }
        let store = self.pools[pool].store as usize;
        // That a request waits is nothing new until something else happens.
        let known = self.ran_dry(service as usize, store);
        if known.is_some_and(|known| self.recorder.memory.event <= Some(known)) {
            return;
        }
        let used = self.pools[pool].used as usize;
        let size = self
            .system
            .service(service)
            .uses
            .get(used)
            .and_then(|used| used.pool)
            .unwrap_or(0);
        let service = service as usize;
        let because = self.last_of_store(store).max(self.asked_more(service));
        let subject = Subject::Service(service);
        let fact = self.note(subject, FactKind::PoolExhausted { store, size }, because);
        if let (Some(fact), Some(trouble)) = (fact, self.recorder.memory.services.get_mut(service)) {
            trouble.exhausted.retain(|(other, _)| *other != store);
            trouble.exhausted.push((store, fact));
        }
    }

    fn ran_dry(&self, service: usize, store: usize) -> Option<usize> {
        let pools = &self.recorder.memory.services.get(service)?.exhausted;
        pools.iter().find(|(other, _)| *other == store).map(|(_, fact)| *fact)
    }

    /// What was last done to a service, or to the traffic.
    pub(super) fn asked_more(&self, service: usize) -> Option<usize> {
        self.done_to(service).max(self.recorder.memory.traffic)
    }

    pub(super) fn queue_full(&mut self, queue: u32) {
        if self.brokers[queue].counts().refused == 1 {
            self.note(
                Subject::Queue(queue as usize),
                FactKind::QueueFull,
                self.recorder.memory.event,
            );
        }
    }

    pub(super) fn breaker_turned(&mut self, edge: u32, to: BreakerState) {
        let what = match to {
            BreakerState::Open => FactKind::BreakerOpened,
            BreakerState::Closed => FactKind::BreakerClosed,
            BreakerState::HalfOpen => return,
        };
        let because = self.reason(edge);
        self.note(self.subject_of_edge(edge), what, because);
    }

    pub(super) fn budget_spent(&mut self, edge: u32) {
        let because = self.reason(edge);
        let subject = self.subject_of_edge(edge);
        let known = |fact: &Fact| fact.subject == subject && fact.what == FactKind::BudgetSpent;
        if self.recorder.told && !self.recorder.facts.iter().any(known) {
            self.note(subject, FactKind::BudgetSpent, because);
        }
    }

    fn reason(&self, edge: u32) -> Option<usize> {
        match self.system.edge(edge).callee {
            Callee::Service(service) => self.last_of_service(service),
            Callee::Store(store) => self.last_of_store(store).or(self.recorder.memory.event),
            Callee::Queue(_) => self.recorder.memory.event,
        }
    }
}

/// Whether something was done to a whole service, rather than to an instance of it.
const fn is_of_all(what: &FactKind) -> bool {
    matches!(
        what,
        FactKind::Event(_)
            | FactKind::RolloutBegan(_)
            | FactKind::TrafficSplit(_)
            | FactKind::RolloutAborted(_)
            | FactKind::Scaled { .. }
    )
}
