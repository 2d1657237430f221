//! What has a say in some columns, and nothing else: the part of all changes that is walked at once.
//!
//! # Why this is enough
//!
//! Whether a column is there, complete, or refuses rows depends on the statements that name it or its datum, and on what live
//! revisions do with it. Every other event leaves that as it is, so it need not be tried in every place: only what must
//! come before what remains so.
//!
//! Let `P` be the order of all events and `R` those of the slice, with the order that `P` has among them (through others
//! too, since it is closed). Each order in which the events of `R` can happen is one in which all can, with those of
//! `R` in the same sequence: a cycle in `P` together with that sequence would have a path through `P` between two events of
//! `R` against the sequence, but then the order of `R` would have it too. The other way round, every order of all events
//! shows `R` in a sequence that is walked. So the walk over `R` meets exactly the states that the columns can be in.
//!
//! The shortest way to a state is what must have happened when the events that were walked have: their
//! [`needed`](super::order::Order::needed). A rollout that changes nothing for these columns does not belong to `R`. While it is free to
//! happen or not, the revision that it replaces and its own are the same for them, as live ones and as
//! rollback targets, so nothing is missed if it has not happened: it would only add a target that works.
//!
//! One thing ties columns together that have nothing else in common: a rollback target that one of them takes away is one no longer
//! for the others. [`super::explore`] joins slices where that matters.

use std::collections::BTreeSet;

use super::bits::{Bits, column_bit, one};
use super::columns::ColumnId;
use super::effects::Op;
use super::line::{Line, Revision};
use super::local::{Action, Facet, LocalOp};
use super::order::{Event, Part, StepId};
use super::slice_line::SliceLine;
use super::world::World;

/// Columns, events or revisions that do not fit.
#[derive(Debug)]
pub(super) struct TooLarge;

/// An event of a slice.
#[derive(Debug)]
pub(super) struct SliceEvent {
    /// Its place in the order of all.
    pub(super) event: usize,
    /// Events of the slice that come before it.
    pub(super) before: u128,
    pub(super) action: Action,
}

/// Columns with all that has a say in them.
#[derive(Debug)]
pub(super) struct Slice<'w, 'm> {
    pub(super) world: &'w World<'m>,
    pub(super) columns: Vec<ColumnId>,
    /// Columns that belong together, as sets.
    pub(super) groups: Vec<u64>,
    pub(super) lines: Vec<SliceLine<'w>>,
    pub(super) facets: Vec<Facet>,
    pub(super) events: Vec<SliceEvent>,
}

impl<'w, 'm> Slice<'w, 'm> {
    /// The slice of some groups of columns.
    pub(super) fn of(world: &'w World<'m>, groups: &[&BTreeSet<ColumnId>]) -> Result<Self, TooLarge> {
        let columns: Vec<ColumnId> = groups.iter().flat_map(|group| group.iter().copied()).collect();
        if 64 < columns.len() {
            return Err(TooLarge);
        }
        let mut slice = Self {
            world,
            groups: Vec::new(),
            lines: Vec::new(),
            facets: Vec::new(),
            events: Vec::new(),
            columns,
        };
        slice.groups = groups
            .iter()
            .map(|group| slice.mask(|column| group.contains(&column)))
            .collect();
        slice.add_lines()?;
        slice.add_events()?;
        Ok(slice)
    }

    /// The columns for which something holds.
    pub(super) fn mask(&self, holds: impl Fn(ColumnId) -> bool) -> u64 {
        let places = self.columns.iter().enumerate().filter(|(_, column)| holds(**column));
        places.fold(0, |mask, (place, _)| mask | column_bit(place))
    }

    /// A column's place, as a set of one.
    fn bit(&self, column: ColumnId) -> Option<u64> {
        let place = self.columns.iter().position(|own| *own == column)?;
        Some(column_bit(place))
    }

    fn facet(&self, revision: &Revision, demanding: u64) -> Facet {
        Facet {
            reads: self.mask(|column| revision.reads.contains(&column)),
            touches: self.mask(|column| revision.touches(column)),
            leaves_out: self.mask(|column| self.world.leaves_out(revision, column)),
            omits_at_start: demanding & self.mask(|column| self.world.inserts_without(revision, column, true)),
            omits_later: demanding & self.mask(|column| self.world.inserts_without(revision, column, false)),
        }
    }

    /// Columns that demand a value at some time.
    fn demanding(&self) -> u64 {
        let at_start = |column| self.world.columns.nature(column).nullable == Some(false);
        self.mask(|column| self.world.index.is_demanded(column) || at_start(column))
    }

    /// Services that have to do with the columns in any of their revisions.
    fn add_lines(&mut self) -> Result<(), TooLarge> {
        let demanding = self.demanding();
        let world = self.world;
        let may_matter = world.index.lines_of(&world.columns, &self.columns);
        for line in may_matter.into_iter().filter_map(|line| world.lines.get(line)) {
            let revisions = line.revisions.iter().filter_map(|index| world.revisions.get(*index));
            let facets: Vec<Facet> = revisions.map(|revision| self.facet(revision, demanding)).collect();
            if facets.iter().all(|facet| *facet == Facet::default()) {
                continue;
            }
            self.lines.push(SliceLine::new(world, line, self.facets.len()));
            self.facets.extend(facets);
        }
        if 128 < self.facets.len() {
            return Err(TooLarge);
        }
        Ok(())
    }

    fn add_events(&mut self) -> Result<(), TooLarge> {
        let order = &self.world.order;
        let mut fills = 0;
        let mut chosen: Vec<(usize, Action)> = Vec::new();
        let lines = self.lines.iter().map(|line| line.line);
        for index in self.world.index.events_of(&self.columns, lines) {
            let event = order.events.get(index).filter(|_| !order.initial.contains(index));
            let action = event.and_then(|event| self.action(index, event, &mut fills));
            chosen.extend(action.map(|action| (index, action)));
        }
        chosen.sort_by_key(|(index, _)| order.rank.get(*index).copied());
        if 128 < chosen.len() || 64 < fills {
            return Err(TooLarge);
        }
        let before = |event: usize, own: usize| {
            let earlier = chosen.iter().enumerate();
            let earlier = earlier.filter(|(place, (other, _))| *place != own && order.precedes(*other, event));
            earlier.fold(0, |before, (place, _)| before | one(place))
        };
        self.events = chosen
            .iter()
            .enumerate()
            .map(|(place, (event, action))| SliceEvent {
                event: *event,
                before: before(*event, place),
                action: action.clone(),
            })
            .collect();
        for (index, line) in self.lines.iter_mut().enumerate() {
            let gives_up = |(place, event): (usize, &SliceEvent)| match event.action {
                Action::Retire { line, .. } if line == index => one(place),
                _ => 0,
            };
            let retires = self.events.iter().enumerate().map(gives_up);
            line.place(order, &self.events, retires.fold(0, |all, event| all | event));
        }
        Ok(())
    }

    /// What an event does to the columns; `None` when it has nothing to do with them.
    fn action(&self, index: usize, event: &Event, fills: &mut usize) -> Option<Action> {
        if event.part == Part::Begin {
            return self.beginning(index);
        }
        if let Some((line, position)) = self.world.index.deployed(index) {
            let line = self.world.lines.get(line)?;
            return self.rollout_matters(line, position).then_some(Action::Live);
        }
        let at = event.step();
        if let Some(retires) = self.world.index.retire(index) {
            let line = self
                .lines
                .iter()
                .position(|line| line.line.service == retires.service)?;
            let named = |index: &usize| {
                let revision = self.world.revisions.get(*index);
                revision.is_some_and(|revision| retires.version.selects(&revision.version))
            };
            let upto = self.lines.get(line)?.line.revisions.iter().rposition(named);
            return Some(Action::Retire { line, upto });
        }
        let effects = self.world.effects.get(&at)?;
        let ops: Vec<LocalOp> = effects.ops.iter().filter_map(|op| self.local(*op)).collect();
        let filled: Vec<u64> = effects.filled.iter().filter_map(|column| self.bit(*column)).collect();
        if ops.is_empty() && filled.is_empty() {
            return None;
        }
        match event.part {
            Part::Start => {
                let places = (*fills..).map(column_bit);
                let action = Action::StartFill {
                    ops,
                    fills: filled.iter().copied().zip(places).collect(),
                };
                *fills += filled.len();
                Some(action)
            }
            // It ends right behind its beginning in the list of all events.
            Part::End => {
                let first = fills.saturating_sub(filled.len());
                let places = (first..).map(column_bit);
                Some(Action::EndFill(filled.iter().copied().zip(places).collect()))
            }
            Part::Whole | Part::Begin => Some(Action::Sql(ops)),
        }
    }

    /// A change that begins after others may say of a service that a newer revision runs than was rolled out.
    fn beginning(&self, index: usize) -> Option<Action> {
        let said = self.lines.iter().enumerate().filter_map(|(place, line)| {
            let mut arrivals = line.line.arrivals.iter();
            let position = arrivals.position(|arrival| arrival.begins.contains(&index))?;
            Some((place, position))
        });
        let said: Vec<(usize, usize)> = said.collect();
        (!said.is_empty()).then_some(Action::Begin(said))
    }

    /// Whether a rollout changes what its service does with the columns, or may be the one that a `retire` waits for.
    fn rollout_matters(&self, line: &Line, position: usize) -> bool {
        let Some(own) = self.lines.iter().find(|own| std::ptr::eq(own.line, line)) else {
            return false;
        };
        let facet = |position: usize| self.facets.get(own.first + position);
        let changes = match position.checked_sub(1) {
            Some(old) => facet(old) != facet(position),
            None => true,
        };
        let rollout = line.arrivals.get(position).and_then(|arrival| arrival.rollout);
        let order = &self.world.order;
        let beside_retire = |(start, end): (usize, usize)| {
            let mut retires = self.world.index.retires_of(line.service).map(|retires| retires.event);
            retires.any(|retire| !order.precedes(retire, start) && !order.precedes(end, retire))
        };
        changes || rollout.is_some_and(beside_retire)
    }

    fn local(&self, op: Op) -> Option<LocalOp> {
        Some(match op {
            Op::Add {
                column,
                nullable,
                defaulted,
                new_table,
            } => {
                // A new table has no rows that could lack something; but those from which it is filled are elsewhere.
                let complete = match self.world.columns.datum(column) {
                    None => new_table || defaulted || nullable,
                    Some(_) => !new_table && defaulted,
                };
                LocalOp::Add {
                    column: self.bit(column)?,
                    nullable,
                    defaulted,
                    complete,
                }
            }
            Op::Drop { column } => LocalOp::Drop(self.bit(column)?),
            Op::Rename { old, new } => LocalOp::Rename {
                old: self.bit(old)?,
                new: self.bit(new)?,
            },
            Op::NotNull { column, on } => LocalOp::NotNull(self.bit(column)?, on),
            Op::Default { column, on } => LocalOp::Default(self.bit(column)?, on),
        })
    }

    /// What must have happened when these events of the slice have.
    pub(super) fn needed(&self, happened: u128) -> Bits {
        let events = super::bits::ones(happened).filter_map(|place| self.events.get(place));
        self.world.order.needed(events.map(|event| event.event))
    }

    /// The step that an event belongs to.
    pub(super) fn step(&self, event: usize) -> Option<StepId> {
        let event = self.events.get(event)?;
        self.world.order.events.get(event.event).map(Event::step)
    }
}
