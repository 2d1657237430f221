//! The walk through all states of a slice, and the rollbacks tried from each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::bits::{one, ones};
use super::effects::Op;
use super::judge::{Live, Trouble, failing, trouble};
use super::local::{Action, Facet, Fills, LocalOp};
use super::slice::Slice;
use super::slice_line::SliceLine;
use super::state::{State, each};
use super::trail::{Came, Trail, Trails};
use super::verdict::{Failure, FailureKind, Finds, Lost, is_shorter};
use crate::model::ThingId;

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) finds: Finds,
    /// States that were looked at.
    pub(super) states: usize,
    /// Moves from one to another that were tried.
    pub(super) moves: usize,
    /// The limit was met.
    pub(super) cut: bool,
    /// Targets that are lost in some state.
    pub(super) lost: BTreeSet<usize>,
    /// Services that in some state lose the revision that ran last.
    pub(super) lost_newest: BTreeSet<ThingId>,
    /// Targets that touch what a step drops.
    pub(super) under_target: BTreeSet<usize>,
}

/// Walks all states of a slice, but tries no more than `limit` moves.
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
    let mut layer = Layer::default();
    walk.start(&mut layer);
    while !layer.states.is_empty() && !walk.outcome.cut {
        layer = walk.next(&layer, limit);
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

/// States with the same number of events.
#[derive(Default)]
struct Layer {
    /// Each by its place among all that were met, and whether it was judged.
    states: BTreeMap<State, (usize, bool)>,
    /// Those that are others when they are judged: what fails or is lost is a part of the state.
    judged: BTreeSet<State>,
}

struct Walk<'s, 'w, 'm> {
    slice: &'s Slice<'w, 'm>,
    fills: Vec<&'s Fills>,
    trails: Trails<'s, 'w, 'm>,
    outcome: Outcome,
}

impl<'s> Walk<'s, '_, '_> {
    fn start(&mut self, layer: &mut Layer) {
        let mut state = State::start(self.slice);
        let live = self.live(&state);
        state.settle(state.left_out(self.all(live)), &self.fills);
        self.meet(layer, state, true, Trail { before: 0, place: 0 }, None);
    }

    /// All states with one event more.
    fn next(&mut self, layer: &Layer, limit: usize) -> Layer {
        let mut next = Layer::default();
        for (state, (id, _)) in &layer.states {
            for (place, event) in self.slice.events.iter().enumerate() {
                let may = state.happened & one(place) == 0 && event.before & !state.happened == 0;
                if !may {
                    continue;
                }
                if limit <= self.outcome.moves {
                    self.outcome.cut = true;
                    return next;
                }
                self.outcome.moves += 1;
                let trail = Trail { before: *id, place };
                let (after, is_judged) = self.step(state, place, &event.action, Some(trail));
                self.meet(&mut next, after, is_judged, trail, Some(trail));
            }
        }
        next
    }

    /// Judges a state unless that was done: it says the same however the state was reached, and stories to it are as long.
    fn meet(&mut self, layer: &mut Layer, mut state: State, is_judged: bool, trail: Trail, came: Came) {
        if is_judged {
            if layer.judged.contains(&state) || layer.states.get(&state).is_some_and(|(_, judged)| *judged) {
                return;
            }
            let before = state;
            self.judge(&mut state, came);
            if state != before {
                layer.judged.insert(before);
            }
        }
        match layer.states.entry(state) {
            Entry::Vacant(new) => {
                new.insert((self.trails.met.len(), is_judged));
                self.trails.met.push(trail);
            }
            Entry::Occupied(mut known) => known.get_mut().1 |= is_judged,
        }
    }

    /// The state behind an event, and whether there is something to judge in it.
    fn step(&mut self, before: &State, place: usize, action: &'s Action, came: Came) -> (State, bool) {
        let mut state = *before;
        state.happened |= one(place);
        match action {
            Action::Retire { line, upto } => {
                let line = self.slice.lines.get(*line);
                if let (Some(line), Some(upto)) = (line, upto) {
                    state.gone |= line.targets(state.happened, state.gone) & line.up_to(*upto);
                }
                return (state, false);
            }
            Action::Sql(ops) => self.sql(&mut state, ops, came),
            Action::StartFill { ops, fills } => {
                self.sql(&mut state, ops, came);
                let live = self.live(&state);
                state.start_filling(fills, state.left_out(self.all(live)));
            }
            Action::EndFill(fills) => state.end_filling(fills),
            Action::Live => {}
            Action::Begin(lines) => {
                for (line, position) in lines {
                    let line = self.slice.lines.get(*line);
                    let older = line.zip(position.checked_sub(1)).map(|(line, older)| line.up_to(older));
                    state.gone |= older.unwrap_or(0);
                }
            }
        }
        let live = self.live(&state);
        state.settle(state.left_out(self.all(live)), &self.fills);
        (state, true)
    }

    /// The places of live revisions: of each service one, or two in the middle of a rollout.
    fn live(&self, state: &State) -> u128 {
        let lines = self.slice.lines.iter();
        lines.fold(0, |live, line| live | line.live(state.happened))
    }

    /// What the revisions at some places do together.
    fn all(&self, places: u128) -> Facet {
        let facets = ones(places).filter_map(|place| self.slice.facets.get(place).copied());
        facets.fold(Facet::default(), Facet::with)
    }

    fn each(&self, places: u128) -> Vec<Live> {
        ones(places).filter_map(|place| self.at(place)).collect()
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
        if self.all(self.live(state)).touches & column != 0 || state.failed & column != 0 {
            return;
        }
        let slice = self.slice;
        let targets = slice.lines.iter().flat_map(|line| {
            let targets = line.targets(state.happened, state.gone);
            SliceLine::newest_first(targets)
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
        let failing = failing(state, self.all(live)) & !state.failed;
        if failing != 0 {
            let live = self.each(live);
            for column in each(failing) {
                if let Some((place, kind)) = trouble(state, &live, column)
                    && let Some(revision) = self.revision(place)
                {
                    let by = self.leaving_out(state, &live, column);
                    self.report(state, column, revision, came, |walk| walk.kind(column, kind, by, came));
                }
            }
        }
        // What follows from a failure that was reported is not reported again.
        state.failed |= failing;
        self.try_rollbacks(state, live, came);
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
        if is_shorter(&self.outcome.finds.failures, *id, length) {
            let failure = Failure {
                moment: self.trails.moment(came),
                column: *id,
                revision,
                kind: kind(self),
            };
            self.outcome.finds.failures.insert(*id, (length, failure));
        }
    }

    fn try_rollbacks(&mut self, state: &mut State, live: u128, came: Came) {
        let slice = self.slice;
        let together = self.all(live);
        let broken = slice.groups.iter().filter(|group| **group & state.failed != 0);
        let broken = broken.fold(0, |all, group| all | group);
        for line in &slice.lines {
            let targets = line.targets(state.happened, state.gone);
            // Nearly always none fails: then one look is enough for all of them.
            if beside(state, together.with(self.all(targets))).1 & !broken == 0 {
                continue;
            }
            let newest = SliceLine::newest_first(targets).next();
            let mut lost: Option<Rollback> = None;
            let mut left = targets;
            for target in ones(targets) {
                let (probe, failing) = beside(state, together.with(self.all(one(target))));
                let Some(column) = each(failing & !broken).next() else {
                    continue;
                };
                left &= !one(target);
                state.gone |= one(target);
                let rollback = Rollback {
                    probe,
                    live,
                    target,
                    column,
                };
                if let Some(revision) = self.revision(target) {
                    self.outcome.lost.insert(revision);
                    if newest == Some(target) {
                        self.outcome.lost_newest.insert(line.line.service);
                    }
                    let length = self.trails.length(state);
                    if is_shorter(&self.outcome.finds.lost, revision, length) {
                        let found = self.lost(&rollback, came);
                        self.outcome
                            .finds
                            .lost
                            .extend(found.map(|found| (revision, (length, found))));
                    }
                    lost = Some(rollback);
                }
            }
            let given_up = state.happened & line.retires != 0;
            if let Some(last) = lost.filter(|_| left == 0 && !given_up) {
                let length = self.trails.length(state);
                if is_shorter(&self.outcome.finds.stranded, line.line.service, length) {
                    let found = self.lost(&last, came).map(|found| (line.line.service, (length, found)));
                    self.outcome.finds.stranded.extend(found);
                }
            }
        }
    }

    fn lost(&self, rollback: &Rollback, came: Came) -> Option<Lost> {
        let (probe, target, column) = (&rollback.probe, rollback.target, rollback.column);
        let mut live = self.each(rollback.live);
        if rollback.live & one(target) == 0 {
            live.extend(self.at(target));
        }
        let (place, kind) = trouble(probe, &live, column)?;
        let by = self.leaving_out(probe, &live, column);
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

/// A rollback that fails.
struct Rollback {
    /// The state in which it does.
    probe: State,
    live: u128,
    target: usize,
    column: u64,
}

/// The state while a rollback target runs beside what is live, and the columns with which something is wrong then. When it runs
/// alone, nothing is wrong that is not here.
fn beside(state: &State, together: Facet) -> (State, u64) {
    let mut probe = *state;
    probe.settle(probe.left_out(together), &[]);
    let failing = failing(&probe, together);
    (probe, failing)
}
