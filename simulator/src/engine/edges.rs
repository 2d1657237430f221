//! What each edge remembers.

use std::collections::VecDeque;

use super::attempt::{NOWHERE, Origin};
use super::counted::Requests;
use super::endpoints::Side;
use super::table::{Table, Ticket};
use super::who::Each;
use super::{Engine, Luck};
use crate::edge::{Breaker, RetryBudget};
use crate::gateway::{IdleConnections, Reused, Upstream};
use crate::outcome::Cause;
use crate::system::{Callee, Edge, System};
use crate::{Stream, Tick};

/// What an edge remembers.
#[derive(Clone, Debug)]
pub(super) struct EdgeState {
    /// Attempts by when they time out. All wait for the same time, so that the first is always the next.
    pub(super) waiting: VecDeque<(Tick, Ticket)>,
    /// Which of the guards of its caller's process is its own.
    guard: Option<u32>,
    /// The guard that clients share, or [`NOWHERE`].
    shared: u32,
    /// Requests that came in by it, if clients come by it.
    pub(super) entrance: Option<Box<Requests>>,
    /// The servers of the nginx in front.
    pub(super) nginx: Option<Upstream>,
    /// The instance after this one is next, of those behind one port.
    pub(super) last: u32,
    /// Connections to instances that are kept for the next request.
    idle: Option<IdleConnections>,
    /// Nothing gets through.
    pub(super) cut: u32,
    pub(super) picks: Stream,
    /// Which user a request is of.
    pub(super) users: Stream,
    /// Whether it only reads.
    pub(super) methods: Stream,
    /// Which side of a split each user has a cookie of.
    pub(super) sides: Each<Side>,
    pub(super) repeats: Stream,
    pub(super) counts: Stream,
}

/// What one process keeps for one of its calls, so that it does not call too much what fails. What clients keep they share: nobody
/// knows how many there are.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) budget: Option<RetryBudget>,
    pub(super) breaker: Option<Breaker>,
}

impl Guard {
    fn of(edge: &Edge) -> Self {
        Self {
            budget: edge.budget.map(RetryBudget::new),
            breaker: edge.breaker.map(Breaker::new),
        }
    }

    /// Those that clients share.
    pub(super) fn shared(system: &System) -> Table<Self> {
        let edges = system.edges.iter().filter(|edge| edge.caller.is_none());
        edges.filter(|edge| edge.is_guarded()).map(Self::of).collect()
    }
}

impl EdgeState {
    pub(super) fn all(system: &System, luck: Luck) -> Table<Self> {
        let mut counted = vec![0; system.services.len()];
        let mut shared = 0;
        let edges = (0_u32..).zip(&system.edges);
        edges
            .map(|(place, edge)| Self {
                waiting: VecDeque::new(),
                guard: edge
                    .caller
                    .filter(|_| edge.is_guarded())
                    .and_then(|caller| counted.get_mut(caller))
                    .map(one_more),
                shared: if edge.caller.is_none() && edge.is_guarded() {
                    one_more(&mut shared)
                } else {
                    NOWHERE
                },
                entrance: edge.caller.is_none().then(Box::default),
                nginx: edge.nginx.clone(),
                last: 0,
                idle: edge.kept.clone(),
                cut: 0,
                picks: luck.of(place, "instance"),
                users: luck.of(place, "users"),
                methods: luck.of(place, "methods"),
                sides: Each::default(),
                repeats: luck.of(place, "backoff"),
                counts: luck.of(place, "calls"),
            })
            .collect()
    }
}

/// Counts one more; how many there were before.
const fn one_more(count: &mut u32) -> u32 {
    let before = *count;
    *count += 1;
    before
}

impl Engine<'_> {
    /// The guards of each process of a new instance; the first of them.
    pub(super) fn add_guards(&mut self, service: u32, processes: u32) -> u32 {
        let first = self.guards.len();
        for _ in 0..processes {
            for guard in self.guards_of(service) {
                self.guards.add(guard);
            }
        }
        first
    }

    /// A process that starts again remembers nothing.
    pub(super) fn renew_guards(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, mut place, processes) = (at.service, at.first_guard, at.processes);
        for _ in 0..processes {
            for guard in self.guards_of(service) {
                self.guards[place] = guard;
                place += 1;
            }
        }
    }

    /// In the order of the edges, as these count them.
    fn guards_of(&self, service: u32) -> Vec<Guard> {
        let edges = self.system.edges.iter();
        let calls = edges.filter(|edge| edge.caller == Some(service as usize));
        calls.filter(|edge| edge.is_guarded()).map(Guard::of).collect()
    }

    /// The guard of clients, who share one.
    #[inline]
    pub(super) fn shared_guard(&self, edge: u32) -> u32 {
        self.edges[edge].shared
    }

    /// The guard of the process that works on an attempt, for a call that this makes.
    pub(super) fn guard_of(&self, edge: u32, caller: Ticket) -> u32 {
        let (Some(guard), Some(attempt)) = (self.edges[edge].guard, self.attempts.get(caller)) else {
            return NOWHERE;
        };
        if attempt.instance == NOWHERE {
            return NOWHERE;
        }
        let at = &self.instances[attempt.instance];
        at.first_guard + (attempt.process - at.first_process) * at.guards + guard
    }

    /// Whether a request goes over a connection that its instance has just closed, or is about to.
    pub(super) fn meets_a_close(&mut self, edge: u32, instance: u32, origin: Origin) -> bool {
        let Some(idle) = self.edges[edge].idle.as_mut() else {
            return false;
        };
        let reused = idle.take(self.now, instance as usize);
        if reused == Some(Reused::Open)
            && let Origin::Client(_, passed) = origin
            && let Some(request) = self.passed.get_mut(passed)
        {
            request.goes_over_a_kept_connection();
        }
        reused == Some(Reused::Stale)
    }

    /// Who is at the other end of the connection that the gateway takes next, where it has no choice but that.
    pub(super) fn kept_last(&self, edge: u32) -> Option<u32> {
        let server = self.edges[edge].idle.as_ref()?.last(self.now)?;
        u32::try_from(server).ok()
    }

    /// An attempt of a client is over. If it was answered, its connection is kept.
    #[inline]
    pub(super) fn keep(&mut self, edge: u32, instance: u32, outcome: Result<(), Cause>) {
        let Some(idle) = &mut self.edges[edge].idle else {
            return;
        };
        let is_answered = !matches!(
            outcome,
            Err(Cause::Refused | Cause::Killed | Cause::StaleReset | Cause::Timeout | Cause::Unreachable)
        );
        if is_answered && self.instances[instance].accepts() {
            idle.put(self.now, instance as usize);
        }
    }

    /// An instance closes what is idle.
    pub(super) fn close_kept(&mut self, instance: u32) {
        let service = self.instances[instance].service as usize;
        let ways = self.system.edges.iter().zip(self.edges.iter_mut());
        for (_, state) in ways.filter(|(way, _)| way.callee == Callee::Service(service)) {
            if let Some(idle) = &mut state.idle {
                idle.close(self.now, instance as usize);
            }
        }
    }
}
