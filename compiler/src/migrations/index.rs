//! What has to do with what, found once: a slice asks for a few columns, and there may be thousands.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{ColumnId, Columns};
use super::effects::{Op, StepEffects};
use super::line::{Line, Revision};
use super::order::{Event, Order, StepId};
use crate::lower::Version;
use crate::model::ThingId;

/// A `retire`.
#[derive(Debug)]
pub(super) struct Retires<'m> {
    pub(super) event: usize,
    pub(super) service: ThingId,
    pub(super) version: &'m Version,
}

/// Events and services by what they have to do with.
#[derive(Debug, Default)]
pub(super) struct Index<'m> {
    /// For each event, the line of the rollout that it belongs to, and the place of the revision in it.
    deployed: Vec<Option<(usize, usize)>>,
    /// In the order of the events.
    pub(super) retires: Vec<Retires<'m>>,
    lines: BTreeMap<ThingId, usize>,
    /// Lines whose revisions name a column of a table.
    of_table: BTreeMap<usize, BTreeSet<usize>>,
    /// Events of steps that do something to a column.
    of_column: BTreeMap<ColumnId, BTreeSet<usize>>,
    /// The first step that brings a column.
    added: BTreeMap<ColumnId, StepId>,
    /// Columns that a step makes demand a value.
    demanding: BTreeSet<ColumnId>,
}

impl<'m> Index<'m> {
    pub(super) fn of(
        columns: &Columns,
        effects: &BTreeMap<StepId, StepEffects>,
        revisions: &[Revision],
        lines: &[Line],
        order: &Order,
        retired: impl Fn(StepId) -> Option<(ThingId, &'m Version)>,
    ) -> Self {
        let mut index = Self {
            deployed: vec![None; order.events.len()],
            ..Self::default()
        };
        for (place, line) in lines.iter().enumerate() {
            index.add_line(place, line, revisions, columns);
        }
        for (event, step) in order.events.iter().map(Event::step).enumerate() {
            if let Some((service, version)) = retired(step) {
                index.retires.push(Retires {
                    event,
                    service,
                    version,
                });
            }
            for column in effects.get(&step).into_iter().flat_map(StepEffects::columns) {
                index.of_column.entry(column).or_default().insert(event);
            }
        }
        for (at, effects) in effects {
            for op in &effects.ops {
                if let Op::Add { column: new, .. } | Op::Rename { new, .. } = op {
                    index.added.entry(*new).or_insert(*at);
                }
            }
        }
        let demands = |op: &&Op| {
            matches!(
                op,
                Op::Add { nullable: false, .. } | Op::NotNull { on: true, .. } | Op::Rename { .. }
            )
        };
        let ops = effects.values().flat_map(|effects| &effects.ops);
        index.demanding = ops.filter(demands).flat_map(|op| op.columns()).collect();
        index
    }

    fn add_line(&mut self, place: usize, line: &Line, revisions: &[Revision], columns: &Columns) {
        self.lines.insert(line.service, place);
        for (position, arrival) in line.arrivals.iter().enumerate() {
            for event in arrival.rollout.into_iter().flat_map(|(start, end)| [start, end]) {
                // The first of several, as one would find it.
                if let Some(deployed) = self.deployed.get_mut(event).filter(|deployed| deployed.is_none()) {
                    *deployed = Some((place, position));
                }
            }
        }
        for revision in line.revisions.iter().filter_map(|index| revisions.get(*index)) {
            for column in revision.reads.iter().chain(&revision.writes) {
                if let Some(table) = columns.table(*column) {
                    self.of_table.entry(table).or_default().insert(place);
                }
            }
        }
    }

    /// The line of the rollout that an event belongs to, and the place of the revision in it.
    pub(super) fn deployed(&self, event: usize) -> Option<(usize, usize)> {
        self.deployed.get(event).copied().flatten()
    }

    /// The `retire` that an event is.
    pub(super) fn retire(&self, event: usize) -> Option<&Retires<'m>> {
        let place = self.retires.binary_search_by_key(&event, |retires| retires.event);
        self.retires.get(place.ok()?)
    }

    /// The line of a service.
    pub(super) fn line(&self, service: ThingId) -> Option<usize> {
        self.lines.get(&service).copied()
    }

    pub(super) fn retires_of(&self, service: ThingId) -> impl Iterator<Item = &Retires<'m>> {
        self.retires.iter().filter(move |retires| retires.service == service)
    }

    /// Lines that may have to do with columns: a revision names one of them, or another of the same table.
    pub(super) fn lines_of(&self, columns: &Columns, asked: &[ColumnId]) -> BTreeSet<usize> {
        let tables = asked.iter().filter_map(|column| columns.table(*column));
        let lines = tables.filter_map(|table| self.of_table.get(&table));
        lines.flatten().copied().collect()
    }

    /// Events that may have to do with columns, or with the revisions of some lines; in their order.
    pub(super) fn events_of<'l>(&self, asked: &[ColumnId], lines: impl Iterator<Item = &'l Line>) -> BTreeSet<usize> {
        let of_columns = asked.iter().filter_map(|column| self.of_column.get(column));
        let mut events: BTreeSet<usize> = of_columns.flatten().copied().collect();
        for line in lines {
            for arrival in &line.arrivals {
                events.extend(&arrival.begins);
                events.extend(arrival.rollout.into_iter().flat_map(|(start, end)| [start, end]));
            }
            events.extend(self.retires_of(line.service).map(|retires| retires.event));
        }
        events
    }

    /// The step that brings a column.
    pub(super) fn added_by(&self, column: ColumnId) -> Option<StepId> {
        self.added.get(&column).copied()
    }

    /// Whether a step makes a column demand a value.
    pub(super) fn is_demanded(&self, column: ColumnId) -> bool {
        self.demanding.contains(&column)
    }
}
