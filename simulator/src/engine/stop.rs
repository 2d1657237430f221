//! An instance stops: it goes on serving while callers forget it, finishes what it has, and is ended if that takes too long.
//!
//! A kubelet ends a container in the same way when a probe has asked for it: `preStop`, the signal, and the kill at the end of the
//! grace period. The pod stays what it was, ready as long as its readiness probe says so, and the container is started again.
//! Source: kubernetes, `kuberuntime_container.go`, `killContainer`; its test "when a pod is terminating because its liveness probe
//! fails should execute readiness probe while in preStop, but not liveness".

use super::instances::State;
use super::rollouts::Told;
use super::{Engine, Kind, Timer};
use crate::Tick;
use crate::outcome::Killed;

/// What an instance that was told to stop has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// When it was told.
    pub(super) told: Tick,
    /// By its kubelet, which starts its container again.
    pub(super) again: bool,
    /// It has its signal and does not know: its process is stalled, and runs no handler.
    is_deaf: bool,
}

impl Engine<'_> {
    /// It is told to stop; the clock of its grace period runs.
    pub(super) fn told_to_stop(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let state = at.state;
        if matches!(state, State::Settling | State::Draining | State::Gone) {
            return;
        }
        // Its container may be on its way out already: that clock runs.
        let told = at.stop.map_or(self.now, |stop| stop.told);
        self.stop_watching(instance);
        let at = &mut self.instances[instance];
        at.stop = Some(Stop {
            told,
            again: false,
            is_deaf: false,
        });
        at.life += 1;
        let life = at.life;
        self.instance_stops(instance);
        self.note_sessions(instance);
        self.leaves_node(instance);
        match state {
            State::Created | State::BackOff => {
                // Nothing runs that would have to end.
                self.turn(instance, State::Draining);
                self.agenda.plan(self.now, Kind::Gone, instance, life);
                return;
            }
            State::Booting | State::EndingUnready => self.turn(instance, State::Draining),
            State::EndingReady => {
                self.turn(instance, State::Draining);
                self.withdraw(instance);
            }
            _ => {
                self.turn(instance, State::Settling);
                self.withdraw(instance);
            }
        }
        self.plan_signal(instance);
    }

    /// A probe has failed: the kubelet ends the container of an instance, and starts it again.
    pub(super) fn told_to_restart(&mut self, instance: u32, by: Killed) {
        let at = &mut self.instances[instance];
        if at.stop.is_some() || !at.has_processes() {
            return;
        }
        at.stop = Some(Stop {
            told: self.now,
            again: true,
            is_deaf: false,
        });
        self.instance_killed(instance, by);
        self.plan_signal(instance);
    }

    fn plan_signal(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let Some(stop) = at.stop else { return };
        let signalled = stop
            .told
            .plus(self.settings(at.service).life.termination.course().signalled);
        self.agenda
            .plan(signalled.max(self.now), Kind::Closing, instance, at.life);
    }

    /// It gets its signal.
    pub(super) fn closing(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life {
            return;
        }
        let service = at.service;
        if self.services[service].stalled == 0 {
            self.signalled(instance);
            return;
        }
        let killed = self.settings(service).life.termination.course().killed;
        let Some(stop) = &mut self.instances[instance].stop else {
            return;
        };
        stop.is_deaf = true;
        let killed = stop.told.plus(killed).max(self.now);
        self.agenda.plan(killed, Kind::Expired, instance, life);
    }

    /// Processes that were stalled run the handlers of signals that came meanwhile.
    pub(super) fn hear_signals(&mut self, service: u32) {
        for instance in self.services[service].instances.clone() {
            if self.instances[instance].stop.is_some_and(|stop| stop.is_deaf) {
                self.signalled(instance);
            }
        }
    }

    /// Its process knows: nothing more is accepted.
    fn signalled(&mut self, instance: u32) {
        let at = &mut self.instances[instance];
        let (service, state, life) = (at.service, at.state, at.life);
        let Some(stop) = &mut at.stop else { return };
        stop.is_deaf = false;
        let told = stop.told;
        match state {
            State::Settling => {
                self.turn(instance, State::Draining);
                self.services[service].leaving.retain(|leaving| *leaving != instance);
            }
            State::Ready => self.turn(instance, State::EndingReady),
            State::Booting | State::Unready => self.turn(instance, State::EndingUnready),
            _ => {}
        }
        self.close_kept(instance);
        self.stop_taking_messages(instance);
        for pool in self.instances[instance].all_pools() {
            let used = self.pools[pool].used as usize;
            if self.settings(service).uses.get(used).is_some_and(|used| used.on_signal) {
                self.close_idle(pool);
            }
        }
        let course = self.settings(service).life.termination.course();
        let drain = course.drain_until.micros().saturating_sub(course.signalled.micros());
        let drained = self.now.plus(crate::Span::from_micros(drain));
        let expires = drained.min(told.plus(course.killed)).max(self.now);
        self.agenda.plan(expires, Kind::Expired, instance, life);
        if self.instances[instance].in_flight == 0 {
            self.wind_up(instance);
        }
    }

    /// An attempt has left an instance.
    #[inline]
    pub(super) fn left(&mut self, instance: u32) {
        let at = &mut self.instances[instance];
        at.in_flight -= 1;
        if at.in_flight == 0 && at.is_draining() {
            self.wind_up(instance);
        }
    }

    /// It has nothing left to do: it closes what it has, and ends.
    fn wind_up(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let Some(stop) = at.stop else { return };
        let end = self
            .settings(at.service)
            .life
            .termination
            .ends(self.now.since(stop.told));
        let at = &mut self.instances[instance];
        // Its pod lives on, and so does what was planned for that: whether it is known, and asked.
        if !stop.again {
            at.life += 1;
        }
        let (gone, life) = (stop.told.plus(end.at).max(self.now), at.life);
        self.agenda.plan(gone, Kind::Gone, instance, life);
        self.plan_closing(instance, stop.told, gone);
    }

    /// Its pools close, some sooner than others: with the last of them it ends.
    fn plan_closing(&mut self, instance: u32, told: Tick, gone: Tick) {
        let at = &self.instances[instance];
        let (settings, life, drained) = (self.settings(at.service), at.life, self.now.since(told));
        for pool in at.all_pools() {
            let Some(used) = settings.uses.get(self.pools[pool].used as usize) else {
                continue;
            };
            let closed = told.plus(settings.life.termination.closed(drained, used.close));
            if closed < gone && !used.once {
                self.timers.plan(closed.max(self.now), Timer::PoolCloses { pool, life });
            }
        }
    }

    /// A pool has closed.
    pub(super) fn pool_closes(&mut self, pool: u32, life: u32) {
        let at = &self.instances[self.pools[pool].instance];
        if at.life == life {
            self.close_all(pool);
        }
    }

    /// The time to drain is over, or the grace period: what is in flight is lost.
    pub(super) fn expired(&mut self, instance: u32, life: u32) {
        let at = &mut self.instances[instance];
        if at.life != life {
            return;
        }
        let service = at.service;
        let is_deaf = at.stop.is_some_and(|stop| stop.is_deaf);
        if is_deaf {
            self.instance_killed(instance, Killed::Deaf);
        } else if at.in_flight != 0 {
            let course = self.settings(service).life.termination.course();
            let by = if course.drain_until < course.killed {
                Killed::Drain
            } else {
                Killed::Grace
            };
            self.instance_killed(instance, by);
        } else {
            return;
        }
        match self.instances[instance].state {
            State::Settling => {
                self.turn(instance, State::Draining);
                self.services[service].leaving.retain(|leaving| *leaving != instance);
            }
            State::Ready => self.turn(instance, State::EndingReady),
            State::Booting | State::Unready => self.turn(instance, State::EndingUnready),
            _ => {}
        }
        let idle = self.instances[instance].in_flight == 0;
        self.lose_requests(instance);
        if idle {
            self.wind_up(instance);
        }
    }

    /// It has ended, and its connections with it.
    pub(super) fn gone(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life {
            return;
        }
        if at.stop.is_some_and(|stop| stop.again) {
            self.container_ended(instance);
            return;
        }
        let service = at.service;
        for pool in self.instances[instance].all_pools() {
            self.close_all(pool);
        }
        self.turn(instance, State::Gone);
        self.instances[instance].health.end();
        self.sessions_end(instance);
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
