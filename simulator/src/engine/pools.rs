//! Connections: each process has a pool for each store that it uses, and the store counts them all.

use std::collections::VecDeque;

use super::attempt::Stage;
use super::idle::Unused;
use super::line::Line;
use super::table::Ticket;
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Cause;
use crate::system::Use;

/// The pool of one process for one store.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) instance: u32,
    /// Which of the uses of its service.
    pub(super) used: u32,
    pub(super) store: u32,
    /// Connections to the store.
    pub(super) open: u64,
    /// Of those, the ones that nobody has.
    pub(super) idle: u64,
    /// Since when those are unused, where that matters.
    pub(super) unused: Option<Box<Unused>>,
    /// It opens no further ones, and closes what comes back.
    pub(super) closing: bool,
    pub(super) waiting: Line,
}

impl Engine<'_> {
    /// A request needs a connection.
    pub(super) fn acquire(&mut self, ticket: Ticket, service: u32, used: u32) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.since = self.now;
        let pool = self.pool_of(ticket, used);
        let Some(settings) = self.settings(service).uses.get(used as usize) else {
            return;
        };
        if self.pools[pool].closing {
            self.fail_soon(ticket, Cause::PoolClosed);
            return;
        }
        if settings.hold.is_none() || settings.pool.is_none() {
            // How long one is kept is not known, so that nobody can say when none is free.
            let there = settings.pool.is_none() || self.pools[pool].open != 0 || self.open(pool, 1) == 1;
            if there {
                self.operate(ticket);
            } else {
                self.fail_soon(ticket, self.why_closed(pool));
            }
            return;
        }
        if self.take_connection(pool, settings) {
            self.operate(ticket);
        } else if self.pools[pool].open == 0 {
            self.fail_soon(ticket, self.why_closed(pool));
        } else {
            self.wait_for_connection(ticket, (service, used), pool, settings.acquire_timeout);
        }
    }

    fn take_connection(&mut self, pool: u32, settings: &Use) -> bool {
        let most = settings.pool.unwrap_or(0).saturating_add(settings.overflow);
        if self.pools[pool].idle == 0 && self.pools[pool].open < most {
            self.open(pool, 1);
        }
        let at = &mut self.pools[pool];
        if at.idle == 0 {
            return false;
        }
        at.idle -= 1;
        if let Some(unused) = &mut at.unused {
            unused.taken();
        }
        true
    }

    fn wait_for_connection(
        &mut self,
        ticket: Ticket,
        (service, used): (u32, u32),
        pool: u32,
        timeout: Option<crate::Span>,
    ) {
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.stage = Stage::Acquires;
        }
        self.pools[pool].waiting.push(ticket);
        self.pool_exhausted(service, pool);
        let Some(timeout) = timeout else { return };
        let expires = self.now.plus(timeout);
        let acquiring = self.services[service].acquiring(used);
        acquiring.push_back((expires, ticket));
        if acquiring.len() == 1 {
            self.agenda.plan(expires, Kind::AcquireTimeout, service, used);
        }
    }

    /// Gives up those that have waited for long enough.
    pub(super) fn stop_acquiring(&mut self, service: u32, used: u32) {
        while let Some((expires, ticket)) = self.services[service].acquiring(used).front().copied() {
            let attempt = self.attempts.get(ticket);
            let timeout = self
                .settings(service)
                .uses
                .get(used as usize)
                .and_then(|used| used.acquire_timeout);
            let still = attempt.is_some_and(|attempt| {
                attempt.stage == Stage::Acquires
                    && timeout.is_some_and(|timeout| attempt.since.plus(timeout) == expires)
            });
            if still && self.now < expires {
                self.agenda.plan(expires, Kind::AcquireTimeout, service, used);
                return;
            }
            self.services[service].acquiring(used).pop_front();
            if still {
                self.stop_waiting(ticket);
                self.fail_soon(ticket, Cause::PoolExhausted);
            }
        }
    }

    /// Takes a request out of the line for a connection.
    pub(super) fn stop_waiting(&mut self, ticket: Ticket) {
        if let Some(used) = self.used_by(ticket) {
            let pool = self.pool_of(ticket, used);
            self.pools[pool].waiting.leave(ticket);
        }
    }

    /// A request needs its connection no longer.
    pub(super) fn release(&mut self, ticket: Ticket) {
        if self.changes.watches() {
            self.transaction_ended(ticket);
        }
        let Some(used) = self.used_by(ticket) else { return };
        let pool = self.pool_of(ticket, used);
        let at = &self.pools[pool];
        let service = self.instances[at.instance].service;
        let Some(settings) = self.settings(service).uses.get(used as usize) else {
            return;
        };
        let Some(size) = settings.pool else { return };
        // The store has closed all of them meanwhile.
        if at.open == 0 {
            return;
        }
        // Who waits for one of a pool that ends waits in vain. Source: pg-pool 3, `_pulseQueue`.
        if at.closing {
            self.close(pool, 1);
            return;
        }
        if settings.hold.is_none() {
            return;
        }
        while let Some(next) = self.pools[pool].waiting.pop() {
            if self
                .attempts
                .get(next)
                .is_some_and(|attempt| attempt.stage == Stage::Acquires)
            {
                self.operate(next);
                return;
            }
        }
        if size < self.pools[pool].open {
            self.close(pool, 1);
        } else {
            self.pools[pool].idle += 1;
            self.rest(pool, 1);
        }
    }

    /// Opens so many connections, as far as the store accepts them; how many it did.
    pub(super) fn open(&mut self, pool: u32, wanted: u64) -> u64 {
        let at = &self.pools[pool];
        if at.closing {
            return 0;
        }
        let (instance, store) = (at.instance, at.store);
        let opened = self.connect(store, wanted);
        let at = &mut self.pools[pool];
        at.open += opened;
        at.idle += opened;
        self.count_connections(store, instance, opened, true);
        // Who got a part of them is one of those who have them all.
        if 0 < opened && opened < wanted {
            self.store_full(store);
        }
        self.rest(pool, opened);
        opened
    }

    /// Closes so many that are open and not idle, or are about to be.
    pub(super) fn close(&mut self, pool: u32, closed: u64) {
        let at = &mut self.pools[pool];
        at.open -= closed;
        let (store, instance) = (at.store, at.instance);
        self.disconnect(store, closed);
        self.count_connections(store, instance, closed, false);
    }

    /// Closes all, those in use included.
    pub(super) fn close_all(&mut self, pool: u32) {
        let at = &mut self.pools[pool];
        at.idle = 0;
        if let Some(unused) = &mut at.unused {
            unused.clear();
        }
        let open = at.open;
        self.close(pool, open);
    }

    /// Closes what nobody has, and from now on what comes back; there are no others. Source: pg-pool 3, `end`; HikariCP's `close`
    /// and SQLAlchemy's `dispose` leave what is in use to its user, too.
    pub(super) fn close_idle(&mut self, pool: u32) {
        self.pools[pool].closing = true;
        let used = self.in_use(pool);
        let at = &mut self.pools[pool];
        at.idle = 0;
        if let Some(unused) = &mut at.unused {
            unused.clear();
        }
        let rest = at.open.saturating_sub(used);
        self.close(pool, rest);
    }

    /// Connections with which requests are at work.
    fn in_use(&self, pool: u32) -> u64 {
        let has_one = |stage| {
            matches!(
                stage,
                Stage::StoreQueued
                    | Stage::LockQueued
                    | Stage::AtStore
                    | Stage::AtStoreAbandoned
                    | Stage::Returns
                    | Stage::Holds
                    | Stage::ResumesConnected
            )
        };
        let at = &self.pools[pool];
        let here = self.attempts.iter().filter(|(ticket, attempt)| {
            attempt.instance == at.instance
                && has_one(attempt.stage)
                && self.used_by(*ticket) == Some(at.used)
                && self.pool_of(*ticket, at.used) == pool
        });
        here.count() as u64
    }

    /// Opens what is opened with the process.
    pub(super) fn fill(&mut self, pool: u32) {
        let at = &self.pools[pool];
        let (open, service) = (at.open, self.instances[at.instance].service);
        let settings = self.settings(service).uses.get(at.used as usize);
        let first = self.instances[at.instance].first_pool;
        let uses = super::finish::number(self.settings(service).uses.len());
        let is_one_too_many = |used: &&Use| used.once && first + uses <= pool;
        let settings = settings.filter(|used| !is_one_too_many(used));
        if let Some(size) = settings.filter(|used| used.eager).and_then(|used| used.pool) {
            self.open(pool, size.saturating_sub(open));
        }
    }

    fn why_closed(&self, pool: u32) -> Cause {
        if self.stores[self.pools[pool].store].away == 0 {
            Cause::StoreRefused
        } else {
            Cause::StoreDown
        }
    }

    /// Which of its uses a request is at.
    pub(super) fn used_by(&self, ticket: Ticket) -> Option<u32> {
        let attempt = self.attempts.get(ticket)?;
        if attempt.instance == super::attempt::NOWHERE {
            return None;
        }
        let uses = &self.settings(self.instances[attempt.instance].service).uses;
        Some(attempt.step).filter(|step| (*step as usize) < uses.len())
    }

    /// The pool of the process that works on a request.
    pub(super) fn pool_of(&self, ticket: Ticket, used: u32) -> u32 {
        let Some(attempt) = self.attempts.get(ticket) else {
            return 0;
        };
        let at = &self.instances[attempt.instance];
        let uses = super::finish::number(self.settings(at.service).uses.len());
        at.first_pool + (attempt.process - at.first_process) * uses + used
    }
}

/// When the first of those that wait for a connection gives up.
pub(super) type Acquiring = VecDeque<(Tick, Ticket)>;
