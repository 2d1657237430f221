//! Requests whose transactions wait behind a change, or are waited for by one.

use super::super::Engine;
use super::super::Timer;
use super::super::attempt::{NOWHERE, Stage};
use super::super::finish::number;
use super::super::locks::{Reach, take};
use super::super::table::Ticket;
use super::State;
use crate::Span;
use crate::outcome::{Cause, FactKind};

impl<'s> Engine<'s> {
    /// Whether a request that has its connection has to wait for a lock first.
    pub(in crate::engine) fn waits_for_lock(&mut self, ticket: Ticket) -> bool {
        let Some((store, reach)) = self.touched_by(ticket) else {
            return false;
        };
        let Some(locks) = self.changes.locks.get_mut(store as usize) else {
            return false;
        };
        let Some(behind) = locks.in_the_way(reach) else {
            return false;
        };
        locks.wait(ticket, reach, behind);
        if let Some(figures) = self.changes.figures_of(behind) {
            figures.behind += 1;
        }
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.stage = Stage::LockQueued;
        }
        if let Some(timeout) = self.use_of(ticket).and_then(|used| used.statement_timeout) {
            let Ticket { place, tenant } = ticket;
            self.timers
                .plan(self.now.plus(timeout), Timer::LockTimeout { place, tenant });
        }
        self.note_awaited(behind);
        true
    }

    fn note_awaited(&mut self, runner: u32) {
        let Some(statement) = self.statement_of(runner).filter(|_| self.recorder.told) else {
            return;
        };
        let step = self.step_of(runner).map(|step| step.name);
        let first = self
            .changes
            .runner(runner)
            .map(|at| !std::mem::replace(&mut at.awaited, true));
        if let (Some(step), Some(true)) = (step, first) {
            let (_, table) = self.strongest(&statement.locks);
            self.note_step(runner, FactKind::RequestsWait { step, table });
        }
    }

    /// The store that a request is at, and what it touches there.
    pub(super) fn touched_by(&self, ticket: Ticket) -> Option<(u32, Reach<'s>)> {
        let used = self.use_of(ticket)?;
        Some((number(used.store), Reach::from(&used.touches)))
    }

    /// It has its locks: what it asks for is done.
    pub(super) fn request_goes_on(&mut self, ticket: Ticket, behind: u32) {
        self.waited_behind(ticket, behind);
        let now = self.now;
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        // What it waited for is not part of what it does with its connection.
        attempt.since = now;
        if let Some((store, _)) = self.touched_by(ticket) {
            self.ask(ticket, store);
        }
    }

    pub(super) fn waited_behind(&mut self, ticket: Ticket, behind: u32) {
        let now = self.now;
        let waited = self
            .attempts
            .get(ticket)
            .map_or(Span::ZERO, |attempt| now.since(attempt.since));
        if let Some(figures) = self.changes.figures_of(behind) {
            figures.longest = figures.longest.max(waited);
        }
    }

    /// A request that waits for a lock is given up.
    pub(in crate::engine) fn leave_lock_queue(&mut self, ticket: Ticket) {
        let Some((store, _)) = self.touched_by(ticket) else {
            return;
        };
        let behind = self
            .changes
            .locks
            .get_mut(store as usize)
            .and_then(|locks| locks.leave(ticket));
        if let Some(behind) = behind {
            self.waited_behind(ticket, behind);
            // Another change may have waited behind it.
            self.grant(store);
        }
        self.release(ticket);
    }

    /// The statement of a request has waited for as long as it may run.
    pub(in crate::engine) fn lock_timed_out(&mut self, ticket: Ticket) {
        let timeout = self.use_of(ticket).and_then(|used| used.statement_timeout);
        let is_due = |attempt: &&super::super::Attempt| {
            let due = timeout.map(|timeout| attempt.since.plus(timeout));
            attempt.stage == Stage::LockQueued && due == Some(self.now)
        };
        if self.attempts.get(ticket).filter(is_due).is_some() {
            self.leave_lock_queue(ticket);
            self.fail_soon(ticket, Cause::Timeout);
        }
    }

    /// The transaction of a request is over: a change may have waited for that.
    pub(in crate::engine) fn transaction_ended(&mut self, ticket: Ticket) {
        let at = self.attempts.get(ticket).filter(|attempt| attempt.instance != NOWHERE);
        let Some(store) = at.and_then(|_| self.touched_by(ticket)).map(|(store, _)| store) else {
            return;
        };
        let is_blocker = self
            .changes
            .locks
            .get_mut(store as usize)
            .is_some_and(|locks| locks.ended(ticket));
        if is_blocker {
            self.grant(store);
        }
        for runner in 0..number(self.changes.runners.len()) {
            let Some(at) = self.changes.runner(runner) else {
                continue;
            };
            if let State::LetsEnd { behind } = at.state
                && take(&mut at.lets, ticket)
                && at.lets.is_empty()
            {
                self.others_ended(runner, behind);
            }
        }
        self.changes.look_what_is_watched();
    }
}
