//! How many requests there were, how they ended, and how long the good ones took.

use super::Engine;
use super::finish::number;
use crate::outcome::{Cause, Tally};
use crate::statistics::{Latencies, Merge};
use crate::system::Callee;
use crate::{Span, Tick};

/// Requests by their ends, and how long those took that succeeded.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    pub(super) tally: Tally,
    pub(super) latencies: Latencies,
}

impl Requests {
    #[inline]
    fn end(&mut self, outcome: Result<(), Cause>, time: Span) {
        self.tally.end(outcome);
        if outcome.is_ok() {
            self.latencies.record(time);
        }
    }

    fn add(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        self.latencies.merge(&other.latencies);
    }
}

impl Engine<'_> {
    /// A request begins, for whom it is asked.
    #[inline]
    pub(super) fn asked(&mut self, edge: u32) {
        if self.now < self.plan.warm_up {
            return;
        }
        let Callee::Service(service) = self.system.edge(edge).callee else {
            return;
        };
        let service = number(service);
        if let Some(entrance) = &mut self.edges[edge].entrance {
            entrance.tally.arrived += 1;
            if let Some(step) = self.recorder.step(None) {
                step.arrived += 1;
            }
        } else {
            self.services[service].requests.tally.arrived += 1;
        }
        if let Some(step) = self.recorder.step(Some(service)) {
            step.arrived += 1;
        }
    }

    /// A request is over, for who was asked and, if it is a client's, for all.
    #[inline]
    pub(super) fn request_ended(&mut self, edge: u32, began: Tick, outcome: Result<(), Cause>) {
        if let Err(cause) = outcome {
            self.request_failed(edge, cause);
        }
        let Callee::Service(service) = self.system.edge(edge).callee else {
            return;
        };
        if began < self.plan.warm_up {
            return;
        }
        let (time, service) = (self.now.since(began), number(service));
        if let Some(entrance) = &mut self.edges[edge].entrance {
            entrance.end(outcome, time);
            if let Some(step) = self.recorder.step(None) {
                step.end(outcome, time);
            }
        } else {
            self.services[service].requests.end(outcome, time);
        }
        if let Some(step) = self.recorder.step(Some(service)) {
            step.end(outcome, time);
        }
    }

    /// Work on a message begins; what is delivered again is no further request.
    pub(super) fn message_taken(&mut self, service: u32, is_first: bool) {
        if self.now < self.plan.warm_up {
            return;
        }
        let state = &mut self.services[service];
        state.attempts.arrived += 1;
        if is_first {
            state.requests.tally.arrived += 1;
            if let Some(step) = self.recorder.step(Some(service)) {
                step.arrived += 1;
            }
        }
    }

    /// Work on a message is over, for good.
    pub(super) fn message_done(&mut self, service: u32, began: Tick, outcome: Result<(), Cause>) {
        if began < self.plan.warm_up {
            return;
        }
        let time = self.now.since(began);
        self.services[service].requests.end(outcome, time);
        if let Some(step) = self.recorder.step(Some(service)) {
            step.end(outcome, time);
        }
    }

    /// All requests of clients. They were counted once, where they came in, and now are counted for who was asked, too.
    pub(super) fn all_requests(&mut self) -> Requests {
        let mut clients = Requests::default();
        for (way, state) in self.system.edges.iter().zip(self.edges.iter()) {
            let (Some(entrance), Callee::Service(service)) = (&state.entrance, way.callee) else {
                continue;
            };
            clients.add(entrance);
            self.services[number(service)].requests.add(entrance);
        }
        clients
    }
}
