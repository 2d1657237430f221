//! What each edge remembers.

use std::collections::VecDeque;

use super::Luck;
use super::table::{Table, Ticket};
use crate::edge::{Breaker, RetryBudget};
use crate::system::System;
use crate::{Stream, Tick};

/// What an edge remembers.
#[derive(Clone, Debug)]
pub(super) struct EdgeState {
    /// Attempts by when they time out. All wait for the same time, so that the first is always the next.
    pub(super) waiting: VecDeque<(Tick, Ticket)>,
    pub(super) budget: Option<RetryBudget>,
    pub(super) breaker: Option<Breaker>,
    /// The instance after this one is next.
    pub(super) last: u32,
    /// Nothing gets through.
    pub(super) cut: u32,
    pub(super) picks: Stream,
    pub(super) repeats: Stream,
    pub(super) counts: Stream,
}

impl EdgeState {
    pub(super) fn all(system: &System, luck: Luck) -> Table<Self> {
        let edges = (0_u32..).zip(&system.edges);
        edges
            .map(|(place, edge)| Self {
                waiting: VecDeque::new(),
                budget: edge.budget.map(RetryBudget::new),
                breaker: edge.breaker.map(Breaker::new),
                last: 0,
                cut: 0,
                picks: luck.of(place, "instance"),
                repeats: luck.of(place, "backoff"),
                counts: luck.of(place, "calls"),
            })
            .collect()
    }
}
