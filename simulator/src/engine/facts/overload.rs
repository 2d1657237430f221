//! That there is more work than processes can do.

use super::super::Engine;
use crate::outcome::{FactKind, Subject};

impl Engine<'_> {
    /// The last time that there was more work than a service could do.
    pub(in crate::engine) fn overloaded(&self, service: usize) -> Option<usize> {
        self.recorder.memory.services.get(service)?.overloaded
    }

    /// Somebody waited in vain for the turn of what they asked an instance for.
    pub(in crate::engine) fn waited_in_vain(&mut self, instance: u32) {
        if !self.recorder.told {
            return;
        }
        let number = self.instances[instance].service;
        let service = number as usize;
        let known = self.overloaded(service);
        // It is nothing new until something else happens; and a stall is an event of its own.
        let is_known = known.is_some_and(|known| self.recorder.memory.event <= Some(known));
        if is_known || self.services[number].stalled != 0 {
            return;
        }
        let fewer = self.last_that(service, |what| {
            matches!(what, FactKind::InstanceKilled(_) | FactKind::InstanceUnready)
        });
        // Where so many requests may be worked on at once, those that wait for a store keep the others out.
        let settings = self.settings(number);
        let slow = settings.concurrency.and_then(|_| {
            let stores = settings.uses.iter().filter_map(|used| self.last_of_store(used.store));
            stores.max()
        });
        let because = self.asked_more(service).max(fewer).max(slow);
        let fact = self.note(Subject::Service(service), FactKind::Overloaded, because);
        if let Some(trouble) = self.recorder.memory.services.get_mut(service) {
            trouble.overloaded = fact;
        }
    }
}
