//! Callers that wait no longer, and what becomes of the work that they asked for.

use super::attempt::{NOWHERE, Origin, Stage};
use super::table::Ticket;
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Cause;

impl Engine<'_> {
    /// Gives up what has waited for long enough on an edge, and looks again when the next one has.
    pub(super) fn time_out(&mut self, edge: u32) {
        while let Some((expires, ticket)) = self.edges[edge].waiting.front().copied() {
            let origin = self.attempts.get(ticket).map(|attempt| attempt.origin);
            let is_waited_for = matches!(origin, Some(Origin::Client(..) | Origin::Call(_) | Origin::Nobody));
            if is_waited_for && self.now < expires {
                self.agenda.plan(expires, Kind::Timeout, edge, 0);
                return;
            }
            self.edges[edge].waiting.pop_front();
            if is_waited_for {
                self.give_up(ticket);
            }
        }
    }

    fn give_up(&mut self, ticket: Ticket) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        let origin = std::mem::replace(&mut attempt.origin, Origin::GaveUp);
        let (edge, began, since, tries) = (attempt.edge, attempt.began, attempt.sent, attempt.tries);
        let way = (edge, attempt.guard);
        let (lost, instance) = (attempt.stage == Stage::Lost, attempt.instance);
        if attempt.stage == Stage::Queued {
            self.waited_in_vain(instance);
        }
        if instance != NOWHERE {
            self.measure(instance, since, Err(Cause::Timeout));
        }
        self.attempt_ended(way, since, Err(Cause::Timeout));
        if lost {
            self.leave(ticket);
        } else if self.cancels(ticket) {
            self.cancel(ticket);
        }
        match origin {
            Origin::Client(..) => self.client_told(origin, (edge, began), tries, Err(Cause::Timeout)),
            Origin::Call(parent) => self.caller_told(parent, edge, Err(Cause::Timeout)),
            // Whoever waited for it is gone, and its request was over with that.
            Origin::Nobody if self.system.edge(edge).waited_for => {}
            _ => self.request_ended(edge, began, Err(Cause::Timeout)),
        }
    }

    /// Whether whoever works on it ends its work when its caller no longer waits.
    fn cancels(&self, ticket: Ticket) -> bool {
        let attempt = self.attempts.get(ticket);
        let instance = attempt.map(|attempt| attempt.instance);
        instance.is_some_and(|instance| {
            instance == NOWHERE || self.settings(self.instances[instance].service).cancel_on_timeout
        })
    }

    /// Ends work that nobody waits for. What computes, or is at a store, is ended when that is done.
    pub(super) fn cancel(&mut self, ticket: Ticket) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        let (process, child, instance, step) = (attempt.process, attempt.child, attempt.instance, attempt.step);
        match attempt.stage {
            Stage::Computes | Stage::Abandoned => attempt.stage = Stage::Abandoned,
            Stage::AtStore | Stage::AtStoreAbandoned => attempt.stage = Stage::AtStoreAbandoned,
            Stage::Queued | Stage::Resumes => {
                self.processes[process].forget(ticket);
                self.leave(ticket);
            }
            Stage::ResumesConnected => {
                self.processes[process].forget(ticket);
                self.release(ticket);
                self.leave(ticket);
            }
            Stage::Acquires => {
                self.stop_waiting(ticket);
                self.leave(ticket);
            }
            Stage::Holds | Stage::Returns => {
                self.release(ticket);
                self.leave(ticket);
            }
            Stage::StoreQueued => {
                self.leave_store_queue(ticket);
                self.leave(ticket);
            }
            Stage::LockQueued => {
                self.leave_lock_queue(ticket);
                self.leave(ticket);
            }
            Stage::Calls | Stage::BacksOff => {
                self.leave_call(ticket, instance, step, child);
                self.leave(ticket);
            }
            Stage::Waits | Stage::Lost | Stage::Failed(_) => self.leave(ticket),
        }
    }

    /// Whoever calls is gone: the call is over for it, and its attempt goes on for no one.
    pub(super) fn leave_call(&mut self, ticket: Ticket, instance: u32, step: u32, child: Ticket) {
        let began = self.attempts.get(ticket).map_or(Tick::START, |attempt| attempt.since);
        if let Some(edge) = self.called(instance, step) {
            self.request_ended(edge, began, Err(Cause::Killed));
        }
        if let Some(attempt) = self.attempts.get_mut(child) {
            attempt.origin = Origin::Nobody;
            if self.cancels(child) {
                let (way, sent) = self.attempts.get(child).map_or(((0, NOWHERE), Tick::START), |child| {
                    ((child.edge, child.guard), child.sent)
                });
                self.attempt_ended(way, sent, Err(Cause::Killed));
                if let Some(attempt) = self.attempts.get_mut(child) {
                    attempt.origin = Origin::GaveUp;
                }
                self.cancel(child);
            }
        }
    }
}
