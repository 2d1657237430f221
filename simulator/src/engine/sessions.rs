//! Sessions: who is known to which process, and who is answered as not logged in.
//!
//! A process that does not know the session of who asks has computed by then, answers at once, and does nothing else; a new session
//! begins there, as after logging in again.

use super::Engine;
use super::table::Ticket;
use super::who::Each;
use crate::outcome::{Cause, FactKind, SessionFigures};
use crate::system::SessionPlace;

/// Where the session of somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Home {
    /// There was none yet.
    #[default]
    None,
    /// In the memory of a process.
    Process(u32),
    /// In the cache.
    Cache,
    /// It has ended without its user.
    Lost,
}

/// The sessions of a service.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    homes: Each<Home>,
    pub(super) figures: SessionFigures,
    told_of_others: bool,
}

/// What came of looking for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It is known, or it is the first one.
    Here,
    /// It ended with a process, or is about to; or with what a cache held.
    Ended,
    /// Another process knows it.
    Elsewhere,
}

impl Engine<'_> {
    /// Whether the process that works on a request knows the session of who asks. If it does not, a new one begins there.
    pub(super) fn knows_session(&mut self, ticket: Ticket) -> bool {
        let Some(attempt) = self.attempts.get(ticket) else {
            return true;
        };
        let (who, edge, process, instance) = (attempt.user, attempt.edge, attempt.process, attempt.instance);
        let service = self.instances[instance].service;
        let Some(settings) = self.settings(service).sessions else {
            return true;
        };
        let here = match settings.kept {
            SessionPlace::Memory => Home::Process(process),
            // Who cannot be asked is found out later.
            SessionPlace::Cache(store) if self.stores[super::finish::number(store)].away != 0 => return true,
            SessionPlace::Cache(_) => Home::Cache,
        };
        let Some(sessions) = &mut self.services[service].sessions else {
            return true;
        };
        let before = sessions.homes.replace(who, here);
        let found = match before {
            before if before == here => Found::Here,
            Home::None | Home::Cache => Found::Here,
            Home::Lost => Found::Ended,
            Home::Process(other) if self.stops(other) => Found::Ended,
            Home::Process(_) => Found::Elsewhere,
        };
        if before != here {
            self.count_session(service, found);
        }
        if found == Found::Elsewhere {
            self.note_session_elsewhere(service, edge);
        }
        found == Found::Here
    }

    /// Whether the instance of a process was told to stop, or its container was.
    fn stops(&self, process: u32) -> bool {
        let at = &self.instances[self.processes[process].instance];
        at.is_settling() || at.is_draining()
    }

    fn count_session(&mut self, service: u32, found: Found) {
        let counts = self.plan.warm_up <= self.now;
        let Some(sessions) = self.services[service].sessions.as_mut().filter(|_| counts) else {
            return;
        };
        let figures = &mut sessions.figures;
        figures.begun += 1;
        match found {
            Found::Here => {}
            Found::Ended => figures.ended += 1,
            Found::Elsewhere => figures.elsewhere += 1,
        }
    }

    /// The processes of an instance are gone, and what they remembered.
    pub(super) fn sessions_end(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let processes = at.all_processes();
        let Some(sessions) = &mut self.services[at.service].sessions else {
            return;
        };
        for home in sessions.homes.iter_mut() {
            if matches!(home, Home::Process(process) if processes.contains(process)) {
                *home = Home::Lost;
            }
        }
    }

    /// An instance ends, or was told to: whose sessions go with it.
    pub(super) fn note_sessions(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, processes) = (at.service, at.all_processes());
        let Some(sessions) = self.services[service].sessions.as_ref().filter(|_| self.recorder.told) else {
            return;
        };
        let of = sessions.homes.iter();
        let users = of.filter(|home| matches!(home, Home::Process(process) if processes.contains(process)));
        let users = users.count() as u64;
        if users != 0 {
            self.note_session(service, FactKind::SessionsEnded { users }, self.trouble_of(service));
        }
    }

    /// What a cache held is gone.
    pub(super) fn store_emptied(&mut self, store: u32, because: Option<usize>) {
        for service in 0..self.services.len() {
            let kept = self.settings(service).sessions.map(|sessions| sessions.kept);
            if kept != Some(SessionPlace::Cache(store as usize)) {
                continue;
            }
            let Some(sessions) = &mut self.services[service].sessions else {
                continue;
            };
            let held = sessions.homes.iter_mut().filter(|home| **home == Home::Cache);
            let mut users = 0;
            for home in held {
                *home = Home::Lost;
                users += 1;
            }
            self.note_session(
                service,
                FactKind::SessionsEmptied {
                    store: store as usize,
                    users,
                },
                because,
            );
        }
    }

    fn note_session_elsewhere(&mut self, service: u32, edge: u32) {
        let told = self.recorder.told;
        let Some(sessions) = self.services[service].sessions.as_mut().filter(|_| told) else {
            return;
        };
        if std::mem::replace(&mut sessions.told_of_others, true) {
            return;
        }
        // A client that is kept where it was moves only because something happened.
        let because = self.is_sticky(edge).then(|| self.trouble_of(service)).flatten();
        self.note_session(service, FactKind::SessionElsewhere, because);
    }

    fn is_sticky(&self, edge: u32) -> bool {
        let way = self.system.edge(edge);
        way.sticky || way.nginx.as_ref().is_some_and(crate::gateway::Upstream::is_sticky)
    }
}

/// What breakers and error rates make of an outcome: that somebody is not logged in is no failure of the server (401, or the way to
/// the login page).
pub(super) const fn as_answered(outcome: Result<(), Cause>) -> Result<(), Cause> {
    match outcome {
        Err(Cause::SessionLost) => Ok(()),
        outcome => outcome,
    }
}
