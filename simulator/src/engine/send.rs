//! A request goes along an edge: to an instance that its caller knows of, or to an external.

use super::attempt::{Attempt, NOWHERE, Origin, Stage};
use super::table::Ticket;
use super::who::Who;
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Cause;
use crate::system::Callee;

impl Engine<'_> {
    /// Sends an attempt of a request that began at `began`, after `tries` others. It fails no earlier than after this returns.
    #[inline]
    pub(super) fn send(&mut self, edge: u32, origin: Origin, began: Tick, tries: u32, deadline: Tick) -> Ticket {
        let guard = match origin {
            Origin::Call(caller) => self.guard_of(edge, caller),
            _ => self.shared_guard(edge),
        };
        self.send_by((edge, guard), origin, began, tries, deadline)
    }

    /// The same, where it is known what its caller remembers of such calls.
    pub(super) fn send_by(
        &mut self,
        (edge, guard): (u32, u32),
        origin: Origin,
        began: Tick,
        tries: u32,
        deadline: Tick,
    ) -> Ticket {
        let way = self.system.edge(edge);
        let user = match origin {
            Origin::Client(who, _) => who,
            Origin::Call(caller) if way.knows_users => self.attempts.get(caller).map_or(Who::NOBODY, |of| of.user),
            _ => Who::NOBODY,
        };
        let expires = way.timeout.map_or(Tick::NEVER, |timeout| self.now.plus(timeout));
        let ticket = self.attempts.add(Attempt {
            origin,
            user,
            edge,
            guard,
            instance: NOWHERE,
            process: NOWHERE,
            stage: Stage::Lost,
            step: 0,
            left: u32::MAX,
            tries,
            child_tries: 0,
            child: Ticket::NONE,
            began,
            sent: self.now,
            since: self.now,
            deadline: expires.min(deadline),
            admitted: false,
            doomed: None,
        });
        if let Callee::Service(service) = way.callee {
            self.services_attempted(service);
        }
        if guard != NOWHERE && !self.may_call(guard, tries == 0) {
            self.fail_soon(ticket, Cause::BreakerOpen);
            return ticket;
        }
        if expires != Tick::NEVER {
            let state = &mut self.edges[edge];
            state.waiting.push_back((expires, ticket));
            if state.waiting.len() == 1 {
                self.agenda.plan(expires, Kind::Timeout, edge, 0);
            }
        }
        if self.edges[edge].cut != 0 {
            // Nothing comes back. Who does not wait for a limited time is told by the network, some time.
            if expires == Tick::NEVER {
                self.fail_soon(ticket, Cause::Unreachable);
            }
            return ticket;
        }
        match way.callee {
            Callee::Service(_) => match self.receiver(edge, origin, user) {
                Ok(instance) if self.meets_a_close(edge, instance, origin) => {
                    self.fail_soon(ticket, Cause::StaleReset);
                }
                Ok(instance) if !self.instances[instance].accepts() => self.fail_soon(ticket, Cause::Refused),
                Ok(instance) => self.accept(ticket, instance),
                Err(cause) => self.fail_soon(ticket, cause),
            },
            Callee::Store(store) => self.ask_external(ticket, store),
            Callee::Queue(_) => {}
        }
        ticket
    }

    fn may_call(&mut self, guard: u32, is_first: bool) -> bool {
        let guard = &mut self.guards[guard];
        if let Some(budget) = guard.budget.as_mut().filter(|_| is_first) {
            budget.first();
        }
        guard.breaker.as_mut().is_none_or(|breaker| breaker.allow(self.now))
    }

    /// It fails, in an event of its own: whoever is told may be on the stack.
    pub(super) fn fail_soon(&mut self, ticket: Ticket, cause: Cause) {
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.stage = Stage::Failed(cause);
            self.agenda.plan(self.now, Kind::Failed, ticket.place, ticket.tenant);
        }
    }

    pub(super) fn failed(&mut self, ticket: Ticket) {
        let stage = self.attempts.get(ticket).map(|attempt| attempt.stage);
        if let Some(Stage::Failed(cause)) = stage {
            self.end(ticket, Err(cause));
        }
    }
}
