//! What failed first, and what that followed from.

use super::Engine;
use crate::outcome::{Cause, Fact, FactKind, Killed, Subject};
use crate::system::Callee;

impl Engine<'_> {
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
                let fact = known.or_else(|| self.note_failure(service, Some(edge), cause));
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

    fn note_failure(&mut self, service: usize, edge: Option<u32>, cause: Cause) -> Option<usize> {
        let because = if cause == Cause::StaleReset {
            self.note_idle_race(service, edge)
        } else {
            self.why(service, cause)
        };
        let last = self
            .recorder
            .memory
            .services
            .get(service)
            .and_then(|trouble| trouble.last);
        let place = self.place_of_failure((service, edge), cause, because);
        let what = if edge.is_some() {
            FactKind::FirstFailure(cause)
        } else {
            FactKind::MessageFailed(cause)
        };
        let fact = self.note(Subject::Service(service), what, because);
        if let (Some(place), Some(fact)) = (place, fact.and_then(|fact| self.recorder.facts.get_mut(fact))) {
            fact.place = Some(place);
        }
        if let Some(trouble) = self.recorder.memory.services.get_mut(service) {
            if let Some(failure) = trouble.failures.get_mut(cause as usize) {
                *failure = fact;
            }
            // A failure is a consequence: what comes after it does not follow from it.
            trouble.last = last;
        }
        fact
    }

    /// Two clocks that nobody set against each other: nothing has to happen before.
    fn note_idle_race(&mut self, service: usize, edge: Option<u32>) -> Option<usize> {
        let kept = self.system.edges.get(edge? as usize)?.kept.as_ref()?;
        let (used, kept) = kept.times();
        let kept = kept?;
        self.note(Subject::Service(service), FactKind::IdleRace { kept, used }, None)
    }

    /// What a failure of a service follows from: the same failure of what it calls, the trouble of a store, its own.
    fn why(&self, service: usize, cause: Cause) -> Option<usize> {
        let settings = self.system.services.get(service)?;
        let callees = settings
            .calls
            .iter()
            .filter_map(|edge| self.system.edges.get(*edge))
            // What a request can do without, or does not wait for, does not fail it.
            .filter(|edge| edge.waited_for && !edge.optional)
            .map(|edge| edge.callee);
        let of_callees = callees.filter_map(|callee| match callee {
            Callee::Service(callee) => {
                let trouble = self.recorder.memory.services.get(callee)?;
                trouble.failures.get(cause as usize).copied().flatten()
            }
            Callee::Store(store) => self.last_of_store(store),
            Callee::Queue(_) => None,
        });
        let of_stores = settings.uses.iter().filter_map(|used| self.last_of_store(used.store));
        let of_stores = of_stores.max();
        let own = self.last_of_service(service);
        let trouble = self.recorder.memory.services.get(service)?;
        let dry = trouble.exhausted.iter().map(|(_, fact)| *fact).max();
        let of_callees = of_callees.max();
        match cause {
            Cause::StoreRefused | Cause::StoreDown | Cause::Quota => of_stores.or(of_callees).or(own),
            Cause::PoolExhausted | Cause::Timeout | Cause::DeadlinePassed | Cause::Shed => {
                // What began last is what was too much.
                of_callees.or(dry.max(of_stores).max(trouble.overloaded).max(self.asked_more(service)))
            }
            Cause::SessionLost => trouble.sessions.or(of_callees).or(own),
            Cause::Unreachable => of_callees.or(of_stores).or(own),
            Cause::Error => self.last_that(service, |what| {
                matches!(
                    what,
                    FactKind::RolloutBegan(_) | FactKind::Event(_) | FactKind::Outdated { .. }
                )
            }),
            Cause::Killed => {
                let killed = self.last_that(service, |what| matches!(what, FactKind::InstanceKilled(_)));
                killed.or(own)
            }
            Cause::PoolClosed => self
                .last_that(service, |what| {
                    matches!(what, FactKind::InstanceStopping | FactKind::InstanceKilled(_))
                })
                .or(own),
            Cause::Refused | Cause::NoEndpoint | Cause::StaleReset | Cause::BreakerOpen | Cause::BudgetSpent => {
                of_callees.or(own)
            }
        }
    }

    pub(super) fn last_that(&self, service: usize, is_it: impl Fn(&FactKind) -> bool) -> Option<usize> {
        let here = |fact: &Fact| fact.subject == Subject::Service(service) && is_it(&fact.what);
        self.recorder.facts.iter().rposition(here)
    }

    /// A message that nobody could work on: no client waits for it.
    pub(super) fn message_failed(&mut self, service: u32, cause: Cause) {
        let service = service as usize;
        let trouble = self.recorder.memory.services.get(service);
        let known = trouble.and_then(|trouble| trouble.failures.get(cause as usize).copied().flatten());
        if self.recorder.told && known.is_none() {
            self.note_failure(service, None, cause);
        }
    }

    /// What went wrong without costing a request: of the worst kind the first.
    fn trouble(&self) -> Option<usize> {
        let facts = self.recorder.facts.iter().enumerate();
        let bad = facts.filter_map(|(place, fact)| Some((severity(&fact.what)?, place)));
        bad.min().map(|(_, place)| place)
    }

    /// From the first cause to the first request that it cost, or else to what else went wrong.
    pub(super) fn chain(&self) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = self.recorder.memory.first.or_else(|| self.trouble());
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

/// How bad a fact is that no client felt, from 0, the worst; nothing for what is in order.
const fn severity(what: &FactKind) -> Option<u8> {
    match what {
        FactKind::RolloutStuck | FactKind::RolloutAborted(_) => Some(0),
        FactKind::QueueFull | FactKind::StepFailed { again: None, .. } => Some(1),
        FactKind::FirstFailure(_) | FactKind::MessageFailed(_) => Some(2),
        FactKind::NoneReady | FactKind::DrainUnended { .. } => Some(3),
        FactKind::InstancePending | FactKind::QueueGrows { .. } => Some(4),
        FactKind::InstanceKilled(Killed::Scenario) => None,
        FactKind::InstanceKilled(_) | FactKind::BreakerOpened | FactKind::StoreFull { .. } => Some(5),
        _ => None,
    }
}
