//! An instance ends without warning: its requests are lost, its connections closed, and its container is started again.

use super::attempt::Stage;
use super::instances::State;
use super::rollouts::Told;
use super::table::Ticket;
use super::{Engine, Kind};
use crate::outcome::{Cause, Killed};

impl Engine<'_> {
    /// The container of an instance ends by itself, or is ended.
    pub(super) fn crash(&mut self, instance: u32, by: Killed) {
        let at = &mut self.instances[instance];
        match at.state {
            State::Created | State::BackOff | State::Gone => return,
            State::Settling | State::Draining => {
                // Its pod goes, and nothing of it runs any more.
                at.life += 1;
                let life = at.life;
                self.agenda.plan(self.now, Kind::Gone, instance, life);
                self.instances[instance].stop = None;
                self.lose_requests(instance);
                return;
            }
            _ => {}
        }
        self.instance_killed(instance, by);
        self.container_ended(instance);
    }

    /// The container of an instance has ended, and will be started again.
    pub(super) fn container_ended(&mut self, instance: u32) {
        let at = &mut self.instances[instance];
        let (service, was_ready) = (at.service, at.is_ready());
        at.stop = None;
        at.life += 1;
        self.note_sessions(instance);
        self.sessions_end(instance);
        self.stop_watching(instance);
        self.stop_taking_messages(instance);
        self.turn(instance, State::BackOff);
        for pool in self.instances[instance].all_pools() {
            self.close_all(pool);
        }
        self.lose_requests(instance);
        self.close_kept(instance);
        if was_ready {
            self.withdraw(instance);
            self.tell(instance, Told::Unready);
        }
        let at = &mut self.instances[instance];
        at.restarts += 1;
        at.ended = self.now;
        let again = at.health.crashed(self.now);
        let life = at.life;
        self.services[service].restarts += 1;
        if self
            .rollouts
            .own(service)
            .is_some_and(super::orchestrated::Own::on_host)
        {
            self.look_soon(service);
        } else {
            self.agenda.plan(again, Kind::Restart, instance, life);
        }
    }

    /// Its container starts again, with all that its revision takes from there to being ready.
    pub(super) fn restart(&mut self, instance: u32, life: u32) {
        if self.instances[instance].life != life {
            return;
        }
        self.turn(instance, State::Created);
        self.boot_again(instance);
    }

    /// What an instance works on comes to nothing.
    pub(super) fn lose_requests(&mut self, instance: u32) {
        let here = self.attempts.iter().filter(|(_, attempt)| attempt.instance == instance);
        let lost: Vec<Ticket> = here.map(|(ticket, _)| ticket).collect();
        for process in self.instances[instance].all_processes() {
            self.processes[process].lose();
        }
        for ticket in lost {
            // What it does now: one that was lost before it may have handed it a connection.
            let Some(attempt) = self.attempts.get(ticket) else {
                continue;
            };
            let (stage, step, child) = (attempt.stage, attempt.step, attempt.child);
            match stage {
                Stage::Calls | Stage::BacksOff => self.leave_call(ticket, instance, step, child),
                Stage::AtStore | Stage::AtStoreAbandoned => self.leave_store(ticket),
                Stage::StoreQueued => self.leave_store_queue(ticket),
                Stage::LockQueued => self.leave_lock_queue(ticket),
                _ => {}
            }
            if self.changes.watches() {
                self.transaction_ended(ticket);
            }
            self.end(ticket, Err(Cause::Killed));
        }
        for pool in self.instances[instance].all_pools() {
            self.pools[pool].waiting.clear();
            if self.pools[pool].closing {
                self.close_all(pool);
            } else {
                self.all_rest(pool);
            }
        }
    }

    pub(super) fn out_of_memory(&mut self, instance: u32, life: u32) {
        if self.instances[instance].life != life {
            return;
        }
        let service = self.instances[instance].service;
        self.services[service].oom_kills += 1;
        self.crash(instance, Killed::Memory);
    }
}
