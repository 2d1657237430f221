//! When nothing is going on any more.

use std::collections::VecDeque;

use super::{Engine, Timer};
use crate::edge::BreakerState;
use crate::{Span, Tick};

/// How often that is looked at.
pub(super) const EVERY: Span = Span::from_micros(1_000_000);

/// For how long nothing must be going on.
const QUIET: u64 = 30_000_000;

/// How many looks a queue's mean is taken over: a minute of them.
const LOOKS: usize = 60;

/// So much may wait at any time.
const SLACK: u64 = 10;

/// Since when nothing has been going on.
#[derive(Clone, Debug, Default)]
pub(super) struct Settling {
    since: Option<Tick>,
    is_over: bool,
    /// What waited in all queues, at the last looks.
    depths: VecDeque<u64>,
}

impl Settling {
    pub(super) const fn over(&self) -> bool {
        self.is_over
    }
}

impl Engine<'_> {
    pub(super) fn look_whether_settled(&mut self) {
        let depth: u64 = self.waiting_everywhere();
        let depths = &mut self.settling.depths;
        depths.push_back(depth);
        if LOOKS < depths.len() {
            depths.pop_front();
        }
        let looks = depths.len() as u64;
        // Luck alone lifts it above its mean half of the time: a backlog is what is clearly above it.
        let is_backlog = depths.iter().sum::<u64>() * 2 + SLACK * looks < depth.saturating_mul(looks);
        let now = self.now;
        let to_come = self.plan.happenings.iter().any(|happening| {
            let over = happening
                .length
                .map_or(happening.at, |length| happening.at.plus(length));
            now < over
        });
        // A half-open one waits for a call, which may never come; where calls come it is closed or open again soon.
        let open = self.guards.iter().any(|guard| {
            let breaker = guard.breaker.as_ref();
            breaker.is_some_and(|breaker| breaker.state(now) == BreakerState::Open)
        });
        if to_come || self.rollouts.busy() || self.changes.busy() || self.places.busy() || is_backlog || open {
            self.settling.since = None;
        } else {
            let since = *self.settling.since.get_or_insert(now);
            if QUIET <= now.since(since).micros() {
                self.settling.is_over = true;
                return;
            }
        }
        self.timers.plan(now.plus(EVERY), Timer::Settled);
    }

    /// What waits in front of processes and stores, and in queues.
    fn waiting_everywhere(&self) -> u64 {
        let processes: usize = self.processes.iter().map(|process| process.waiting.len()).sum();
        let stores: usize = self.stores.iter().map(|store| store.waiting.len()).sum();
        let queues: u64 = self.brokers.iter().map(super::Broker::depth).sum();
        (processes + stores) as u64 + queues
    }
}
