//! What followed from what.

use crate::engine::Engine;
use crate::outcome::Cause;
use crate::system::Callee;

impl Engine<'_> {
    /// What a failure of a service follows from: the same failure of what it calls, the trouble of a store, its own.
    pub(super) fn why(&self, service: usize, cause: Cause) -> Option<usize> {
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
    pub(in crate::engine) fn chain(&self) -> Vec<usize> {
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
