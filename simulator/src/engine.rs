//! One run: requests, connections and instances as discrete events on one clock.
//!
//! What is simulated is a [`System`]; what happens to it is a list of [`Happening`]s. A run is a function of the two and of
//! [`Luck`]. Requests have an agenda of their own, so that it stays small; periodic timers and the control plane have
//! theirs, and of events at one instant theirs come first.

mod agenda;
mod attempt;
mod autoscale;
mod brokers;
mod changes;
mod clients;
mod connections;
mod counted;
mod drains;
mod edges;
mod endpoints;
mod event_loop;
mod facts;
mod failures;
mod finish;
mod happenings;
mod health;
mod idle;
mod instances;
mod kill;
mod line;
mod locks;
mod luck;
mod nginx;
mod orchestrated;
mod places;
mod pointed;
mod pools;
mod recorder;
mod rollouts;
mod send;
mod serve;
mod sessions;
mod settled;
mod state;
mod steps;
mod stop;
mod stores;
mod table;
#[cfg(test)]
mod tests;
mod timeouts;
mod timers;
mod who;

use crate::Tick;
use crate::chance::{Law, Rates};
use crate::outcome::{Figures, Story};
use crate::statistics::Latencies;
use crate::system::System;
use agenda::{Agenda, Event, Kind};
use attempt::Attempt;
use brokers::Broker;
use changes::Changes;
use edges::{EdgeState, Guard};
pub use happenings::{Happening, What};
use instances::Instance;
pub use luck::Luck;
use recorder::Recorder;
use rollouts::Rollouts;
use settled::Settling;
use state::{ServiceState, StoreState};
use table::{Slab, Table, Ticket};
use timers::{Timer, Timers};

/// What a run is given besides the system.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Requests of clients: the edge that they come by, and how many when.
    pub traffic: Vec<(usize, Rates)>,
    /// How many users that traffic is of, where it makes a difference; in the order of time.
    pub users: Vec<Users>,
    /// Clients that wait for answers before they ask again.
    pub groups: Vec<Group>,
    /// What happens to the system, in the order of time.
    pub happenings: Vec<Happening>,
    /// When the run ends if nothing settles, or nothing is to.
    pub end: Tick,
    /// Whether it ends earlier, when nothing has been going on for 30 seconds.
    pub until_settled: bool,
    /// What came before this is not counted: how long a system takes to fill.
    pub warm_up: Tick,
    /// Whether its story is told.
    pub told: bool,
}

/// How many users there are by one way, from some time on. Each of their requests is of any of them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Users {
    /// The edge that they come by.
    pub edge: usize,
    /// From then on.
    pub from: Tick,
    /// How many.
    pub count: u64,
}

/// Clients that wait for answers: each asks, waits, thinks, and asks again.
#[derive(Clone, Debug)]
pub struct Group {
    /// The edge that they come by.
    pub edge: usize,
    /// How many.
    pub clients: u64,
    /// How long each thinks between an answer and its next request.
    pub think: Law,
    /// From then on.
    pub from: Tick,
    /// Until then.
    pub until: Tick,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its figures.
    pub figures: Figures,
    /// Latencies of clients' requests, then of each service's.
    pub latencies: Vec<Latencies>,
    /// Its story, if it was to be told.
    pub story: Option<Story>,
}

/// Runs a system once.
#[must_use]
pub fn run(system: &System, plan: &Plan, luck: Luck) -> Outcome {
    looked_at(system, plan, luck, None)
}

/// The same, and somebody looks on: `watch` learns once a simulated second how far the run is, and changes nothing.
#[must_use]
pub fn watched(system: &System, plan: &Plan, luck: Luck, watch: &dyn Fn(Tick)) -> Outcome {
    looked_at(system, plan, luck, Some(watch))
}

fn looked_at(system: &System, plan: &Plan, luck: Luck, watch: Option<&dyn Fn(Tick)>) -> Outcome {
    let mut engine = Engine::new(system, plan, luck, watch);
    engine.go();
    engine.outcome(luck)
}

/// A run on its way.
struct Engine<'s> {
    system: &'s System,
    plan: &'s Plan,
    /// Who looks on, if somebody does.
    watch: Option<&'s dyn Fn(Tick)>,
    now: Tick,
    agenda: Agenda,
    timers: Timers,
    attempts: Slab<Attempt>,
    /// Requests that an nginx passes on.
    passed: Slab<crate::gateway::Request>,
    instances: Table<Instance>,
    processes: Table<serve::Process>,
    pools: Table<pools::Pool>,
    services: Table<ServiceState>,
    stores: Table<StoreState>,
    edges: Table<EdgeState>,
    guards: Table<Guard>,
    brokers: Table<Broker>,
    clients: clients::Clients,
    addresses: who::Addresses,
    rollouts: Rollouts,
    changes: Changes<'s>,
    places: places::Places,
    settling: Settling,
    recorder: Recorder,
}

impl<'s> Engine<'s> {
    fn new(system: &'s System, plan: &'s Plan, luck: Luck, watch: Option<&'s dyn Fn(Tick)>) -> Self {
        let room = instances::Room::of(system);
        let mut engine = Self {
            system,
            plan,
            watch,
            now: Tick::START,
            agenda: Agenda::default(),
            timers: Timers::default(),
            attempts: Slab::default(),
            passed: Slab::default(),
            instances: Table::with_room(room.instances),
            processes: Table::with_room(room.processes),
            pools: Table::with_room(room.pools),
            services: ServiceState::all(system, luck),
            stores: StoreState::all(system, luck),
            edges: EdgeState::all(system, luck),
            guards: Guard::shared(system),
            brokers: Broker::all(system),
            clients: clients::Clients::new(plan, luck),
            addresses: who::Addresses::new(luck),
            rollouts: Rollouts::new(system),
            changes: Changes::new(system, luck),
            places: places::Places::new(system),
            settling: Settling::default(),
            recorder: Recorder::new(system, plan),
        };
        engine.begin();
        engine
    }

    /// Everything is at rest: all instances are ready and known.
    fn begin(&mut self) {
        for service in 0..self.services.len() {
            self.begin_service(service);
        }
        self.rollouts_begin();
        self.groups_begin();
        for service in 0..self.services.len() {
            self.begin_autoscaler(service);
        }
        let happenings = (0_u32..).zip(&self.plan.happenings);
        for (place, happening) in happenings {
            self.agenda.plan(happening.at, Kind::Scenario, place, 0);
        }
        self.timers.plan(self.recorder.first_step(), Timer::Step);
        self.watched();
        if self.plan.until_settled {
            self.timers.plan(Tick::START.plus(settled::EVERY), Timer::Settled);
        }
    }

    fn go(&mut self) {
        while self.next() {
            if self.settling.over() {
                return;
            }
        }
        self.now = self.plan.end;
    }

    /// Handles what happens next, unless the run is over before.
    #[inline]
    fn next(&mut self) -> bool {
        let requests = self.agenda.next_at();
        let clients = self.clients.next_at();
        let control = self.timers.next_at().min(self.rollouts.next_at());
        let at = requests.min(clients).min(control);
        if at == Tick::NEVER || self.plan.end < at {
            return false;
        }
        self.now = at;
        if control == at {
            self.control(at);
        } else if requests == at {
            if let Some((_, event)) = self.agenda.next() {
                self.handle(event);
            }
        } else {
            self.client_arrives();
        }
        true
    }

    fn control(&mut self, at: Tick) {
        if self.rollouts.next_at() == at {
            self.roll();
        } else if let Some(timer) = self.timers.next() {
            self.timer(timer);
        }
        if self.changes.rolls() {
            self.look_at_deploys();
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Step => self.recorder_step(),
            Timer::Watched => self.watched(),
            Timer::Settled => self.look_whether_settled(),
            Timer::Look { service } => self.look(service),
            Timer::Route { service } => self.reroute(service),
            Timer::Drain { drain } => self.drain(drain),
            Timer::Autoscale { service } => self.autoscale(service),
            Timer::Probe { instance, life, asked } => self.probe(instance, life, asked),
            Timer::Change { runner, life } => self.change_goes_on(runner, life),
            // Looked at behind every event of a control plane.
            Timer::Deploys => {}
            Timer::LockTimeout { place, tenant } => self.lock_timed_out(Ticket { place, tenant }),
            Timer::Unused { pool } => self.close_unused(pool),
            Timer::PoolCloses { pool, life } => self.pool_closes(pool, life),
            Timer::ProbeTimeout { place, tenant } => self.probe_timed_out(Ticket { place, tenant }),
        }
    }

    #[inline]
    fn handle(&mut self, Event { kind, one, other }: Event) {
        let ticket = Ticket {
            place: one,
            tenant: other,
        };
        match kind {
            Kind::CpuDone => self.cpu_done(ticket),
            Kind::WaitDone => self.go_on(ticket),
            Kind::Worked => self.worked(ticket),
            Kind::Answered => self.answered(ticket),
            Kind::Held => self.held(ticket),
            Kind::Retry => self.call_again(ticket),
            Kind::Asks => self.asks(one),
            Kind::Failed => self.failed(ticket),
            Kind::Timeout => self.time_out(one),
            Kind::AcquireTimeout => self.stop_acquiring(one, other),
            Kind::Redelivery => self.deliver(one),
            Kind::Scenario => self.happens(one),
            Kind::ScenarioOver => self.is_over(one),
            Kind::Started => self.started(one, other),
            Kind::Booted => self.booted(one, other),
            Kind::Closing => self.closing(one, other),
            Kind::Gone => self.gone(one, other),
            Kind::Expired => self.expired(one, other),
            Kind::Restart => self.restart(one, other),
            Kind::Known => self.known(one, other),
            Kind::Forgotten => self.forgotten(one, other),
            Kind::OutOfMemory => self.out_of_memory(one, other),
        }
    }

    /// Whoever looks on learns how far it is.
    fn watched(&mut self) {
        if let Some(watch) = self.watch {
            watch(self.now);
            self.timers.plan(self.now.plus(recorder::STEP), Timer::Watched);
        }
    }

    fn outcome(self, luck: Luck) -> Outcome {
        self.summed_up(luck)
    }
}
