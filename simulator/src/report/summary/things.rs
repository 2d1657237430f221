//! Services, datastores, queues and nodes.

use serde::Serialize;

use super::{Latency, Over, Requests, a_second};
use crate::outcome::{Figures, Holder, Names, NodeFigures, QueueFigures, ServiceFigures, SessionFigures, StoreFigures};
use crate::report::spread::Spread;
use crate::report::words;
use crate::{Instances, Span, Tick};

#[derive(Serialize)]
pub(in crate::report) struct Service {
    pub(in crate::report) name: String,
    pub(in crate::report) requests: Requests,
    pub(in crate::report) attempts: Requests,
    pub(in crate::report) latency_us: Latency,
    /// Thousandths of a request that succeeded, a second.
    pub(in crate::report) throughput_milli_per_s: Spread,
    pub(in crate::report) least_ready: Spread,
    pub(in crate::report) least_ready_at_us: Option<Tick>,
    pub(in crate::report) most_live: Spread,
    pub(in crate::report) most_live_at_us: Option<Tick>,
    /// In the run that is told.
    pub(in crate::report) most_live_by_state: Instances,
    pub(in crate::report) restarts: Spread,
    pub(in crate::report) oom_kills: Spread,
    /// Where sessions can be lost.
    pub(in crate::report) sessions: Option<Sessions>,
}

#[derive(Serialize)]
pub(in crate::report) struct Sessions {
    pub(in crate::report) begun: Spread,
    pub(in crate::report) lost: Spread,
    /// With a process or a cache.
    pub(in crate::report) ended: Spread,
    /// To a process that does not know them.
    pub(in crate::report) elsewhere: Spread,
}

#[derive(Serialize)]
pub(in crate::report) struct Store {
    pub(in crate::report) name: String,
    pub(in crate::report) limit: Option<u64>,
    pub(in crate::report) peak: Spread,
    pub(in crate::report) peak_at_us: Option<Tick>,
    /// Who had them, in the run that is told.
    pub(in crate::report) holders: Vec<Held>,
    /// How many migrations and backfills had.
    pub(in crate::report) held_by_changes: u64,
    #[serde(skip)]
    pub(in crate::report) holders_words: String,
    pub(in crate::report) above_80_us: Spread,
    pub(in crate::report) above_90_us: Spread,
    pub(in crate::report) full_us: Spread,
    pub(in crate::report) refused: Spread,
    pub(in crate::report) operations: Spread,
    pub(in crate::report) most_waiting: Spread,
}

#[derive(Serialize)]
pub(in crate::report) struct Held {
    pub(in crate::report) service: String,
    pub(in crate::report) instances: Instances,
    pub(in crate::report) connections: Instances,
}

#[derive(Serialize)]
pub(in crate::report) struct Queue {
    pub(in crate::report) name: String,
    pub(in crate::report) published: Spread,
    pub(in crate::report) consumed: Spread,
    pub(in crate::report) redelivered: Spread,
    pub(in crate::report) dead: Spread,
    pub(in crate::report) lost: Spread,
    pub(in crate::report) deepest: Spread,
    pub(in crate::report) deepest_at_us: Option<Tick>,
    pub(in crate::report) left: Spread,
}

#[derive(Serialize)]
pub(in crate::report) struct Node {
    pub(in crate::report) name: String,
    pub(in crate::report) cpu_milli: Option<u64>,
    pub(in crate::report) cpu_requested_milli: Spread,
    pub(in crate::report) memory_bytes: Option<u64>,
    pub(in crate::report) memory_requested_bytes: Spread,
}

impl Service {
    pub(super) fn of(over: Over<'_>, index: usize, name: String) -> Self {
        let own = |run: &'_ Figures| run.services.get(index).cloned();
        let spread = |value: &dyn Fn(&ServiceFigures) -> u64| over.spread(|run| own(run).as_ref().map(value));
        let told = over.told().and_then(own);
        Self {
            name,
            requests: Requests::of(over, |run| run.services.get(index).map(|own| &own.requests)),
            attempts: Requests::of(over, |run| run.services.get(index).map(|own| &own.attempts)),
            latency_us: Latency::of(over, |run| run.services.get(index).map(|own| &own.latency)),
            throughput_milli_per_s: over.spread(|run| {
                let own = run.services.get(index)?;
                a_second(own.requests.succeeded, run.end.micros())
            }),
            least_ready: spread(&|own| own.least_ready.0),
            least_ready_at_us: told.as_ref().map(|own| own.least_ready.1),
            most_live: spread(&|own| own.most_live.0.live()),
            most_live_at_us: told.as_ref().map(|own| own.most_live.1),
            most_live_by_state: told.map(|own| own.most_live.0).unwrap_or_default(),
            restarts: spread(&|own| own.restarts),
            oom_kills: spread(&|own| own.oom_kills),
            sessions: Sessions::of(over, index),
        }
    }
}

impl Sessions {
    fn of(over: Over<'_>, index: usize) -> Option<Self> {
        let own = |run: &Figures| run.services.get(index)?.sessions;
        over.told().and_then(own)?;
        let spread = |value: &dyn Fn(SessionFigures) -> u64| over.spread(|run| own(run).map(value));
        Some(Self {
            begun: spread(&|own| own.begun),
            lost: spread(&|own| own.lost()),
            ended: spread(&|own| own.ended),
            elsewhere: spread(&|own| own.elsewhere),
        })
    }
}

impl Store {
    pub(super) fn of(over: Over<'_>, index: usize, name: String, names: &Names) -> Self {
        let spread = |value: &dyn Fn(&StoreFigures) -> u64| over.spread(|run| run.stores.get(index).map(value));
        let above = |place: usize| spread(&|own| own.above.get(place).copied().map_or(0, Span::micros));
        let told = over.told().and_then(|run| run.stores.get(index));
        let holders = told.map_or(&[][..], |own| &own.peak.holders);
        let changes = told.map_or(0, |own| own.peak.changes);
        Self {
            name,
            limit: told.and_then(|own| own.limit),
            peak: spread(&|own| own.peak.connections),
            peak_at_us: told.map(|own| own.peak.at),
            holders: holders.iter().map(|holder| Held::of(holder, names)).collect(),
            held_by_changes: changes,
            holders_words: words::holders(holders, changes, &names.services),
            above_80_us: above(0),
            above_90_us: above(1),
            full_us: above(2),
            refused: spread(&|own| own.refused),
            operations: spread(&|own| own.operations),
            most_waiting: spread(&|own| own.most_waiting),
        }
    }
}

impl Held {
    fn of(holder: &Holder, names: &Names) -> Self {
        Self {
            service: words::name(&names.services, holder.service),
            instances: holder.instances,
            connections: holder.connections,
        }
    }
}

impl Queue {
    pub(super) fn of(over: Over<'_>, index: usize, name: String) -> Self {
        let spread = |value: &dyn Fn(&QueueFigures) -> u64| over.spread(|run| run.queues.get(index).map(value));
        let told = over.told().and_then(|run| run.queues.get(index));
        Self {
            name,
            published: spread(&|own| own.published),
            consumed: spread(&|own| own.consumed),
            redelivered: spread(&|own| own.redelivered),
            dead: spread(&|own| own.dead),
            lost: spread(&|own| own.lost),
            deepest: spread(&|own| own.deepest.0),
            deepest_at_us: told.map(|own| own.deepest.1),
            left: spread(&|own| own.left),
        }
    }
}

impl Node {
    pub(super) fn of(over: Over<'_>, index: usize, name: String) -> Self {
        let spread =
            |value: &dyn Fn(&NodeFigures) -> Option<u64>| over.spread(|run| run.nodes.get(index).and_then(value));
        let told = over.told().and_then(|run| run.nodes.get(index));
        Self {
            name,
            cpu_milli: told.and_then(|own| own.cpu),
            cpu_requested_milli: spread(&|own| Some(own.cpu_requested)),
            memory_bytes: told.and_then(|own| own.memory),
            memory_requested_bytes: spread(&|own| Some(own.memory_requested)),
        }
    }
}
