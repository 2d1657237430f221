//! The walk through all states of a slice, and the rollbacks tried from each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::bits::{one, ones};
use super::effects::Op;
use super::judge::{Live, Trouble, failing, trouble};
use super::local::{Action, Fills, LocalOp};
use super::slice::{Slice, SliceLine};
use super::state::{State, each};
use super::trail::{Came, Trail, Trails};
use super::verdict::{Failure, FailureKind, Finds, Lost, put};
use crate::model::ThingId;

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) finds: Finds,
    /// States that were looked at.
    pub(super) states: usize,
    /// The limit was met.
    pub(super) cut: bool,
    /// Targets that are lost in some state.
    pub(super) lost: BTreeSet<usize>,
    /// Services that in some state lose the revision that ran last.
    pub(super) lost_newest: BTreeSet<ThingId>,
    /// Targets that touch what a step drops.
    pub(super) under_target: BTreeSet<usize>,
}

/// Walks all states of a slice, but no more than `limit`.
///
/// All states with the same number of events come before those with more, so that two layers are in memory, and beside them
/// only how each state was first met. A state has happened however it was reached: what came before it is in its bits.
pub(super) fn walk(slice: &Slice<'_, '_>, limit: usize) -> Outcome {
    let mut walk = Walk {
        slice,
        fills: slice.events.iter().filter_map(|event| fills(&event.action)).collect(),
        trails: Trails { slice, met: Vec::new() },
        outcome: Outcome::default(),
    };
    let mut layer = BTreeMap::from([(walk.start(), 0)]);
    while !layer.is_empty() {
        let mut next: BTreeMap<State, usize> = BTreeMap::new();
        for (state, id) in &layer {
            for (place, event) in slice.events.iter().enumerate() {
                let may = state.happened & one(place) == 0 && event.before & !state.happened == 0;
                if !may {
                    continue;
                }
                let after = walk.step(state, *id, place, &event.action);
                if let Entry::Vacant(new) = next.entry(after) {
                    if limit <= walk.trails.met.len() {
                        walk.outcome.cut = true;
                        walk.outcome.states = walk.trails.met.len();
                        return walk.outcome;
                    }
                    new.insert(walk.trails.met.len());
                    walk.trails.met.push(Trail { before: *id, place });
                }
            }
        }
        layer = next;
    }
    walk.outcome.states = walk.trails.met.len();
    walk.outcome
}

fn fills(action: &Action) -> Option<&Fills> {
    match action {
        Action::StartFill { fills, .. } => Some(fills),
        _ => None,
    }
}

struct Walk<'s, 'w, 'm> {
    slice: &'s Slice<'w, 'm>,
    fills: Vec<&'s Fills>,
    trails: Trails<'s, 'w, 'm>,
    outcome: Outcome,
}

impl<'s> Walk<'s, '_, '_> {
    fn start(&mut self) -> State {
        let mut state = State::start(self.slice);
        let live = self.live(&state);
        state.settle(left_out(&state, &live), &self.fills);
        self.judge(&mut state, None);
        self.trails.met.push(Trail { before: 0, place: 0 });
        state
    }

    fn step(&mut self, before: &State, id: usize, place: usize, action: &'s Action) -> State {
        let came = Some(Trail { before: id, place });
        let mut state = *before;
        state.happened |= one(place);
        match action {
            Action::Retire { line, upto } => {
                let line = self.slice.lines.get(*line);
                if let (Some(line), Some(upto)) = (line, upto) {
                    let older = state.targets(self.slice, line).into_iter();
                    for target in older.filter(|target| target <= upto) {
                        state.gone |= one(line.first + target);
                    }
                }
                return state;
            }
            Action::Sql(ops) => self.sql(&mut state, ops, came),
            Action::StartFill { ops, fills } => {
                self.sql(&mut state, ops, came);
                let live = self.live(&state);
                state.start_filling(fills, left_out(&state, &live));
            }
            Action::EndFill(fills) => state.end_filling(fills),
            Action::Live => {}
            Action::Begin(lines) => {
                for (line, position) in lines {
                    let line = self.slice.lines.get(*line);
                    let older = line.into_iter().flat_map(|line| line.first..line.first + position);
                    state.gone = older.fold(state.gone, |gone, place| gone | one(place));
                }
            }
        }
        let live = self.live(&state);
        state.settle(left_out(&state, &live), &self.fills);
        self.judge(&mut state, came);
        state
    }

    /// Live revisions: of each service one, or two in the middle of a rollout.
    fn live(&self, state: &State) -> Vec<Live> {
        let of = |line: &SliceLine<'_>| {
            let running = self.slice.running(line, state.happened);
            let places = running.map(|(newest, midway)| {
                let oldest = newest - usize::from(midway);
                line.first + oldest..line.first + newest + 1
            });
            places.into_iter().flatten().filter_map(|place| self.at(place))
        };
        self.slice.lines.iter().flat_map(of).collect()
    }

    fn at(&self, place: usize) -> Option<Live> {
        let facet = self.slice.facets.get(place).copied()?;
        Some(Live { place, facet })
    }

    fn sql(&mut self, state: &mut State, ops: &[LocalOp], came: Came) {
        let taken = ops.iter().fold(0, |taken, op| match op {
            LocalOp::Drop(column) | LocalOp::Rename { old: column, .. } => taken | column,
            _ => taken,
        });
        for column in each(taken & state.present) {
            self.dropped_under_target(state, column, came);
        }
        for op in ops {
            state.apply(*op);
        }
    }

    /// Nothing that can be rolled back to may touch what goes.
    fn dropped_under_target(&mut self, state: &mut State, column: u64, came: Came) {
        // A live one is found when the state is judged, and is the stronger reason.
        let live = self.live(state);
        if live.iter().any(|live| live.facet.touches & column != 0) || state.failed & column != 0 {
            return;
        }
        let slice = self.slice;
        let targets = slice.lines.iter().flat_map(|line| {
            let targets = state.targets(slice, line);
            targets.into_iter().rev().map(|target| line.first + target)
        });
        let touching: Vec<usize> = targets
            .filter(|place| {
                slice
                    .facets
                    .get(*place)
                    .is_some_and(|facet| facet.touches & column != 0)
            })
            .collect();
        let all: Vec<usize> = touching.iter().filter_map(|place| self.revision(*place)).collect();
        self.outcome.under_target.extend(all);
        if let Some(newest) = touching.first().and_then(|place| self.revision(*place)) {
            state.failed |= column;
            let kind = FailureKind::DroppedUnderTarget;
            self.report(state, column, newest, came, |_| kind);
        }
    }

    /// The revision at a place of the slice.
    fn revision(&self, place: usize) -> Option<usize> {
        let line = self.slice.lines.iter().rfind(|line| line.first <= place)?;
        line.line.revisions.get(place - line.first).copied()
    }

    /// Judges a state, then tries every rollback from it.
    fn judge(&mut self, state: &mut State, came: Came) {
        let live = self.live(state);
        let failing = failing(state, &live) & !state.failed;
        for column in each(failing) {
            if let Some((place, kind)) = trouble(state, &live, column)
                && let Some(revision) = self.revision(place)
            {
                let by = self.leaving_out(state, &live, column);
                self.report(state, column, revision, came, |walk| walk.kind(column, kind, by, came));
            }
        }
        // What follows from a failure that was reported is not reported again.
        state.failed |= failing;
        self.try_rollbacks(state, &live, came);
    }

    fn leaving_out(&self, state: &State, live: &[Live], column: u64) -> Vec<usize> {
        let leaving = live
            .iter()
            .filter(|live| live.facet.leaves_out & !state.defaulted & column != 0);
        leaving.filter_map(|live| self.revision(live.place)).collect()
    }

    fn report(
        &mut self,
        state: &State,
        column: u64,
        revision: usize,
        came: Came,
        kind: impl FnOnce(&Self) -> FailureKind,
    ) {
        let Some(id) = ones(u128::from(column))
            .next()
            .and_then(|place| self.slice.columns.get(place))
        else {
            return;
        };
        let length = self.trails.length(state);
        let known = self.outcome.finds.failures.get(id).map(|(length, _)| *length);
        if known.is_none_or(|known| length < known) {
            let failure = Failure {
                moment: self.trails.moment(came),
                column: *id,
                revision,
                kind: kind(self),
            };
            self.outcome.finds.failures.insert(*id, (length, failure));
        }
    }

    fn try_rollbacks(&mut self, state: &mut State, live: &[Live], came: Came) {
        let slice = self.slice;
        let broken = slice.groups.iter().filter(|group| **group & state.failed != 0);
        let broken = broken.fold(0, |all, group| all | group);
        for line in &slice.lines {
            let targets = state.targets(slice, line);
            let mut lost: Option<Lost> = None;
            let mut left = targets.len();
            for target in targets.iter().copied() {
                let place = line.first + target;
                let Some((probe, beside, column)) = self.rollback(state, live, line, place, broken) else {
                    continue;
                };
                left -= 1;
                state.gone |= one(place);
                let newest = targets.last() == Some(&target);
                let length = self.trails.length(state);
                if let Some(found) = self.lost(&probe, &beside, place, column, came) {
                    self.outcome.lost.insert(found.revision);
                    if newest {
                        self.outcome.lost_newest.insert(line.line.service);
                    }
                    put(&mut self.outcome.finds.lost, found.revision, length, || found.clone());
                    lost = Some(found);
                }
            }
            let given_up = state.happened & line.retires != 0;
            if let Some(last) = lost.filter(|_| left == 0 && !given_up) {
                let length = self.trails.length(state);
                put(&mut self.outcome.finds.stranded, line.line.service, length, || last);
            }
        }
    }

    /// Both revisions live, then the target alone: the state in which that fails, and the column.
    fn rollback(
        &self,
        state: &State,
        live: &[Live],
        line: &SliceLine<'_>,
        target: usize,
        broken: u64,
    ) -> Option<(State, Vec<Live>, u64)> {
        let mut probe = *state;
        let own = line.first..line.first + line.line.revisions.len();
        let target = self.at(target)?;
        let mut beside: Vec<Live> = live.to_vec();
        if !live.iter().any(|live| live.place == target.place) {
            beside.push(target);
        }
        let mut alone: Vec<Live> = live.iter().copied().filter(|live| !own.contains(&live.place)).collect();
        alone.push(target);
        for live in [beside, alone] {
            probe.settle(left_out(&probe, &live), &[]);
            let failing = failing(&probe, &live) & !broken;
            if let Some(column) = each(failing).next() {
                return Some((probe, live, column));
            }
        }
        None
    }

    fn lost(&self, probe: &State, live: &[Live], target: usize, column: u64, came: Came) -> Option<Lost> {
        let (place, kind) = trouble(probe, live, column)?;
        let by = self.leaving_out(probe, live, column);
        let id = ones(u128::from(column))
            .next()
            .and_then(|place| self.slice.columns.get(place))?;
        Some(Lost {
            revision: self.revision(target)?,
            because: Failure {
                moment: self.trails.moment(came),
                column: *id,
                revision: self.revision(place)?,
                kind: self.kind(column, kind, by, came),
            },
        })
    }

    fn kind(&self, column: u64, trouble: Trouble, by: Vec<usize>, came: Came) -> FailureKind {
        match trouble {
            Trouble::NotThere => FailureKind::NotThere,
            Trouble::Incomplete if by.is_empty() => FailureKind::Incomplete,
            Trouble::Incomplete => FailureKind::Skewed { by },
            Trouble::Dropped => match self.trails.last_step(column, came, |op| op.taken()) {
                Some(by) => FailureKind::Dropped { by },
                None => FailureKind::NotThere,
            },
            Trouble::Refused => FailureKind::Refused {
                since: self.trails.last_step(column, came, |op| match op {
                    Op::Add {
                        column,
                        nullable: false,
                        ..
                    }
                    | Op::NotNull { column, on: true } => Some(column),
                    _ => None,
                }),
            },
        }
    }
}

fn left_out(state: &State, live: &[Live]) -> u64 {
    state.left_out(live.iter().map(|live| live.facet))
}
