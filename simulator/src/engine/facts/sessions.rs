//! What is written down of sessions.

use super::super::Engine;
use crate::outcome::{FactKind, Subject};

impl Engine<'_> {
    /// A fact about the sessions of a service: what its lost ones follow from, and nothing else does.
    pub(in crate::engine) fn note_session(&mut self, service: u32, what: FactKind, because: Option<usize>) {
        let place = self.system.service(service).sessions.map(|sessions| sessions.place);
        let last = self
            .recorder
            .memory
            .services
            .get(service as usize)
            .and_then(|trouble| trouble.last);
        let fact = self.note(Subject::Service(service as usize), what, because);
        if let Some(trouble) = self.recorder.memory.services.get_mut(service as usize) {
            trouble.last = last;
            trouble.sessions = fact.or(trouble.sessions);
        }
        if let Some(fact) = fact.and_then(|fact| self.recorder.facts.get_mut(fact)) {
            fact.place = place;
        }
    }
}
