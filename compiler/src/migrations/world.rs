//! The facts of all changes together: one schema for each database, one line of revisions for each service.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use super::columns::{ColumnId, Columns};
use super::effects::{Op, StepEffects};
use super::index::Index;
use super::line::{self, Line, Node, Revision};
use super::order::{Contradiction, Draft, Order, StepId};
use super::verdict::Moment;
use crate::lower::{Column, Version};
use crate::model::{Change, Model, Step, ThingId};

/// All changes of a model, ready to be explored.
#[derive(Debug)]
pub struct World<'m> {
    /// The changes.
    pub changes: &'m [Change],
    /// The revisions of all services, each service's in the order of its line.
    pub revisions: Vec<Revision>,
    /// Steps that wait for each other: then there is nothing to explore.
    pub contradiction: Option<Contradiction>,
    pub(super) lines: Vec<Line>,
    pub(super) columns: Columns,
    pub(super) effects: BTreeMap<StepId, StepEffects>,
    pub(super) order: Order,
    pub(super) index: Index<'m>,
}

impl<'m> World<'m> {
    /// The facts of a model's changes.
    #[must_use]
    pub fn of(model: &'m Model) -> Self {
        let changes = model.changes.as_slice();
        let (columns, effects) = Columns::of(changes);
        let mut world = Self {
            changes,
            revisions: Vec::new(),
            contradiction: None,
            lines: Vec::new(),
            columns,
            effects,
            order: Order::default(),
            index: Index::default(),
        };
        let mut nodes = line::nodes(changes);
        let draft = Draft::of(changes, &mut nodes);
        if let Err(contradiction) = world.arrange(draft, &nodes) {
            world.contradiction = Some(contradiction);
        }
        world
    }

    fn arrange(&mut self, mut draft: Draft, nodes: &[Node<'_>]) -> Result<(), Contradiction> {
        let (before, _) = draft.closure()?;
        for line in line::arrange(nodes, &before) {
            draft.add_line(&line);
            self.lines.extend(Line::of(self.revisions.len(), &line));
            let mut older: Option<Revision> = None;
            for node in line {
                let Some(revision) = Revision::of(node, older.as_ref(), &self.columns) else {
                    continue;
                };
                self.revisions.push(revision.clone());
                older = Some(revision);
            }
        }
        self.order = draft.finish(self.changes, &self.lines)?;
        let retired = |at| self.retired(at);
        self.index = Index::of(
            &self.columns,
            &self.effects,
            &self.revisions,
            &self.lines,
            &self.order,
            retired,
        );
        Ok(())
    }

    /// The name of a column.
    #[must_use]
    pub fn column(&self, column: ColumnId) -> &Column {
        static NONE: Column = Column {
            table: String::new(),
            column: String::new(),
        };
        self.columns.name(column).unwrap_or(&NONE)
    }

    /// The step with its text; `None` for the beginning of a change.
    #[must_use]
    pub fn step(&self, at: StepId) -> Option<Step<'m>> {
        let change = self.changes.get(at.change)?;
        change.steps().into_iter().nth(at.step.checked_sub(1)?)
    }

    /// Where a step is written; the change itself for its beginning.
    #[must_use]
    pub fn span(&self, at: StepId) -> Span {
        let change = self.changes.get(at.change).map(|change| change.span);
        self.step(at).map(|step| step.span()).or(change).unwrap_or_default()
    }

    /// The columns that a step takes away, and how.
    pub(super) fn ops(&self, at: StepId) -> &[Op] {
        self.effects.get(&at).map_or(&[], |effects| &effects.ops)
    }

    /// The service and version that a step gives up.
    fn retired(&self, at: StepId) -> Option<(ThingId, &'m Version)> {
        match self.step(at) {
            Some(Step::Retire(retire)) => Some((retire.service.id, &retire.version.value)),
            _ => None,
        }
    }

    /// Whether a revision leaves a column without what it should hold: it writes the datum, or inserts rows, and does not
    /// write the column. Whether a default fills it is asked of the state.
    pub(super) fn leaves_out(&self, revision: &Revision, column: ColumnId) -> bool {
        if revision.writes.contains(&column) || !self.is_known(revision, column) {
            return false;
        }
        let nature = self.columns.nature(column);
        match self.columns.datum(column) {
            Some(datum) => !revision.writes.is_disjoint(datum),
            // A nullable column that holds nothing else's data may be left out.
            None => nature.nullable == Some(false) && nature.added && self.writes_table_of(revision, column),
        }
    }

    /// Whether a revision inserts rows that do not name a column, as far as the changes show. `from_start`: the column
    /// demanded a value before the first step.
    pub(super) fn inserts_without(&self, revision: &Revision, column: ColumnId, from_start: bool) -> bool {
        let writes = revision.writes.contains(&column) || !self.writes_table_of(revision, column);
        if writes || !self.is_known(revision, column) {
            return false;
        }
        let mut own = self
            .revisions
            .iter()
            .filter(|other| other.service == revision.service && other.writes.contains(&column));
        if from_start {
            // What runs when a change begins and leaves it out does well: it changes rows, and does not insert any.
            return own.any(|other| other.is_from);
        }
        let datum = self.columns.datum(column);
        let same_datum = datum.is_some_and(|datum| !revision.writes.is_disjoint(datum));
        self.columns.nature(column).added || same_datum || own.next().is_some()
    }

    fn writes_table_of(&self, revision: &Revision, column: ColumnId) -> bool {
        let table = self.columns.table(column);
        let mut writes = revision.writes.iter();
        writes.any(|written| self.columns.table(*written) == table)
    }

    /// A revision of which no change says what it does with a column may do anything with it; but not with one that was not
    /// there yet.
    fn is_known(&self, revision: &Revision, column: ColumnId) -> bool {
        revision.known.contains(&column) || self.columns.nature(column).brought
    }

    /// The step that brings a column.
    #[must_use]
    pub fn added_by(&self, column: ColumnId) -> Option<StepId> {
        self.index.added_by(column)
    }

    /// The last backfill of a column.
    #[must_use]
    pub fn last_filled_by(&self, column: ColumnId) -> Option<StepId> {
        self.effects
            .keys()
            .rev()
            .copied()
            .find(|step| self.fills(*step, column))
    }

    /// The `retire` that gives a revision up.
    #[must_use]
    pub fn retired_by(&self, revision: usize) -> Option<StepId> {
        let service = self.revisions.get(revision)?.service;
        let line = self.lines.iter().find(|line| line.service == service)?;
        let found = self.index.retires_of(service).find(|retires| {
            let named = |index: &usize| {
                self.revisions
                    .get(*index)
                    .is_some_and(|other| retires.version.selects(&other.version))
            };
            let newest = line.revisions.iter().rfind(|index| named(index));
            newest.is_some_and(|newest| revision <= *newest)
        });
        found.and_then(|retires| self.order.events.get(retires.event).map(super::order::Event::step))
    }

    /// Whether a backfill fills a column.
    #[must_use]
    pub fn fills(&self, at: StepId, column: ColumnId) -> bool {
        self.effects
            .get(&at)
            .is_some_and(|effects| effects.filled.contains(&column))
    }

    /// Whether a revision leaves a column without what it should hold.
    #[must_use]
    pub fn leaves(&self, revision: usize, column: ColumnId) -> bool {
        self.revisions
            .get(revision)
            .is_some_and(|revision| self.leaves_out(revision, column))
    }

    /// The rollout of the first revision after this one that does not touch a column.
    #[must_use]
    pub fn rolled_out_without(&self, revision: usize, column: ColumnId) -> Option<StepId> {
        let line = self.lines.iter().find(|line| line.revisions.contains(&revision))?;
        let later = line
            .revisions
            .iter()
            .zip(&line.arrivals)
            .skip_while(|(index, _)| **index != revision);
        let mut free =
            later.filter(|(index, _)| self.revisions.get(**index).is_some_and(|other| !other.touches(column)));
        let (start, _) = free.find_map(|(_, arrival)| arrival.rollout)?;
        self.order.events.get(start).map(super::order::Event::step)
    }

    /// Revisions that were live when a step of a story began.
    #[must_use]
    pub fn live_at(&self, moment: &Moment, step: StepId) -> Vec<usize> {
        let ahead: Vec<StepId> = moment
            .story
            .iter()
            .map(|told| told.step)
            .take_while(|told| *told != step)
            .collect();
        let happened = |event: usize| {
            self.order.initial.contains(event)
                || self
                    .order
                    .events
                    .get(event)
                    .is_some_and(|event| event.steps.iter().any(|own| ahead.contains(own)))
        };
        let live = |line: &Line| line.revisions.get(line.position(happened)?).copied();
        self.lines.iter().filter_map(live).collect()
    }
}
