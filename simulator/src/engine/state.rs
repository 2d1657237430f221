//! What services and stores remember.

use std::collections::VecDeque;

use super::Luck;
use super::autoscale::Scaler;
use super::counted::Requests;
use super::pools::Acquiring;
use super::sessions::Sessions;
use super::table::{Table, Ticket};
use crate::chance::Ahead;
use crate::memory::Leak;
use crate::outcome::{Breakdown, Tally};
use crate::system::System;
use crate::{Instances, Span, Stream, Tick};

/// What a service remembers.
#[derive(Clone, Debug)]
pub(super) struct ServiceState {
    /// Its instances that are not gone, in the order of creation.
    pub(super) instances: Vec<u32>,
    /// Those that who calls knows of.
    pub(super) known: Vec<u32>,
    /// Of those that stop: the ones that were ready until then. They are called when no other is known.
    pub(super) leaving: Vec<u32>,
    pub(super) counts: Instances,
    pub(super) least_ready: (u64, Tick),
    pub(super) most_live: (Instances, Tick),
    /// But for those of clients, which are counted where they come in.
    pub(super) requests: Requests,
    pub(super) attempts: Tally,
    pub(super) restarts: u64,
    pub(super) oom_kills: u64,
    /// How much slower it is for a while: parts per million more.
    pub(super) slower: u64,
    /// It is away: nothing reaches it. A number, since several events may say so.
    pub(super) away: u32,
    /// It begins no work. A number, since several events may say so.
    pub(super) stalled: u32,
    /// Such a part of its requests fails, in parts per million.
    pub(super) failing: u32,
    /// What instances lose.
    pub(super) leak: Option<Leak>,
    /// For each of its uses: those that wait for a connection, and until when nothing gets through.
    uses: Table<UseState>,
    /// Revisions whose requests all fail.
    pub(super) broken: Vec<u32>,
    /// Which part of the requests of clients goes to one revision, and to which the rest.
    pub(super) split: Option<(u32, u32, u32)>,
    pub(super) scaler: Scaler,
    /// Where sessions can be lost.
    pub(super) sessions: Option<Box<Sessions>>,
    pub(super) luck: ServiceLuck,
}

impl ServiceState {
    /// Those that wait for a connection of one of its uses.
    pub(super) fn acquiring(&mut self, used: u32) -> &mut Acquiring {
        &mut self.uses[used].acquiring
    }

    /// Until when nothing gets through to a store, if that is so.
    pub(super) fn cut_from(&self, used: u32) -> Option<Tick> {
        self.uses[used].cut
    }

    /// Nothing gets through until then; or it does again.
    pub(super) fn cut(&mut self, used: u32, until: Option<Tick>) {
        self.uses[used].cut = until;
    }

    /// Remembers extremes.
    pub(super) fn count(&mut self, now: Tick) {
        let counts = self.counts;
        if counts.ready < self.least_ready.0 {
            self.least_ready = (counts.ready, now);
        }
        if self.most_live.0.live() < counts.live() {
            self.most_live = (counts, now);
        }
    }
}

/// What is remembered of a use of a store by all instances of a service.
#[derive(Clone, Debug, Default)]
struct UseState {
    acquiring: Acquiring,
    cut: Option<Tick>,
}

/// One stream for each purpose.
#[derive(Clone, Debug)]
pub(super) struct ServiceLuck {
    pub(super) cpu: Ahead,
    pub(super) wait: Stream,
    pub(super) boot: Stream,
    pub(super) errors: Stream,
    pub(super) hold: Stream,
    pub(super) counts: Stream,
    pub(super) probes: Stream,
}

impl ServiceState {
    pub(super) fn all(system: &System, luck: Luck) -> Table<Self> {
        (0..u32::try_from(system.services.len()).unwrap_or(u32::MAX))
            .map(|place| Self {
                instances: Vec::new(),
                known: Vec::new(),
                leaving: Vec::new(),
                counts: Instances::default(),
                least_ready: (u64::MAX, Tick::START),
                most_live: (Instances::default(), Tick::START),
                requests: Requests::default(),
                attempts: Tally::default(),
                restarts: 0,
                oom_kills: 0,
                slower: 0,
                away: 0,
                stalled: 0,
                failing: 0,
                leak: None,
                broken: Vec::new(),
                split: None,
                scaler: Scaler::default(),
                sessions: system.service(place).sessions.map(|_| Box::default()),
                uses: system.service(place).uses.iter().map(|_| UseState::default()).collect(),
                luck: ServiceLuck {
                    cpu: luck.of(place, "cpu").into(),
                    wait: luck.of(place, "wait"),
                    boot: luck.of(place, "boot"),
                    errors: luck.of(place, "errors"),
                    hold: luck.of(place, "hold"),
                    counts: luck.of(place, "uses"),
                    probes: luck.of(place, "probes"),
                },
            })
            .collect()
    }
}

/// What a store remembers.
#[derive(Clone, Debug)]
pub(super) struct StoreState {
    /// Connections that are open.
    pub(super) connections: u64,
    /// The same by the service and the state of the instance that has them.
    pub(super) held: Vec<Instances>,
    /// Those that changes of its schema have.
    pub(super) changes: u64,
    /// The most at once.
    pub(super) peak: Breakdown,
    /// The most in this step of the timeline.
    pub(super) most_now: u64,
    /// Refused in this step of the timeline.
    pub(super) refused_now: u64,
    /// Work that is being done, of what it can do at once.
    pub(super) busy: u64,
    pub(super) waiting: VecDeque<Ticket>,
    pub(super) most_waiting: u64,
    pub(super) operations: u64,
    pub(super) refused: u64,
    /// It is away. A number, since several events may say so.
    pub(super) away: u32,
    /// How much slower it is for a while: parts per million more.
    pub(super) slower: u64,
    /// Such a part of its requests fails, in parts per million.
    pub(super) failing: u32,
    /// How long more than 80, 90 and all of 100 of the limit were taken, up to `since`.
    pub(super) above: [Span; 3],
    pub(super) since: Tick,
    /// Requests that its owner still grants now.
    pub(super) quota: Option<crate::bucket::Bucket>,
    pub(super) work: Stream,
    pub(super) trips: Stream,
    pub(super) errors: Stream,
}

/// A quota is granted for an hour, and counted in millionths.
const HOUR: u64 = 3_600_000_000;

impl StoreState {
    pub(super) fn all(system: &System, luck: Luck) -> Table<Self> {
        let stores = (0_u32..).zip(&system.stores);
        stores
            .map(|(place, store)| Self {
                connections: 0,
                held: vec![Instances::default(); system.services.len()],
                changes: 0,
                peak: Breakdown::default(),
                most_now: 0,
                refused_now: 0,
                busy: 0,
                waiting: VecDeque::new(),
                most_waiting: 0,
                operations: 0,
                refused: 0,
                away: 0,
                slower: 0,
                failing: 0,
                above: [Span::ZERO; 3],
                since: Tick::START,
                quota: store.quota.map(|quota| {
                    let second = (quota / 3_600_000_000).max(1);
                    crate::bucket::Bucket::new(quota, HOUR.saturating_mul(1_000_000), second)
                }),
                work: luck.of(place, "store work"),
                trips: luck.of(place, "store trips"),
                errors: luck.of(place, "store errors"),
            })
            .collect()
    }
}
