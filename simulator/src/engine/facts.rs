//! What happened, and what it followed from: written down for a run that is told.

mod sessions;

use super::Engine;
use super::finish::number;
use super::happenings::{Happening, What};
use crate::edge::BreakerState;
use crate::outcome::{Cause, Fact, FactKind, Place, Subject};
use crate::system::{Callee, System};

/// What was the last trouble of each thing: a place among the facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    services: Vec<Trouble>,
    stores: Vec<Option<usize>>,
    /// The last event of the scenario.
    event: Option<usize>,
    /// The first request of a client that failed.
    first: Option<usize>,
}

#[derive(Clone, Debug, Default)]
struct Trouble {
    last: Option<usize>,
    /// The first failure with each cause.
    failures: [Option<usize>; Cause::COUNT],
    /// The last fact about sessions.
    sessions: Option<usize>,
    none_ready: bool,
    exhausted: bool,
}

impl Memory {
    pub(super) fn new(system: &System) -> Self {
        Self {
            services: vec![Trouble::default(); system.services.len()],
            stores: vec![None; system.stores.len()],
            event: None,
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
        let place = self.place_of(subject);
        self.recorder.facts.push(Fact {
            at: self.now,
            subject,
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

    fn place_of(&self, subject: Subject) -> Option<Place> {
        match subject {
            Subject::Service(service) => self.system.services.get(service).map(|service| service.place),
            Subject::Store(store) => self.system.stores.get(store).map(|store| store.place),
            Subject::Queue(queue) => self.system.queues.get(queue).map(|queue| queue.place),
            Subject::Call(service, call) => {
                let edge = self.system.services.get(service)?.calls.get(call)?;
                self.system.edges.get(*edge).map(|edge| edge.place)
            }
            Subject::Clients | Subject::Node(_) => None,
        }
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

    fn last_of_service(&self, service: usize) -> Option<usize> {
        let last = self
            .recorder
            .memory
            .services
            .get(service)
            .and_then(|trouble| trouble.last);
        last.or(self.recorder.memory.event)
    }

    fn last_of_store(&self, store: usize) -> Option<usize> {
        self.recorder.memory.stores.get(store).copied().flatten()
    }

    pub(super) fn note_of_service(&mut self, service: u32, what: FactKind) {
        let service = service as usize;
        self.note(Subject::Service(service), what, self.last_of_service(service));
    }

    pub(super) fn instance_killed(&mut self, instance: u32, why: &str) {
        let service = self.instances[instance].service;
        self.note_of_service(service, FactKind::InstanceKilled(why.to_owned()));
    }

    pub(super) fn instance_stops(&mut self, instance: u32) {
        let service = self.instances[instance].service;
        self.note_of_service(service, FactKind::InstanceStopping);
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
        let because = because.or(self.last_of_service(service as usize));
        self.note(Subject::Service(service as usize), FactKind::InstanceUnready, because);
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
        let memory = self.recorder.memory.services.get_mut(service as usize);
        if !self.recorder.told || memory.is_none_or(|trouble| std::mem::replace(&mut trouble.exhausted, true)) {
            return;
        }
        let store = self.pools[pool].store as usize;
        let used = self.pools[pool].used as usize;
        let size = self
            .system
            .service(service)
            .uses
            .get(used)
            .and_then(|used| used.pool)
            .unwrap_or(0);
        let because = self.last_of_store(store).or(self.last_of_service(service as usize));
        self.note(
            Subject::Service(service as usize),
            FactKind::PoolExhausted { store, size },
            because,
        );
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

    /// A request failed for good: the first of its kind is noted, with what led to it.
    pub(super) fn request_failed(&mut self, edge: u32, cause: Cause) {
        if !self.recorder.told {
            return;
        }
        let way = self.system.edge(edge);
        let is_client = way.caller.is_none();
        match way.callee {
            Callee::Service(service) => {
                let trouble = self.recorder.memory.services.get(service);
                let known = trouble.and_then(|trouble| trouble.failures.get(cause as usize).copied().flatten());
                let fact = known.or_else(|| self.note_failure(service, cause));
                if is_client && self.recorder.memory.first.is_none() {
                    self.recorder.memory.first = fact;
                }
            }
            Callee::Store(store) => {
                if self.last_of_store(store).is_none() {
                    self.note(
                        Subject::Store(store),
                        FactKind::FirstFailure(cause),
                        self.recorder.memory.event,
                    );
                }
            }
            Callee::Queue(_) => {}
        }
    }

    fn note_failure(&mut self, service: usize, cause: Cause) -> Option<usize> {
        let because = self.why(service, cause);
        let last = self
            .recorder
            .memory
            .services
            .get(service)
            .and_then(|trouble| trouble.last);
        let fact = self.note(Subject::Service(service), FactKind::FirstFailure(cause), because);
        if let Some(trouble) = self.recorder.memory.services.get_mut(service) {
            if let Some(failure) = trouble.failures.get_mut(cause as usize) {
                *failure = fact;
            }
            // A failure is a consequence: what comes after it does not follow from it.
            trouble.last = last;
        }
        fact
    }

    /// What a failure of a service follows from: the same failure of what it calls, the trouble of a store, its own.
    fn why(&self, service: usize, cause: Cause) -> Option<usize> {
        let settings = self.system.services.get(service)?;
        let callees = settings
            .calls
            .iter()
            .filter_map(|edge| self.system.edges.get(*edge))
            .map(|edge| edge.callee);
        let of_callees = callees.filter_map(|callee| match callee {
            Callee::Service(callee) => {
                let trouble = self.recorder.memory.services.get(callee)?;
                trouble.failures.get(cause as usize).copied().flatten()
            }
            Callee::Store(store) => self.last_of_store(store),
            Callee::Queue(_) => None,
        });
        let stores = settings.uses.iter().filter_map(|used| self.last_of_store(used.store));
        let of_stores = stores.max();
        let own = self.last_of_service(service);
        match cause {
            Cause::StoreRefused | Cause::StoreDown | Cause::Quota => of_stores.or(of_callees.max()).or(own),
            Cause::PoolExhausted | Cause::Timeout | Cause::DeadlinePassed | Cause::Shed | Cause::Unreachable => {
                of_callees.max().or(of_stores).or(own)
            }
            Cause::SessionLost => {
                let trouble = self.recorder.memory.services.get(service);
                trouble
                    .and_then(|trouble| trouble.sessions)
                    .or(of_callees.max())
                    .or(own)
            }
            _ => own,
        }
    }

    /// From the first cause to the first request that it cost.
    pub(super) fn chain(&self) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = self.recorder.memory.first;
        while let Some(fact) = next {
            if chain.contains(&fact) {
                break;
            }
            chain.push(fact);
            next = self.recorder.facts.get(fact).and_then(|fact| fact.because);
        }
        chain.reverse();
        chain
    }
}
