//! Nodes that are emptied: who is asked to go, and which budget keeps whom.

use super::finish::number;
use super::instances::State;
use super::{Engine, Timer};
use crate::disruption::{Drain, Eviction, Pod};
use crate::outcome::{FactKind, Place, Subject};

/// A node that is emptied.
#[derive(Clone, Debug, Default)]
pub(super) struct Drained {
    /// The instances that were refused so far.
    drain: Drain,
    /// What the node is among all nodes.
    node: usize,
    /// How often somebody was refused.
    refused: u64,
    /// The event that asked for it, if the run is told.
    event: Option<usize>,
    /// Services whose budgets were in the way.
    held_up: Vec<HeldUp>,
}

/// A service whose budget lets nobody go.
#[derive(Clone, Copy, Debug)]
struct HeldUp {
    service: u32,
    /// What it followed from.
    because: Option<usize>,
    /// What was written down of it.
    fact: Option<usize>,
}

impl Drained {
    /// Whether somebody waits for the node to be empty.
    pub(super) fn waits(&self) -> bool {
        !self.drain.left().is_empty()
    }
}

impl Engine<'_> {
    /// No more instances come to a node, and those that are there are asked for.
    pub(super) fn drain_node(&mut self, group: usize, node: usize) {
        if let Some(nodes) = self.places.groups.get_mut(group) {
            nodes.cordon(node, true);
        }
        let all = self.services.iter().flat_map(|state| &state.instances);
        let here = all.copied().filter(|instance| {
            let at = &self.instances[*instance];
            at.node == Some(number(node)) && self.settings(at.service).group == Some(group)
        });
        let drained = Drained {
            drain: Drain::new(here.map(|instance| instance as usize)),
            node: self.node_of(group, node),
            event: self.recorder.memory.event(),
            ..Drained::default()
        };
        self.places.drains.push(drained);
        self.drain(number(self.places.drains.len() - 1));
    }

    /// A drain asks for all that are left.
    pub(super) fn drain(&mut self, place: u32) {
        let now = self.now;
        let Some(drained) = self.places.drains.get_mut(place as usize) else {
            return;
        };
        let mut drained = std::mem::take(drained);
        let mut refused = Vec::new();
        let again = drained.drain.ask(now, |instance| {
            let instance = number(instance);
            let answer = self.ask_for(instance);
            if answer == Eviction::Refused {
                refused.push(self.instances[instance].service);
            }
            answer
        });
        drained.refused += u64::from(again.is_some());
        refused.dedup();
        for service in refused {
            self.note_held_up(&mut drained, service);
        }
        if let Some(kept) = self.places.drains.get_mut(place as usize) {
            *kept = drained;
        }
        if let Some(again) = again {
            self.timers.plan(again, Timer::Drain { drain: place });
        }
    }

    fn ask_for(&mut self, instance: u32) -> Eviction {
        let at = &self.instances[instance];
        let service = at.service;
        let pod = match at.state {
            State::Settling | State::Draining | State::Gone => return Eviction::Granted,
            State::Created => Pod::NotCounted,
            State::Booting | State::Unready | State::EndingUnready | State::BackOff => Pod::Unready,
            State::Ready | State::EndingReady => Pod::Ready,
        };
        let replicas = self.rollouts.replicas(service);
        let healthy = self.services[service].counts.ready;
        let budget = self.settings(service).disruptions;
        let answer = budget.map_or(Eviction::Granted, |budget| budget.evict(replicas, healthy, pod));
        if answer == Eviction::Granted {
            self.evict(instance);
        }
        answer
    }

    /// A budget lets nobody go: because of what is missing already, or else because it never does. Said again when that changes.
    fn note_held_up(&mut self, drained: &mut Drained, service: u32) {
        if !self.recorder.told {
            return;
        }
        let index = service as usize;
        let replicas = self.rollouts.replicas(service);
        let ready = self.services[service].counts.ready;
        let missing = (ready < replicas).then(|| {
            self.last_that(index, |what| {
                matches!(
                    what,
                    FactKind::InstancePending
                        | FactKind::InstanceUnready
                        | FactKind::InstanceKilled(_)
                        | FactKind::InstanceStopping
                )
            })
        });
        let because = missing.flatten().or(drained.event);
        let kind = |fact: Option<usize>| {
            self.recorder
                .facts
                .get(fact?)
                .map(|fact| std::mem::discriminant(&fact.what))
        };
        let known = drained.held_up.iter().position(|held_up| held_up.service == service);
        let before = known.and_then(|known| drained.held_up.get(known));
        if before.is_some_and(|before| kind(before.because) == kind(because)) {
            return;
        }
        let budget = self.settings(service).disruptions;
        let what = FactKind::DrainWaits {
            service: index,
            ready,
            needed: budget.map_or(0, |budget| budget.desired(replicas)),
        };
        let place = self.place_of_budget(service);
        let fact = self.note_at(Subject::Node(drained.node), what, because, place);
        if let Some(known) = known {
            drained.held_up.remove(known);
        }
        drained.held_up.push(HeldUp { service, because, fact });
    }

    fn place_of_budget(&self, service: u32) -> Option<Place> {
        let places = self.system.places.services.get(service as usize);
        let declared = self.settings(service).place;
        places.and_then(|places| places.budget).or(Some(declared))
    }

    /// What is not empty when the run ends is said.
    pub(super) fn note_unended_drains(&mut self) {
        for drained in std::mem::take(&mut self.places.drains) {
            let left = drained.drain.left();
            let still = |service: u32| {
                let mut of_it = left.iter().map(|instance| self.instances[number(*instance)].service);
                of_it.any(|other| other == service)
            };
            let Some(held_up) = drained.held_up.iter().find(|held_up| still(held_up.service)) else {
                continue;
            };
            let place = self.place_of_budget(held_up.service);
            let what = FactKind::DrainUnended {
                left: left.len() as u64,
                refused: drained.refused,
            };
            self.note_at(Subject::Node(drained.node), what, held_up.fact, place);
        }
    }
}
