//! What happens to a system: the events of a scenario.

use loadline_compiler::quantity::Bytes;

use super::finish::number;
use super::{Engine, Kind};
use crate::memory::{Leak, Resident};
use crate::outcome::{FactKind, Killed, Place, Subject};
use crate::{Span, Tick};

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Tick,
    /// For how long, if it ends.
    pub length: Option<Span>,
    /// What.
    pub what: What,
    /// As it is written: `fail orders-db { for 20s }`.
    pub text: String,
    /// Where.
    pub place: Option<Place>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing that is not in the traffic already; it is told.
    Traffic,
    /// A service gets one of its revisions.
    Rollout {
        /// Of the service.
        service: usize,
        /// Which of its revisions.
        revision: usize,
    },
    /// A service gets the revision that it had before.
    Rollback(usize),
    /// A service is away, or a part of its requests fails: parts per million.
    FailService(usize, Option<u32>),
    /// A service accepts requests and begins to work on none: a long collection of garbage, a hung disk.
    StallService(usize),
    /// A store is away, or a part of its requests fails: parts per million.
    FailStore(usize, Option<u32>),
    /// A service is slower: parts per million more.
    SlowService(usize, u64),
    /// A store is slower: parts per million more.
    SlowStore(usize, u64),
    /// Nothing gets along an edge.
    CutEdge(usize),
    /// Nothing gets from a service to a store: which of its uses.
    CutUse(usize, usize),
    /// So many instances of a service end without warning.
    Kill(usize, u64),
    /// Steps of a change are done, from one to another, one after the other.
    Migrate {
        /// Of which change.
        change: usize,
        /// From this step.
        first: usize,
        /// To this one.
        last: usize,
        /// The first one waits for the step before it, too.
        in_order: bool,
    },
    /// There are to be so many instances of a service.
    Scale(usize, u64),
    /// A node is emptied.
    Drain {
        /// Of which group.
        group: usize,
        /// Which of its nodes.
        node: usize,
    },
    /// Instances of a service lose so many bytes each time.
    Leak {
        /// Of the service.
        service: usize,
        /// How much.
        bytes: Bytes,
        /// How often.
        every: Span,
    },
}

impl Engine<'_> {
    /// An event of the scenario.
    pub(super) fn happens(&mut self, place: u32) {
        let plan = self.plan;
        let Some(happening) = plan.happenings.get(place as usize) else {
            return;
        };
        self.note_event(happening);
        if let Some(length) = happening.length {
            self.agenda.plan(self.now.plus(length), Kind::ScenarioOver, place, 0);
        }
        match happening.what {
            What::Traffic => {}
            What::Rollout { service, revision } => self.roll_out(number(service), revision),
            What::Rollback(service) => self.roll_back(number(service)),
            What::FailService(service, None) => self.services[number(service)].away += 1,
            What::FailService(service, Some(parts)) => self.services[number(service)].failing = parts,
            What::StallService(service) => self.services[number(service)].stalled += 1,
            What::FailStore(store, None) => self.fail_store(number(store)),
            What::FailStore(store, Some(parts)) => self.stores[number(store)].failing = parts,
            What::SlowService(service, parts) => self.services[number(service)].slower += parts,
            What::SlowStore(store, parts) => self.stores[number(store)].slower += parts,
            What::CutEdge(edge) => self.edges[number(edge)].cut += 1,
            What::CutUse(service, used) => {
                let heals = happening.length.map_or(Tick::NEVER, |length| self.now.plus(length));
                self.services[number(service)].cut(number(used), Some(heals));
            }
            What::Migrate {
                change,
                first,
                last,
                in_order,
            } => self.migrate(change, (first, last), in_order),
            What::Kill(service, count) => self.kill(number(service), count),
            What::Scale(service, replicas) => self.scale(number(service), replicas),
            What::Drain { group, node } => self.drain_node(group, node),
            What::Leak { service, bytes, every } => self.leak(number(service), bytes, every),
        }
    }

    /// What an event began is over.
    pub(super) fn is_over(&mut self, place: u32) {
        let plan = self.plan;
        let Some(happening) = plan.happenings.get(place as usize) else {
            return;
        };
        match happening.what {
            What::FailService(service, None) => self.services[number(service)].away -= 1,
            What::FailService(service, Some(_)) => self.services[number(service)].failing = 0,
            What::StallService(service) => {
                let service = number(service);
                self.services[service].stalled -= 1;
                if self.services[service].stalled == 0 {
                    self.resume(service);
                }
            }
            What::FailStore(store, None) => {
                let store = number(store);
                self.stores[store].away -= 1;
                if self.stores[store].away == 0 {
                    self.note(Subject::Store(store as usize), FactKind::StoreBack, None);
                    self.store_back(store);
                }
            }
            What::FailStore(store, Some(_)) => self.stores[number(store)].failing = 0,
            What::SlowService(service, parts) => self.services[number(service)].slower -= parts,
            What::SlowStore(store, parts) => self.stores[number(store)].slower -= parts,
            What::CutEdge(edge) => self.edges[number(edge)].cut -= 1,
            What::CutUse(service, used) => self.services[number(service)].cut(number(used), None),
            _ => {}
        }
    }

    fn fail_store(&mut self, store: u32) {
        self.stores[store].away += 1;
        if self.stores[store].away == 1 {
            let fact = self.note_store_down(store);
            self.store_lost(store);
            self.store_emptied(store, fact);
        }
    }

    /// The oldest that are ready end without warning.
    fn kill(&mut self, service: u32, count: u64) {
        let all = &self.services[service].instances;
        let ready = all
            .iter()
            .copied()
            .filter(|instance| self.instances[*instance].is_ready());
        let killed: Vec<u32> = ready.take(usize::try_from(count).unwrap_or(usize::MAX)).collect();
        for instance in killed {
            self.crash(instance, Killed::Scenario);
        }
    }

    /// From now on every instance leaks; the kernel ends it when its limit is reached.
    fn leak(&mut self, service: u32, memory: Bytes, every: Span) {
        let from = self.now;
        self.services[service].leak = Some(Leak { memory, every, from });
        for instance in self.services[service].instances.clone() {
            self.fills(instance);
        }
    }

    /// When an instance goes over its limit: at once, if its revision needs more than that.
    pub(super) fn fills(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, life) = (at.service, at.life);
        let Some(limit) = self.settings(service).memory_limit.filter(|_| at.has_processes()) else {
            return;
        };
        let used = super::serve::behaviour(self.system, service, at.revision).and_then(|behaviour| behaviour.memory);
        let resident = Resident {
            base: Bytes::new(used.unwrap_or(0)),
            started: at.started,
            leak: self.services[service].leak,
        };
        if let Some(full) = resident.exceeds(Bytes::new(limit)) {
            self.agenda.plan(full.max(self.now), Kind::OutOfMemory, instance, life);
        }
    }
}
