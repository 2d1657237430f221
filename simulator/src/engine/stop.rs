//! An instance stops: it goes on serving while callers forget it, finishes what it has, and is ended if that takes too long.

use super::instances::State;
use super::rollouts::Told;
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Killed;

/// What an instance that was told to stop has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// When it was told.
    pub(super) told: Tick,
}

impl Engine<'_> {
    /// It is told to stop; the clock of its grace period runs.
    pub(super) fn told_to_stop(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (state, service) = (at.state, at.service);
        if matches!(state, State::Settling | State::Draining | State::Gone) {
            return;
        }
        let course = self.settings(service).life.termination.course();
        let told = self.now;
        let at = &mut self.instances[instance];
        at.stop = Some(Stop { told });
        at.life += 1;
        let void = at.life;
        self.stop_watching(instance);
        self.instance_stops(instance);
        self.leaves_node(instance);
        match state {
            State::Created | State::BackOff => {
                // Nothing runs that would have to end.
                self.turn(instance, State::Draining);
                self.agenda.plan(self.now, Kind::Gone, instance, void);
                return;
            }
            State::Booting => self.turn(instance, State::Draining),
            _ => {
                self.turn(instance, State::Settling);
                self.withdraw(instance);
            }
        }
        for pool in self.instances[instance].all_pools() {
            let used = self.pools[pool].used as usize;
            if self.settings(service).uses.get(used).is_some_and(|used| used.on_signal) {
                self.close_idle(pool);
            }
        }
        self.stop_taking_messages(instance);
        self.agenda
            .plan(told.plus(course.signalled), Kind::Closing, instance, void);
        self.agenda
            .plan(told.plus(course.drain_until), Kind::Expired, instance, void);
    }

    /// Nothing more is accepted.
    pub(super) fn closing(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life {
            return;
        }
        let service = at.service;
        if at.state == State::Settling {
            self.turn(instance, State::Draining);
            self.close_kept(instance);
            self.services[service].leaving.retain(|leaving| *leaving != instance);
        }
        self.end_if_idle(instance);
    }

    /// An attempt has left an instance.
    #[inline]
    pub(super) fn left(&mut self, instance: u32) {
        let at = &mut self.instances[instance];
        at.in_flight -= 1;
        if at.in_flight == 0 && at.state == State::Draining {
            self.end_if_idle(instance);
        }
    }

    pub(super) fn end_if_idle(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let Some(stop) = at.stop.filter(|_| at.in_flight == 0) else {
            return;
        };
        let end = self
            .settings(at.service)
            .life
            .termination
            .ends(self.now.since(stop.told));
        let at = &mut self.instances[instance];
        at.life += 1;
        let (gone, life) = (stop.told.plus(end.at).max(self.now), at.life);
        self.agenda.plan(gone, Kind::Gone, instance, life);
    }

    /// The time to drain is over, or the grace period: what is in flight is lost.
    pub(super) fn expired(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life {
            return;
        }
        let course = self.settings(at.service).life.termination.course();
        let by = if course.drain_until < course.killed {
            Killed::Drain
        } else {
            Killed::Grace
        };
        self.instance_killed(instance, by);
        if self.instances[instance].state == State::Settling {
            self.turn(instance, State::Draining);
            let service = self.instances[instance].service;
            self.services[service].leaving.retain(|leaving| *leaving != instance);
        }
        self.lose_requests(instance);
        self.end_if_idle(instance);
    }

    /// It is gone, and so are its connections.
    pub(super) fn gone(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life {
            return;
        }
        let service = at.service;
        for pool in self.instances[instance].all_pools() {
            self.close_all(pool);
        }
        self.turn(instance, State::Gone);
        let state = &mut self.services[service];
        state.instances.retain(|other| *other != instance);
        state.leaving.retain(|other| *other != instance);
        if let Ok(place) = state.known.binary_search(&instance) {
            state.known.remove(place);
        }
        self.gone_from_node(instance);
        self.tell(instance, Told::Gone);
    }
}
