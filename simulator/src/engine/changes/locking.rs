//! Statement after statement: the locks of each, its work, and the end of its transaction.

use super::super::Engine;
use super::super::attempt::Stage;
use super::super::finish::number;
use super::super::locks::{Granted, Locks, Reach};
use super::super::serve::longer;
use super::super::table::Ticket;
use super::{RUNNERS, State};
use crate::chance::Law;
use crate::outcome::{Cause, FactKind};
use crate::system::{Claim, Statement, Waits};
use crate::{Span, Tick};
use loadline_compiler::facts::postgres_locks::Lock;

impl Engine<'_> {
    /// The next statement asks for its locks; behind the last one its transaction ends.
    pub(super) fn begin_statement(&mut self, runner: u32) {
        let (Some(script), now) = (self.script_of(runner), self.now) else {
            return;
        };
        let Some(statement) = self.statement_of(runner) else {
            self.transaction_done(runner);
            return;
        };
        let store = number(script.store);
        let deadline = statement.timeout.map_or(Tick::NEVER, |timeout| now.plus(timeout));
        if let Some(at) = self.changes.runner(runner) {
            (at.deadline, at.asked, at.state) = (deadline, now, State::WantsLock);
        }
        if statement.locks.is_empty() {
            self.lock_granted(runner);
            return;
        }
        let wanted = Reach::Tables(&statement.locks);
        let blockers = self.in_flight(store, |reach| reach.conflicts_with(wanted));
        let Some(locks) = self.changes.locks.get_mut(store as usize) else {
            return;
        };
        locks.want(runner, &statement.locks, blockers);
        self.grant(store);
        if self
            .changes
            .runner(runner)
            .is_some_and(|at| at.state == State::WantsLock)
        {
            self.note_wait(runner, store, statement);
            let until = patience(statement.lock_timeout, now, deadline);
            self.turn_change(runner, State::WantsLock, until);
        }
        self.changes.look_what_is_watched();
    }

    fn note_wait(&mut self, runner: u32, store: u32, statement: &Statement) {
        if !self.recorder.told {
            return;
        }
        let Some(step) = self.step_of(runner).map(|step| step.name) else {
            return;
        };
        let locks = self.changes.locks.get(store as usize);
        let holders = locks.map_or(0, |locks| locks.blockers(runner)) as u64;
        let (lock, table) = self.strongest(&statement.locks);
        let what = FactKind::LockAwaited {
            step,
            lock,
            table,
            holders,
        };
        self.note_step(runner, what);
    }

    /// The strongest of some locks, and on which table.
    pub(super) fn strongest(&self, locks: &[Claim]) -> (String, String) {
        let strongest = locks.iter().rev().max_by_key(|claim| claim.lock);
        strongest.map_or_else(Default::default, |claim| {
            let table = self.system.tables.get(claim.table).cloned().unwrap_or_default();
            (claim.lock.name().to_owned(), table)
        })
    }

    /// Requests whose transactions are under way at a store and touch what is asked for.
    fn in_flight(&self, store: u32, touches: impl Fn(Reach<'_>) -> bool) -> Vec<Ticket> {
        let has_locks = |stage| {
            matches!(
                stage,
                Stage::AtStore | Stage::AtStoreAbandoned | Stage::StoreQueued | Stage::Returns | Stage::Holds
            )
        };
        let all = self.attempts.iter();
        let here = all.filter(|(ticket, attempt)| {
            // What could not reach the store has nothing there.
            has_locks(attempt.stage)
                && attempt.doomed != Some(Cause::Unreachable)
                && self
                    .touched_by(*ticket)
                    .is_some_and(|(at, reach)| at == store && touches(reach))
        });
        here.map(|(ticket, _)| ticket).collect()
    }

    /// Whoever can have a lock of a store now gets it.
    pub(super) fn grant(&mut self, store: u32) {
        let granted = self
            .changes
            .locks
            .get_mut(store as usize)
            .map(Locks::grant)
            .unwrap_or_default();
        for one in granted {
            match one {
                Granted::Runner(runner) => self.lock_granted(runner),
                Granted::Request(ticket, behind) => self.request_goes_on(ticket, behind),
            }
        }
    }

    /// It has its locks.
    fn lock_granted(&mut self, runner: u32) {
        let now = self.now;
        let (Some(script), Some(statement)) = (self.script_of(runner), self.statement_of(runner)) else {
            return;
        };
        let Some(at) = self.changes.runner(runner) else { return };
        let waited = now.since(at.asked);
        at.life += 1;
        self.changes.has_waited(runner, now);
        if waited != Span::ZERO
            && let Some(step) = self.step_of(runner).map(|step| step.name)
        {
            let (lock, table) = self.strongest(&statement.locks);
            let what = FactKind::LockTaken {
                step,
                lock,
                table,
                waited,
            };
            self.note_step(runner, what);
        }
        let in_the_way = match statement.waits_for {
            Waits::None => Vec::new(),
            Waits::WritersThenAll => self.users(number(script.store), statement, Lock::Share),
            Waits::Users => self.users(number(script.store), statement, Lock::AccessExclusive),
        };
        self.let_end(runner, in_the_way, false);
    }

    /// Transactions that touch the tables of a statement in a way that this lock would not allow.
    fn users(&self, store: u32, statement: &Statement, lock: Lock) -> Vec<Ticket> {
        let claims = statement.locks.iter().map(|claim| Claim { lock, ..*claim });
        let claims: Vec<Claim> = claims.collect();
        self.in_flight(store, |reach| reach.conflicts_with(Reach::Tables(&claims)))
    }

    /// It goes on when these have ended.
    fn let_end(&mut self, runner: u32, others: Vec<Ticket>, behind: bool) {
        if others.is_empty() {
            self.nobody_in_the_way(runner, behind);
            return;
        }
        let (now, timeout) = (self.now, self.statement_of(runner).and_then(|own| own.lock_timeout));
        let Some(at) = self.changes.runner(runner) else { return };
        (at.lets, at.asked) = (others, now);
        let until = patience(timeout, now, at.deadline);
        self.turn_change(runner, State::LetsEnd { behind }, until);
    }

    /// Those that it let end have.
    pub(super) fn others_ended(&mut self, runner: u32, behind: bool) {
        self.changes.has_waited(runner, self.now);
        self.nobody_in_the_way(runner, behind);
    }

    fn nobody_in_the_way(&mut self, runner: u32, behind: bool) {
        if behind {
            self.next_statement(runner);
        } else {
            self.change_works(runner);
        }
    }

    pub(super) fn waited_too_long(&mut self, runner: u32) {
        let now = self.now;
        let Some(statement) = self.statement_of(runner) else {
            return;
        };
        let Some(at) = self.changes.runner(runner) else { return };
        let (deadline, state) = (at.deadline, at.state);
        let (lock, table) = self.strongest(&statement.locks);
        let why = match state {
            _ if deadline <= now => "a statement ran for longer than its `timeout`".to_owned(),
            State::LetsEnd { .. } => "other transactions did not end within its `lock_timeout`".to_owned(),
            _ => format!("it did not get {lock} on `{table}` within its `lock_timeout`"),
        };
        self.change_gives_up(runner, why);
    }

    /// What takes time takes a place of the store.
    fn change_works(&mut self, runner: u32) {
        let (Some(script), Some(statement)) = (self.script_of(runner), self.statement_of(runner)) else {
            return;
        };
        if matches!(statement.work, Law::Zero) {
            self.change_returns(runner);
            return;
        }
        let store = number(script.store);
        let full = self
            .system
            .store(store)
            .capacity
            .is_some_and(|capacity| capacity <= self.stores[store].busy);
        if !full {
            self.change_begins_work(runner);
            return;
        }
        let Some(at) = self.changes.runner(runner) else { return };
        let deadline = at.deadline;
        self.turn_change(runner, State::Queues, deadline);
        let Some(life) = self.changes.runner(runner).map(|at| at.life) else {
            return;
        };
        let state = &mut self.stores[store];
        state.waiting.push_back(Ticket {
            place: RUNNERS + runner,
            tenant: life,
        });
        state.most_waiting = state.most_waiting.max(state.waiting.len() as u64);
    }

    /// A store has room for what may be a change; whether it is one.
    pub(in crate::engine) fn change_has_its_turn(&mut self, ticket: Ticket) -> bool {
        let Some(runner) = ticket.place.checked_sub(RUNNERS) else {
            return false;
        };
        let waits = |at: &&mut super::Runner| at.state == State::Queues && at.life == ticket.tenant;
        let is_waiting = self.changes.runner(runner).filter(waits).is_some();
        if is_waiting {
            self.change_begins_work(runner);
        }
        is_waiting
    }

    fn change_begins_work(&mut self, runner: u32) {
        let (Some(script), Some(statement)) = (self.script_of(runner), self.statement_of(runner)) else {
            return;
        };
        let state = &mut self.stores[number(script.store)];
        state.busy += 1;
        state.operations += 1;
        let slower = state.slower;
        let drawn = self
            .changes
            .luck
            .get_mut(script.store)
            .map(|luck| statement.work.draw(luck));
        let ends = self.now.plus(longer(drawn.unwrap_or_default(), slower));
        let Some(at) = self.changes.runner(runner) else { return };
        let deadline = at.deadline;
        let too_long = deadline < ends;
        self.turn_change(runner, State::Works { too_long }, ends.min(deadline));
    }

    pub(super) fn change_worked(&mut self, runner: u32, too_long: bool) {
        let Some(script) = self.script_of(runner) else { return };
        self.work_on(number(script.store));
        if too_long {
            self.change_gives_up(runner, "a statement ran for longer than its `timeout`".to_owned());
        } else {
            self.change_returns(runner);
        }
    }

    fn change_returns(&mut self, runner: u32) {
        let Some(script) = self.script_of(runner) else { return };
        let slower = self.stores[number(script.store)].slower;
        let latency = &self.system.store(number(script.store)).latency;
        let trip = self.changes.luck.get_mut(script.store).map(|luck| latency.draw(luck));
        let at = self.now.plus(longer(trip.unwrap_or_default(), slower));
        self.turn_change(runner, State::Returns, at);
    }

    pub(super) fn statement_done(&mut self, runner: u32) {
        let (Some(script), Some(statement)) = (self.script_of(runner), self.statement_of(runner)) else {
            return;
        };
        if statement.waits_for == Waits::WritersThenAll {
            let all = self.in_flight(number(script.store), |_| true);
            self.let_end(runner, all, true);
        } else {
            self.next_statement(runner);
        }
    }

    fn next_statement(&mut self, runner: u32) {
        if let Some(at) = self.changes.runner(runner) {
            at.statement += 1;
        }
        self.begin_statement(runner);
    }

    /// A transaction has ended: others get its locks, and what it took away is gone.
    fn transaction_done(&mut self, runner: u32) {
        let (Some(script), Some(step)) = (self.script_of(runner), self.step_of(runner)) else {
            return;
        };
        let Some(at) = self.changes.runner(runner) else { return };
        let done = script.transactions.get(at.transaction);
        (at.transaction, at.statement, at.awaited) = (at.transaction + 1, 0, false);
        let is_last = script.transactions.len() <= at.transaction;
        if is_last {
            (at.transaction, at.batch) = (0, at.batch + 1);
        }
        let is_done = is_last && script.batches <= at.batch;
        for (service, revision) in done.iter().flat_map(|done| &done.breaks) {
            self.services[number(*service)].broken.push(number(*revision));
            let because = self.changes.runner(runner).and_then(|at| at.fact);
            let what = FactKind::Outdated {
                revision: *revision,
                step: step.name,
            };
            self.note_at(
                crate::outcome::Subject::Service(*service),
                what,
                because,
                Some(step.place),
            );
        }
        if is_done {
            self.step_ended(runner);
            return;
        }
        self.release_locks(runner, number(script.store));
        let pause = if is_last { script.pause } else { Span::ZERO };
        self.turn_change(runner, State::Rests, self.now.plus(pause));
    }

    /// It has and wants no locks any more.
    pub(super) fn release_locks(&mut self, runner: u32, store: u32) {
        if let Some(locks) = self.changes.locks.get_mut(store as usize) {
            locks.release(runner);
        }
        self.grant(store);
        self.changes.look_what_is_watched();
    }
}

/// Until when something is waited for.
fn patience(timeout: Option<Span>, now: Tick, deadline: Tick) -> Tick {
    timeout.map_or(deadline, |timeout| now.plus(timeout).min(deadline))
}
