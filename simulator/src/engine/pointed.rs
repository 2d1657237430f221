//! Where a fact points in the spec: at the setting that decides, or at what it is a setting of.

use super::Engine;
use crate::outcome::{Cause, Fact, FactKind, Killed, Place, Subject};
use crate::system::{Callee, EdgePlaces, ServicePlaces, StorePlaces, UsePlaces};

impl Engine<'_> {
    /// The place of a fact.
    pub(super) fn place_of(&self, subject: Subject, what: &FactKind, because: Option<usize>) -> Option<Place> {
        let declared = self.declared(subject);
        let reason = || self.place_of_fact(because);
        let decides = match subject {
            Subject::Service(service) => self.of_service(service, what, because),
            Subject::Store(store) => {
                let places = self.system.places.stores.get(store);
                let of = |decides: fn(&StorePlaces) -> Option<Place>| places.and_then(decides);
                match what {
                    FactKind::StoreFull { .. } => of(|store| store.limit),
                    FactKind::FirstFailure(Cause::Quota) => of(|store| store.quota),
                    FactKind::StoreDown | FactKind::StoreBack => reason(),
                    _ => None,
                }
            }
            Subject::Queue(queue) => self.system.places.queues.get(queue).copied().flatten(),
            Subject::Call(service, call) => {
                let edge = self.edge_of(service, call);
                match what {
                    FactKind::BreakerOpened | FactKind::BreakerClosed => edge.and_then(|edge| edge.breaker),
                    FactKind::BudgetSpent => edge.and_then(|edge| edge.retry_budget),
                    _ => None,
                }
            }
            Subject::Clients | Subject::Node(_) => reason(),
        };
        decides.or(declared)
    }

    fn declared(&self, subject: Subject) -> Option<Place> {
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

    fn place_of_fact(&self, fact: Option<usize>) -> Option<Place> {
        self.recorder.facts.get(fact?).and_then(|fact| fact.place)
    }

    fn edge_of(&self, service: usize, call: usize) -> Option<&EdgePlaces> {
        let edge = self.system.services.get(service)?.calls.get(call)?;
        self.system.places.edges.get(*edge)
    }

    fn of_service(&self, service: usize, what: &FactKind, because: Option<usize>) -> Option<Place> {
        let places = self.system.places.services.get(service)?;
        let reason = || self.place_of_fact(because);
        match what {
            FactKind::RolloutBegan(_) => places.rollout.or_else(reason),
            FactKind::RolloutComplete | FactKind::TrafficSplit(_) => places.rollout,
            FactKind::InstanceStopping => reason(),
            FactKind::IdleRace { .. } => self.system.places.edges.iter().find_map(|edge| edge.kept),
            FactKind::RolloutStuck => places.deadline.or(places.rollout),
            FactKind::RolloutAborted(_) => places.abort.or(places.rollout),
            FactKind::Scaled { .. } | FactKind::Overloaded => places.scale,
            FactKind::InstanceUnready => places.ready,
            FactKind::NoneReady => reason(),
            FactKind::InstanceKilled(by) => match by {
                Killed::Scenario => reason(),
                Killed::Startup => places.startup,
                Killed::Liveness => places.live,
                Killed::Memory => places.memory,
                Killed::Drain => places.drain,
                Killed::Grace | Killed::Deaf => places.grace,
                Killed::GaveUp => None,
            },
            FactKind::PoolExhausted { store, .. } => self.written_use(service, places, *store)?.pool_or_declared(),
            _ => None,
        }
    }

    fn written_use<'p>(&self, service: usize, places: &'p ServicePlaces, store: usize) -> Option<&'p UsePlaces> {
        let uses = &self.system.services.get(service)?.uses;
        let used = uses.iter().position(|used| used.store == store)?;
        places.uses.get(used)
    }

    /// The place of the first failure of a kind: `edge` is the way that the request came.
    pub(super) fn place_of_failure(
        &self,
        (service, edge): (usize, Option<u32>),
        cause: Cause,
        because: Option<usize>,
    ) -> Option<Place> {
        let reason = because.and_then(|because| self.recorder.facts.get(because));
        // What failed in one that was called is passed on: by the call.
        if let Some(Fact {
            subject: Subject::Service(callee),
            what: FactKind::FirstFailure(_),
            ..
        }) = reason
            && *callee != service
        {
            return self.call_to(service, Callee::Service(*callee));
        }
        let places = self.system.places.services.get(service)?;
        let way = edge.and_then(|edge| self.system.places.edges.get(edge as usize));
        let used = |store: usize| self.written_use(service, places, store);
        let store = reason.and_then(|reason| match (reason.subject, &reason.what) {
            (_, FactKind::PoolExhausted { store, .. }) => Some(*store),
            (Subject::Store(store), _) => Some(store),
            _ => None,
        });
        let of_store = || {
            let store = store?;
            let used = used(store).and_then(|used| used.declared);
            used.or_else(|| self.call_to(service, Callee::Store(store)))
        };
        let called = || {
            let call = self.call_of_store(service, store?)?;
            self.system.places.edges.get(call)
        };
        match cause {
            Cause::Timeout => store
                .and_then(|store| self.timeout_to(service, store, edge))
                .or_else(|| way.and_then(|way| way.timeout)),
            Cause::PoolExhausted => store.and_then(used).and_then(UsePlaces::waits),
            Cause::StoreRefused | Cause::StoreDown | Cause::Quota => of_store(),
            Cause::PoolClosed => places.uses.iter().find_map(|used| used.release),
            Cause::SessionLost => places.sessions,
            Cause::Shed => places.queue_limit,
            Cause::DeadlinePassed => places.drop_expired,
            Cause::StaleReset => way.and_then(|way| way.kept),
            Cause::BreakerOpen => called().or(way).and_then(|way| way.breaker),
            Cause::BudgetSpent => called().or(way).and_then(|way| way.retry_budget),
            // What ended or took out the last one; with nothing before it, what every new one has to pass.
            Cause::NoEndpoint => reason.and_then(|reason| reason.place).or(places.ready),
            Cause::Error => match reason.map(|reason| &reason.what) {
                // Where the event says nothing of errors, its revision is as the spec says.
                Some(FactKind::RolloutBegan(revision)) => places
                    .errors
                    .get(*revision)
                    .copied()
                    .flatten()
                    .or_else(|| self.place_of_fact(reason.and_then(|reason| reason.because))),
                _ => None,
            }
            .or_else(|| reason.and_then(|reason| reason.place))
            .or_else(|| places.errors.first().copied().flatten()),
            Cause::Refused | Cause::Killed | Cause::Unreachable => reason.and_then(|reason| reason.place),
        }
    }

    /// How long a call of an external may take, unless whoever asked waits less.
    fn timeout_to(&self, service: usize, store: usize, edge: Option<u32>) -> Option<Place> {
        let call = self.call_of_store(service, store)?;
        let timeout = self.system.edges.get(call)?.timeout?;
        let asked = edge.and_then(|edge| self.system.edges.get(edge as usize)?.timeout);
        let is_shorter = asked.is_none_or(|asked| timeout < asked);
        self.system.places.edges.get(call)?.timeout.filter(|_| is_shorter)
    }

    /// The way to an external, if a service calls it.
    fn call_of_store(&self, service: usize, store: usize) -> Option<usize> {
        let mut calls = self.system.services.get(service)?.calls.iter().copied();
        calls.find(|call| {
            let way = self.system.edges.get(*call);
            way.is_some_and(|way| way.callee == Callee::Store(store))
        })
    }

    fn call_to(&self, service: usize, callee: Callee) -> Option<Place> {
        let calls = &self.system.services.get(service)?.calls;
        let edges = calls.iter().filter_map(|edge| self.system.edges.get(*edge));
        let mut to_it = edges.filter(|edge| edge.callee == callee);
        to_it.next().map(|edge| edge.place)
    }
}

impl UsePlaces {
    fn pool_or_declared(&self) -> Option<Place> {
        self.pool.or(self.declared)
    }

    fn waits(&self) -> Option<Place> {
        self.acquire_timeout.or(self.declared)
    }
}
