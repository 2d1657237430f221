//! Datastores and externals at work: connections that they accept, work that they do at once, and what is in the way.

use loadline_compiler::quantity::Ratio;

use super::attempt::{NOWHERE, Stage};
use super::serve::longer;
use super::table::Ticket;
use super::{Engine, Kind};
use crate::chance::{Law, chance};
use crate::outcome::Cause;
use crate::{Span, Tick};

impl Engine<'_> {
    /// A request of a service has its connection, and asks.
    pub(super) fn operate(&mut self, ticket: Ticket) {
        let Some(used) = self.used_by(ticket) else { return };
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.since = self.now;
        attempt.doomed = None;
        let service = self.instances[attempt.instance].service;
        if let Some(until) = self.services[service].cut_from(used) {
            // The connection is dead and does not say so.
            let timeout = self
                .settings(service)
                .uses
                .get(used as usize)
                .and_then(|used| used.statement_timeout);
            let at = timeout.map_or(until, |timeout| self.now.plus(timeout).min(until));
            self.doom(ticket, Cause::Unreachable, at);
            return;
        }
        if self.changes.watches() && self.waits_for_lock(ticket) {
            return;
        }
        if let Some(store) = self.store_of(ticket) {
            self.ask(ticket, store);
        }
    }

    /// An external is asked.
    pub(super) fn ask_external(&mut self, ticket: Ticket, store: usize) {
        let store = super::finish::number(store);
        if let Some(quota) = &mut self.stores[store].quota
            && !quota.try_take(self.now)
        {
            self.fail_soon(ticket, Cause::Quota);
            return;
        }
        self.ask(ticket, store);
    }

    pub(super) fn ask(&mut self, ticket: Ticket, store: u32) {
        let state = &mut self.stores[store];
        state.operations += 1;
        if state.away != 0 {
            self.doom(ticket, Cause::StoreDown, self.now);
            return;
        }
        let fails = state.failing != 0 && chance(Ratio::millionths(state.failing.into()), &mut state.errors);
        let capacity = self.system.store(store).capacity;
        if fails && let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.doomed = Some(Cause::StoreDown);
        }
        let state = &mut self.stores[store];
        if capacity.is_some_and(|capacity| capacity <= state.busy) {
            state.waiting.push_back(ticket);
            state.most_waiting = state.most_waiting.max(state.waiting.len() as u64);
            if let Some(attempt) = self.attempts.get_mut(ticket) {
                attempt.stage = Stage::StoreQueued;
            }
            return;
        }
        self.work(ticket, store);
    }

    /// The store begins to work on a request.
    fn work(&mut self, ticket: Ticket, store: u32) {
        let used = self.use_of(ticket);
        let statement = used.and_then(|used| used.statement_timeout);
        let system = self.system;
        let settings = system.store(store);
        let law = match (&settings.service, used.and_then(|used| used.hold.as_ref())) {
            (Law::Zero, Some(hold)) => hold,
            (service, _) => service,
        };
        let state = &mut self.stores[store];
        state.busy += 1;
        let mut time = longer(law.draw(&mut state.work), state.slower);
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.stage = Stage::AtStore;
        if let Some(most) = statement {
            let waited = self.now.since(attempt.since);
            let left = Span::from_micros(most.micros().saturating_sub(waited.micros()));
            if left < time {
                time = left;
                attempt.doomed = Some(Cause::Timeout);
            }
        }
        self.agenda
            .plan(self.now.plus(time), Kind::Worked, ticket.place, ticket.tenant);
    }

    /// A store has done its work on a request.
    pub(super) fn worked(&mut self, ticket: Ticket) {
        let at_store = |attempt: &&super::Attempt| matches!(attempt.stage, Stage::AtStore | Stage::AtStoreAbandoned);
        if self.attempts.get(ticket).filter(at_store).is_none() {
            return;
        }
        let Some(store) = self.store_of(ticket) else { return };
        self.work_on(store);
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        if attempt.stage == Stage::AtStoreAbandoned {
            self.release(ticket);
            self.leave(ticket);
            return;
        }
        attempt.stage = Stage::Returns;
        let state = &mut self.stores[store];
        let trip = longer(self.system.store(store).latency.draw(&mut state.trips), state.slower);
        if trip == Span::ZERO {
            self.answered(ticket);
        } else {
            self.agenda
                .plan(self.now.plus(trip), Kind::Answered, ticket.place, ticket.tenant);
        }
    }

    /// A store has room for the next.
    pub(super) fn work_on(&mut self, store: u32) {
        let state = &mut self.stores[store];
        state.busy = state.busy.saturating_sub(1);
        while let Some(next) = self.stores[store].waiting.pop_front() {
            let waits = self
                .attempts
                .get(next)
                .is_some_and(|attempt| attempt.stage == Stage::StoreQueued);
            if waits {
                self.work(next, store);
                return;
            }
            if self.change_has_its_turn(next) {
                return;
            }
        }
    }

    /// The answer of a store is there.
    pub(super) fn answered(&mut self, ticket: Ticket) {
        let Some(attempt) = self.attempts.get(ticket) else {
            return;
        };
        let (doomed, instance, since) = (attempt.doomed, attempt.instance, attempt.since);
        if attempt.stage != Stage::Returns {
            return;
        }
        if instance == NOWHERE {
            self.end(ticket, doomed.map_or(Ok(()), Err));
            return;
        }
        if let Some(cause) = doomed {
            self.release(ticket);
            self.fail_soon(ticket, cause);
            return;
        }
        let held = self.hold_left(ticket, since);
        if held == Span::ZERO {
            self.held(ticket);
            return;
        }
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.stage = Stage::Holds;
        }
        self.agenda
            .plan(self.now.plus(held), Kind::Held, ticket.place, ticket.tenant);
    }

    /// How much longer a connection is kept, where that is more than the work took.
    fn hold_left(&mut self, ticket: Ticket, since: Tick) -> Span {
        let Some(store) = self.store_of(ticket) else {
            return Span::ZERO;
        };
        let Some(hold) = self.use_of(ticket).and_then(|used| used.hold.as_ref()) else {
            return Span::ZERO;
        };
        if matches!(self.system.store(store).service, Law::Zero) {
            return Span::ZERO;
        }
        let instance = self.attempts.get(ticket).map_or(NOWHERE, |attempt| attempt.instance);
        let service = self.instances[instance].service;
        let whole = hold.draw(&mut self.services[service].luck.hold);
        Span::from_micros(whole.micros().saturating_sub(self.now.since(since).micros()))
    }

    /// A connection is no longer held.
    pub(super) fn held(&mut self, ticket: Ticket) {
        if self
            .attempts
            .get(ticket)
            .is_none_or(|attempt| !matches!(attempt.stage, Stage::Holds | Stage::Returns))
        {
            return;
        }
        if !self.waits_for_turn(ticket, Stage::ResumesConnected) {
            self.release(ticket);
            self.advance(ticket);
        }
    }

    /// What a request asks of a store will come to nothing, and at this time that is known.
    fn doom(&mut self, ticket: Ticket, cause: Cause, at: Tick) {
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.doomed = Some(cause);
            attempt.stage = Stage::Returns;
        }
        self.agenda.plan(at, Kind::Answered, ticket.place, ticket.tenant);
    }

    pub(super) fn leave_store_queue(&mut self, ticket: Ticket) {
        if let Some(store) = self.store_of(ticket) {
            self.stores[store].waiting.retain(|waiting| *waiting != ticket);
            self.release(ticket);
        }
    }

    /// Whoever a store works for is gone, and its connection with it.
    pub(super) fn leave_store(&mut self, ticket: Ticket) {
        if let Some(store) = self.store_of(ticket) {
            self.work_on(store);
        }
    }

    /// A store is away: its connections are gone, and so is what it worked on.
    pub(super) fn store_lost(&mut self, store: u32) {
        let here = |stage| {
            matches!(
                stage,
                Stage::AtStore
                    | Stage::AtStoreAbandoned
                    | Stage::Returns
                    | Stage::StoreQueued
                    | Stage::LockQueued
                    | Stage::Holds
                    | Stage::Acquires
            )
        };
        let all: Vec<Ticket> = self
            .attempts
            .iter()
            .filter(|(_, attempt)| here(attempt.stage))
            .map(|(ticket, _)| ticket)
            .collect();
        for ticket in all {
            if self.store_of(ticket) == Some(store) {
                self.fail_soon(ticket, Cause::StoreDown);
            }
        }
        let state = &mut self.stores[store];
        state.busy = 0;
        state.waiting.clear();
        for pool in 0..self.pools.len() {
            if self.pools[pool].store == store {
                self.pools[pool].waiting.clear();
                self.close_all(pool);
            }
        }
        self.changes_lost(store);
    }

    /// A store is there again: pools that are full from the start fill up, the others when they are used.
    pub(super) fn store_back(&mut self, store: u32) {
        for pool in 0..self.pools.len() {
            if self.pools[pool].store == store && self.instances[self.pools[pool].instance].has_processes() {
                self.fill(pool);
            }
        }
        self.changes_back(store);
    }

    /// The store that a request is at.
    fn store_of(&self, ticket: Ticket) -> Option<u32> {
        let attempt = self.attempts.get(ticket)?;
        if attempt.instance == NOWHERE {
            return match self.system.edge(attempt.edge).callee {
                crate::system::Callee::Store(store) => Some(super::finish::number(store)),
                crate::system::Callee::Service(_) | crate::system::Callee::Queue(_) => None,
            };
        }
        self.use_of(ticket).map(|used| super::finish::number(used.store))
    }
}

impl<'s> Engine<'s> {
    pub(super) fn use_of(&self, ticket: Ticket) -> Option<&'s crate::system::Use> {
        let attempt = self
            .attempts
            .get(ticket)
            .filter(|attempt| attempt.instance != NOWHERE)?;
        self.settings(self.instances[attempt.instance].service)
            .uses
            .get(attempt.step as usize)
    }
}
