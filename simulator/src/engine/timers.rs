//! What comes again and again: kept out of the agenda of requests, whose depth is what a run costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::attempt::Asked;
use crate::Tick;

/// What is looked at from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The end of a step of the timeline.
    Step,
    /// Somebody looks on.
    Watched,
    /// Whether all is quiet.
    Settled,
    /// The controller of a service.
    Look { service: u32 },
    /// What was decided about the traffic of a service is known everywhere.
    Route { service: u32 },
    /// The autoscaler of a service.
    Autoscale { service: u32 },
    /// Whether an instance is well.
    Probe { instance: u32, life: u32, asked: Asked },
    /// Whether connections of a pool have been unused for too long.
    Unused { pool: u32 },
    /// A pool of an instance that ends has closed.
    PoolCloses { pool: u32, life: u32 },
    /// A drain asks again for what it was refused.
    Drain { drain: u32 },
    /// A change of a schema goes on.
    Change { runner: u32, life: u32 },
    /// Whether rollouts that are steps of a change have ended.
    Deploys,
    /// Whether a statement of a request still waits for its lock: its ticket.
    LockTimeout { place: u32, tenant: u32 },
    /// Whether a probe was answered in time: its ticket.
    ProbeTimeout { place: u32, tenant: u32 },
}

/// The timers to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Tick, u64, Timer)>>,
    sequence: u64,
}

impl Timers {
    pub(super) fn plan(&mut self, at: Tick, timer: Timer) {
        if at != Tick::NEVER {
            self.sequence += 1;
            self.heap.push(Reverse((at, self.sequence, timer)));
        }
    }

    #[inline]
    pub(super) fn next_at(&self) -> Tick {
        self.heap.peek().map_or(Tick::NEVER, |Reverse((at, ..))| *at)
    }

    pub(super) fn next(&mut self) -> Option<Timer> {
        self.heap.pop().map(|Reverse((.., timer))| timer)
    }
}
