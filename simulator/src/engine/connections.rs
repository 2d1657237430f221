//! The connections of a store: how many there may be, and who has them.

use super::Engine;
use super::instances::{State, of};
use crate::outcome::{Breakdown, Holder};
use crate::{Instances, Span};

/// From which part of the limit on time is counted, in hundredths.
const MARKS: [u64; 3] = [80, 90, 100];

impl Engine<'_> {
    /// A store is asked for so many connections; how many it accepts.
    pub(super) fn connect(&mut self, store: u32, wanted: u64) -> u64 {
        let limit = self.system.store(store).limit;
        let state = &mut self.stores[store];
        if state.away != 0 {
            return 0;
        }
        let free = limit.map_or(wanted, |limit| limit.saturating_sub(state.connections));
        let accepted = wanted.min(free);
        let refused = wanted - accepted;
        if refused != 0 {
            state.refused += refused;
            state.refused_now += refused;
            if accepted == 0 {
                self.store_full(store);
            }
        }
        self.time_above(store);
        self.stores[store].connections += accepted;
        accepted
    }

    pub(super) fn disconnect(&mut self, store: u32, closed: u64) {
        self.time_above(store);
        self.stores[store].connections -= closed;
    }

    /// Connections of an instance were opened, or closed.
    pub(super) fn count_connections(&mut self, store: u32, instance: u32, changed: u64, opened: bool) {
        let at = &self.instances[instance];
        let (service, state) = (at.service as usize, at.state);
        let store_state = &mut self.stores[store];
        if let Some(held) = store_state.held.get_mut(service) {
            let held = of(held, state);
            *held = if opened { *held + changed } else { *held - changed };
        }
        self.look_at_peak(store);
    }

    /// There may be more connections than ever.
    pub(super) fn look_at_peak(&mut self, store: u32) {
        let state = &mut self.stores[store];
        state.most_now = state.most_now.max(state.connections);
        if state.peak.connections < state.connections {
            self.stores[store].peak = self.breakdown(store);
        }
    }

    /// Who has the connections of a store now.
    pub(super) fn breakdown(&self, store: u32) -> Breakdown {
        let state = &self.stores[store];
        let holders = state.held.iter().enumerate().filter(|(_, held)| held.live() != 0);
        Breakdown {
            at: self.now,
            connections: state.connections,
            changes: state.changes,
            holders: holders
                .map(|(service, held)| Holder {
                    service,
                    instances: self.counts(super::finish::number(service)),
                    connections: *held,
                })
                .collect(),
        }
    }

    /// The connections of an instance are those of one in another state.
    pub(super) fn move_connections(&mut self, instance: u32, was: State, to: State) {
        let service = self.instances[instance].service as usize;
        for pool in self.instances[instance].all_pools() {
            let (store, open) = (self.pools[pool].store, self.pools[pool].open);
            if open == 0 {
                continue;
            }
            if let Some(held) = self.stores[store].held.get_mut(service) {
                move_between(held, open, was, to);
            }
        }
    }

    /// Counts the time until now for which so many were taken.
    pub(super) fn time_above(&mut self, store: u32) {
        let limit = self.system.store(store).limit;
        let state = &mut self.stores[store];
        let passed = self.now.since(state.since).micros();
        state.since = self.now;
        let Some(limit) = limit.filter(|_| passed != 0) else {
            return;
        };
        for (time, mark) in state.above.iter_mut().zip(MARKS) {
            if limit.saturating_mul(mark) <= state.connections.saturating_mul(100) {
                *time = Span::from_micros(time.micros() + passed);
            }
        }
    }
}

const fn move_between(held: &mut Instances, open: u64, was: State, to: State) {
    *of(held, was) -= open;
    *of(held, to) += open;
}
