//! An attempt ends: whoever waited is told, tries again, or goes on without.

use super::attempt::{NOWHERE, Origin, Stage};
use super::sessions::as_answered;
use super::table::Ticket;
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Cause;
use crate::system::Callee;

impl Engine<'_> {
    /// An attempt ends, and its place is free.
    pub(super) fn end(&mut self, ticket: Ticket, outcome: Result<(), Cause>) {
        let Some(attempt) = self.attempts.get(ticket) else {
            return;
        };
        let (origin, edge, instance, process) = (attempt.origin, attempt.edge, attempt.instance, attempt.process);
        let (began, sent, way) = (attempt.began, attempt.sent, (edge, attempt.guard));
        let (tries, admitted) = (attempt.tries, attempt.admitted);
        self.free(ticket, instance, process, admitted);
        if instance != NOWHERE && matches!(origin, Origin::Client(..) | Origin::Call(_)) {
            self.measure(instance, sent, as_answered(outcome));
        }
        match origin {
            Origin::Client(..) => {
                if instance != NOWHERE {
                    self.keep(edge, instance, outcome);
                }
                self.attempt_ended(way, sent, outcome);
                self.client_told(origin, (edge, began), tries, outcome);
            }
            Origin::Call(parent) => {
                self.attempt_ended(way, sent, outcome);
                self.caller_told(parent, edge, outcome);
            }
            Origin::Nobody => {
                self.attempt_ended(way, sent, outcome);
                if !self.system.edge(edge).waited_for {
                    self.request_ended(edge, began, outcome);
                }
            }
            Origin::GaveUp => {}
            Origin::Message(queue, message) => {
                self.message_ended((queue, message), (instance, process), (began, sent), outcome);
            }
            Origin::Probe(asked) => self.probe_ended(instance, asked, outcome.is_ok()),
        }
    }

    /// An attempt ends that no one waits for and that is counted already.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if let Some(attempt) = self.attempts.get(ticket) {
            let (instance, process, admitted) = (attempt.instance, attempt.process, attempt.admitted);
            self.free(ticket, instance, process, admitted);
        }
    }

    /// Its place is free, and so is what it had of the process that worked on it.
    #[inline]
    fn free(&mut self, ticket: Ticket, instance: u32, process: u32, admitted: bool) {
        self.attempts.remove(ticket);
        if instance != NOWHERE {
            if admitted {
                self.readmit(instance, process);
            }
            self.left(instance);
        }
    }

    /// A client learns how its attempt ended.
    #[inline]
    pub(super) fn client_told(
        &mut self,
        origin: Origin,
        (edge, began): (u32, Tick),
        tries: u32,
        outcome: Result<(), Cause>,
    ) {
        let Origin::Client(who, passed) = origin else {
            return;
        };
        let guard = self.shared_guard(edge);
        let outcome = match outcome {
            _ if passed != Ticket::NONE => {
                if self.goes_on(edge, passed, outcome) {
                    self.client_tries_again(origin, (edge, began), tries);
                    return;
                }
                outcome
            }
            Err(cause) => match self.may_retry((edge, guard), tries, cause) {
                Ok(()) => {
                    self.client_tries_again(origin, (edge, began), tries);
                    return;
                }
                Err(cause) => Err(cause),
            },
            Ok(()) => Ok(()),
        };
        self.request_ended(edge, began, outcome);
        self.client_thinks(who);
    }

    /// Another attempt learns how its call ended.
    pub(super) fn caller_told(&mut self, parent: Ticket, edge: u32, outcome: Result<(), Cause>) {
        let Some(attempt) = self
            .attempts
            .get(parent)
            .filter(|attempt| attempt.stage == Stage::Calls)
        else {
            return;
        };
        let (began, tries) = (attempt.since, attempt.child_tries);
        let way = self.system.edge(edge);
        let guard = self.guard_of(edge, parent);
        let outcome = match outcome {
            Err(cause) => match self.may_retry((edge, guard), tries, cause) {
                Ok(()) => {
                    let wait = way.backoff.wait(tries, &mut self.edges[edge].repeats);
                    if let Some(attempt) = self.attempts.get_mut(parent) {
                        attempt.child_tries = tries + 1;
                        attempt.child = Ticket::NONE;
                        attempt.stage = Stage::BacksOff;
                    }
                    self.agenda
                        .plan(self.now.plus(wait), Kind::Retry, parent.place, parent.tenant);
                    return;
                }
                Err(cause) => Err(cause),
            },
            Ok(()) => Ok(()),
        };
        self.request_ended(edge, began, outcome);
        match outcome {
            Err(cause) if !way.optional => self.end(parent, Err(cause)),
            _ => self.go_on(parent),
        }
    }

    /// Whether a further attempt is made; if not, why the request failed.
    fn may_retry(&mut self, (edge, guard): (u32, u32), tries: u32, cause: Cause) -> Result<(), Cause> {
        let way = self.system.edge(edge);
        let repeatable = !way.only_unsent || cause == Cause::Refused;
        let is_final = matches!(cause, Cause::BreakerOpen | Cause::SessionLost);
        if way.retries <= tries || is_final || !repeatable {
            return Err(cause);
        }
        if guard == NOWHERE {
            return Ok(());
        }
        let budget = self.guards[guard].budget.as_mut();
        if budget.is_none_or(crate::edge::RetryBudget::retry) {
            return Ok(());
        }
        self.budget_spent(edge);
        Err(Cause::BudgetSpent)
    }

    /// Counts an attempt at whom it was made, and tells the breaker.
    #[inline]
    pub(super) fn attempt_ended(&mut self, (edge, guard): (u32, u32), sent: Tick, outcome: Result<(), Cause>) {
        let way = self.system.edge(edge);
        if let Callee::Service(service) = way.callee
            && self.plan.warm_up <= sent
        {
            self.services[number(service)].attempts.end(outcome);
        }
        if guard == NOWHERE || outcome == Err(Cause::BreakerOpen) {
            return;
        }
        if let Some(breaker) = &mut self.guards[guard].breaker {
            let before = breaker.state(self.now);
            breaker.record(self.now, as_answered(outcome).is_ok());
            let after = breaker.state(self.now);
            if before != after {
                self.breaker_turned(edge, after);
            }
        }
    }

    /// The attempt was sent: it counts.
    pub(super) fn services_attempted(&mut self, service: usize) {
        if self.plan.warm_up <= self.now {
            self.services[number(service)].attempts.arrived += 1;
        }
    }
}

pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
