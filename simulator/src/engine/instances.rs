//! An instance, from the order to create it to the time when it is ready.

use super::rollouts::Told;
use super::stop::Stop;
use super::{Engine, Kind};
use crate::chance::Law;
use crate::{Instances, Tick};

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) service: u32,
    pub(super) revision: u32,
    /// What the control plane calls it.
    pub(super) pod: u32,
    /// The number of its unit or process, from 0.
    pub(super) slot: u32,
    pub(super) created: Tick,
    /// Since when it is in its state.
    pub(super) since: Tick,
    /// Attempts that it has taken on.
    pub(super) accepted: u64,
    pub(super) state: State,
    /// How often its container was started, and whether it was told to stop: what was planned for an earlier life is void.
    pub(super) life: u32,
    /// When it was ready last for the first time in its life.
    pub(super) booted: Tick,
    /// When its container started.
    pub(super) started: Tick,
    /// When its container ended last.
    pub(super) ended: Tick,
    /// Attempts that it works on.
    pub(super) in_flight: u32,
    pub(super) first_process: u32,
    pub(super) processes: u32,
    pub(super) first_pool: u32,
    pub(super) pools: u32,
    pub(super) first_guard: u32,
    /// Of each process.
    pub(super) guards: u32,
    /// The process that takes the next request.
    next: u32,
    /// Microseconds of processor time so far.
    pub(super) computed: u64,
    pub(super) restarts: u32,
    /// Which node of its group it is on; none while it is pending, and without nodes.
    pub(super) node: Option<u32>,
    pub(super) stop: Option<Stop>,
    pub(super) health: super::health::Health,
}

/// How many there will be of everything that instances have, if each is replaced once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    pub(super) instances: usize,
    pub(super) processes: usize,
    pub(super) pools: usize,
}

impl Room {
    pub(super) fn of(system: &crate::system::System) -> Self {
        let mut room = Self::default();
        for service in &system.services {
            let instances = usize::try_from(service.replicas.saturating_mul(2)).unwrap_or(0);
            let processes = instances.saturating_mul(service.processes as usize);
            room.instances += instances;
            room.processes += processes;
            room.pools += processes.saturating_mul(service.uses.len());
        }
        room
    }
}

/// How an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its processes do not run yet.
    Created,
    /// They run, and do not answer yet.
    Booting,
    /// It is ready.
    Ready,
    /// It answers, and its readiness probe says no.
    Unready,
    /// Its kubelet has signalled it and will start it again: it accepts nothing more, and its readiness probe has not said so yet.
    EndingReady,
    /// The same, and its readiness probe says no.
    EndingUnready,
    /// Its container has ended and will be started again.
    BackOff,
    /// It was told to stop, and still accepts requests.
    Settling,
    /// It accepts no more requests, and finishes those that it has.
    Draining,
    /// It is gone.
    Gone,
}

impl Instance {
    /// Whether something listens there.
    #[inline]
    pub(super) const fn accepts(&self) -> bool {
        matches!(self.state, State::Ready | State::Unready | State::Settling)
    }

    /// Whether it stops, and is still asked.
    pub(super) const fn is_settling(&self) -> bool {
        matches!(self.state, State::Settling)
    }

    /// Whether its pod counts as ready.
    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready | State::EndingReady)
    }

    /// Whether it ends as soon as it has done what it has.
    #[inline]
    pub(super) const fn is_draining(&self) -> bool {
        matches!(self.state, State::Draining | State::EndingReady | State::EndingUnready)
    }

    /// Whether it can have connections.
    pub(super) const fn has_processes(&self) -> bool {
        !matches!(self.state, State::Created | State::BackOff | State::Gone)
    }

    /// The process that takes the next request: one after the other.
    #[inline]
    pub(super) const fn next_process(&mut self) -> u32 {
        if self.processes < 2 {
            return self.first_process;
        }
        let process = self.first_process + self.next;
        self.next = (self.next + 1) % self.processes;
        process
    }

    pub(super) fn all_pools(&self) -> std::ops::Range<u32> {
        self.first_pool..self.first_pool + self.pools
    }

    pub(super) fn all_processes(&self) -> std::ops::Range<u32> {
        self.first_process..self.first_process + self.processes
    }
}

impl Engine<'_> {
    /// A controller has created an instance.
    pub(super) fn create(&mut self, service: u32, revision: u32, pod: u32) -> u32 {
        self.create_in(service, revision, pod, 0)
    }

    /// The same, in a place of its own.
    pub(super) fn create_in(&mut self, service: u32, revision: u32, pod: u32, slot: u32) -> u32 {
        let instance = self.add_instance(service, revision, pod, State::Created);
        self.instances[instance].slot = slot;
        if self.place(instance) {
            self.start(instance, self.settings(service).life.start);
        }
        instance
    }

    /// An instance that has been there for long; or waits for room, if there is none.
    pub(super) fn create_at_rest(&mut self, service: u32, revision: u32, pod: u32) -> u32 {
        let instance = self.add_instance(service, revision, pod, State::Ready);
        if !self.place(instance) {
            self.turn(instance, State::Created);
            return instance;
        }
        self.services[service].known.push(instance);
        for pool in self.instances[instance].all_pools() {
            self.fill(pool);
        }
        self.watch(instance);
        self.take_messages(instance);
        instance
    }

    fn add_instance(&mut self, service: u32, revision: u32, pod: u32, state: State) -> u32 {
        let system = self.system;
        let settings = system.service(service);
        let first_process = self.processes.len();
        let instance = self.instances.len();
        for _ in 0..settings.processes {
            self.processes.add(super::serve::Process::of(instance));
        }
        let first_pool = self.pools.len();
        for _ in 0..settings.processes {
            for (used, place) in settings.uses.iter().zip(0_u32..) {
                self.pools.add(super::pools::Pool {
                    instance,
                    used: place,
                    store: super::finish::number(used.store),
                    open: 0,
                    idle: 0,
                    unused: used.idle.map(|_| Box::default()),
                    closing: false,
                    waiting: super::line::Line::default(),
                });
            }
        }
        let first_guard = self.add_guards(service, settings.processes);
        let guards = self.guards.len() - first_guard;
        self.instances.add(Instance {
            service,
            revision,
            pod,
            slot: 0,
            created: self.now,
            since: self.now,
            accepted: 0,
            state,
            life: 0,
            booted: self.now,
            started: self.now,
            ended: Tick::START,
            in_flight: 0,
            first_process,
            processes: settings.processes,
            first_pool,
            pools: self.pools.len() - first_pool,
            first_guard,
            guards: guards.checked_div(settings.processes).unwrap_or(0),
            next: 0,
            computed: 0,
            restarts: 0,
            node: None,
            stop: None,
            health: super::health::Health::default(),
        });
        self.services[service].instances.push(instance);
        self.recount(service, |counts| *of(counts, state) += 1);
        instance
    }

    /// Its processes start after `wait`; it is ready when the boot time is over that its revision takes from its creation.
    pub(super) fn start(&mut self, instance: u32, wait: crate::Span) {
        let at = &self.instances[instance];
        let (service, revision, life) = (at.service, at.revision, at.life);
        let system = self.system;
        let boot = super::serve::behaviour(system, service, revision).and_then(|behaviour| behaviour.boot.as_ref());
        let boot = boot.map(|law: &Law| law.draw(&mut self.services[service].luck.boot));
        let wait = boot.map_or(wait, |boot| boot.min(wait));
        self.agenda.plan(self.now.plus(wait), Kind::Started, instance, life);
        if let Some(boot) = boot {
            self.agenda.plan(self.now.plus(boot), Kind::Booted, instance, life);
        }
    }

    /// Its processes run; they open the connections that they always have.
    pub(super) fn started(&mut self, instance: u32, life: u32) {
        let now = self.now;
        let at = &mut self.instances[instance];
        if at.life != life {
            return;
        }
        at.started = now;
        self.turn(instance, State::Booting);
        for pool in self.instances[instance].all_pools() {
            self.pools[pool].closing = false;
            self.fill(pool);
        }
        self.renew_guards(instance);
        self.tell(instance, Told::Running);
        self.watch(instance);
        self.fills(instance);
    }

    /// It answers.
    pub(super) fn booted(&mut self, instance: u32, life: u32) {
        let now = self.now;
        let at = &mut self.instances[instance];
        if at.life != life || at.state != State::Booting {
            return;
        }
        at.booted = now;
        let is_ending = at.stop.is_some();
        self.turn(instance, State::Unready);
        // What its kubelet is ending becomes ready only by being asked.
        if !is_ending && self.may_be_ready(instance) {
            self.becomes_ready(instance);
        }
    }

    /// Its readiness probe passes.
    pub(super) fn becomes_ready(&mut self, instance: u32) {
        if self.instances[instance].state != State::Unready {
            return;
        }
        self.turn(instance, State::Ready);
        self.announce(instance);
        self.take_messages(instance);
        self.tell(instance, Told::Ready);
    }

    /// Its readiness probe says no.
    pub(super) fn becomes_unready(&mut self, instance: u32) {
        let to = match self.instances[instance].state {
            State::Ready => State::Unready,
            State::EndingReady => State::EndingUnready,
            _ => return,
        };
        self.turn(instance, to);
        self.withdraw(instance);
        self.tell(instance, Told::Unready);
        self.instance_lost(instance);
    }

    /// Its container starts again. Image and place are there already.
    pub(super) fn boot_again(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, revision, life) = (at.service, at.revision, at.life);
        let system = self.system;
        let start = system.service(service).life.start.micros();
        let boot = super::serve::behaviour(system, service, revision).and_then(|behaviour| behaviour.boot.as_ref());
        let boot = boot.map(|law| law.draw(&mut self.services[service].luck.boot).micros());
        self.agenda.plan(self.now, Kind::Started, instance, life);
        if let Some(boot) = boot {
            let rest = crate::Span::from_micros(boot.saturating_sub(start));
            self.agenda.plan(self.now.plus(rest), Kind::Booted, instance, life);
        }
    }

    /// An instance is in another state from now on.
    pub(super) fn turn(&mut self, instance: u32, to: State) {
        let at = &mut self.instances[instance];
        let was = std::mem::replace(&mut at.state, to);
        at.since = self.now;
        let service = at.service;
        self.recount(service, |counts| {
            *of(counts, was) -= 1;
            if to != State::Gone {
                *of(counts, to) += 1;
            }
        });
        self.move_connections(instance, was, to);
    }

    fn recount(&mut self, service: u32, change: impl FnOnce(&mut Instances)) {
        let state = &mut self.services[service];
        change(&mut state.counts);
        // While everything is put in its place at the start, there are too few.
        if self.rollouts.begun() {
            state.count(self.now);
        }
    }
}

/// Where an instance in this state is counted.
pub(super) const fn of(counts: &mut Instances, state: State) -> &mut u64 {
    match state {
        State::Created | State::Booting | State::Unready | State::EndingUnready | State::BackOff => {
            &mut counts.starting
        }
        State::Ready | State::EndingReady => &mut counts.ready,
        State::Settling | State::Draining | State::Gone => &mut counts.terminating,
    }
}
