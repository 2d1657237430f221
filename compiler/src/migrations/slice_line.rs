//! A service in a slice: which of its revisions run, and which can be rolled back to.

use super::bits::{one, ones};
use super::line::Line;
use super::order::Order;
use super::slice::SliceEvent;
use super::world::World;

/// A service in a slice.
#[derive(Debug)]
pub(super) struct SliceLine<'w> {
    pub(super) line: &'w Line,
    /// Its revisions' first place among those of the slice.
    pub(super) first: usize,
    /// The revision that runs at the start.
    at_start: Option<usize>,
    /// For each revision, events of the slice with which it has come.
    came: Vec<u128>,
    /// For each revision, first and last event of its rollout, where they belong to the slice.
    rollouts: Vec<Option<(u128, u128)>>,
    /// For each revision, the places of what can be rolled back to while it is the newest.
    targets: Vec<u128>,
    /// Events that give up targets.
    pub(super) retires: u128,
}

impl<'w> SliceLine<'w> {
    /// Before its events are known.
    pub(super) fn new(world: &'w World<'_>, line: &'w Line, first: usize) -> Self {
        let version = |position: &usize| Some(&world.revisions.get(*line.revisions.get(*position)?)?.version);
        // Rolled out again, a revision is what runs, and nothing to go back to.
        let targets_of = |newest: usize| {
            let targets = (0..newest).filter(|position| version(position) != version(&newest));
            targets.fold(0, |targets, position| targets | one(first + position))
        };
        Self {
            line,
            first,
            at_start: line.position(|event| world.order.initial.contains(event)),
            came: Vec::new(),
            rollouts: Vec::new(),
            targets: (0..line.revisions.len()).map(targets_of).collect(),
            retires: 0,
        }
    }

    /// When the events of its slice are known, and those of them that give up targets of it.
    pub(super) fn place(&mut self, order: &Order, events: &[SliceEvent], retires: u128) {
        self.came = vec![0; self.line.revisions.len()];
        for (place, own) in events.iter().enumerate() {
            let came = |event: usize| order.precedes(event, own.event) || order.initial.contains(event);
            let came = self
                .line
                .position(came)
                .and_then(|position| self.came.get_mut(position));
            if let Some(events) = came {
                *events |= one(place);
            }
        }
        let place = |event: usize| events.iter().position(|own| own.event == event).map(one);
        let rollouts = self.line.arrivals.iter().map(|arrival| {
            let (start, end) = arrival.rollout?;
            place(start).zip(place(end))
        });
        self.rollouts = rollouts.collect();
        self.retires = retires;
    }

    /// The revision that is the newest, and whether the one before it still runs beside it.
    fn running(&self, happened: u128) -> Option<(usize, bool)> {
        let came = self.came.iter().rposition(|events| events & happened != 0);
        let position = came.max(self.at_start)?;
        let rollout = self.rollouts.get(position).copied().flatten();
        let midway = rollout.is_some_and(|(start, end)| happened & start != 0 && happened & end == 0);
        Some((position, midway && position != 0))
    }

    /// The places of what runs: one revision, or two in the middle of a rollout.
    pub(super) fn live(&self, happened: u128) -> u128 {
        let Some((newest, midway)) = self.running(happened) else {
            return 0;
        };
        let place = self.first + newest;
        let older = if midway { one(place - 1) } else { 0 };
        one(place) | older
    }

    /// The places of what can be rolled back to, unless it is gone.
    pub(super) fn targets(&self, happened: u128, gone: u128) -> u128 {
        let newest = self.running(happened).map(|(newest, _)| newest);
        let targets = newest.and_then(|newest| self.targets.get(newest)).copied();
        targets.unwrap_or(0) & !gone
    }

    /// The places of all that are not newer than a revision.
    pub(super) fn up_to(&self, position: usize) -> u128 {
        let places = self.first..=self.first + position;
        places.fold(0, |all, place| all | one(place))
    }

    /// The places of its revisions in a set, newest first.
    pub(super) fn newest_first(places: u128) -> impl Iterator<Item = usize> {
        let places: Vec<usize> = ones(places).collect();
        places.into_iter().rev()
    }
}
