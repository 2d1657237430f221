//! One moment of a story.

use std::collections::{BTreeMap, BTreeSet};

use super::story::{Nature, Story, normal};
use crate::lower::Column;
use crate::model::ThingId;
use crate::sql::{EffectKind, Effects, NewColumn};

/// Columns that are there and complete, and revisions that are live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) present: BTreeSet<Column>,
    /// Those that hold everything that they should.
    pub(super) complete: BTreeSet<Column>,
    /// Columns that must not be null, and the step that said so; 0 when it was so at the start.
    pub(super) not_null: BTreeMap<Column, usize>,
    /// Whether rows that do not name a column get a value; a column of which nothing says so is not in it.
    pub(super) defaulted: BTreeMap<Column, bool>,
    /// Columns that a step of the story took away, and which step.
    pub(super) dropped: BTreeMap<Column, usize>,
    /// Live revisions of each service: one, or two in the middle of a rollout.
    pub(super) live: BTreeMap<ThingId, Vec<usize>>,
}

impl State {
    pub(super) fn start(story: &Story<'_>) -> Self {
        let mut live: BTreeMap<ThingId, Vec<usize>> = BTreeMap::new();
        for (index, revision) in story.revisions.iter().enumerate().take(story.first) {
            live.entry(revision.service).or_default().push(index);
        }
        let declared =
            |column: &Column| Some((column.clone(), story.nature(column))).filter(|(_, it)| it.nullable.is_some());
        let at_start: Vec<(Column, Nature)> = story.present.iter().filter_map(declared).collect();
        let not_null = at_start.iter().filter(|(_, nature)| nature.nullable == Some(false));
        let mut state = Self {
            present: story.present.clone(),
            complete: story.present.clone(),
            not_null: not_null.map(|(column, _)| (column.clone(), 0)).collect(),
            defaulted: at_start
                .iter()
                .map(|(column, nature)| (column.clone(), nature.defaulted))
                .collect(),
            dropped: BTreeMap::new(),
            live,
        };
        state.settle(story);
        state
    }

    /// Every live revision.
    pub(super) fn live(&self) -> impl Iterator<Item = usize> + '_ {
        self.live.values().flatten().copied()
    }

    /// What live revisions leave out becomes incomplete.
    pub(super) fn settle(&mut self, story: &Story<'_>) {
        let live: Vec<_> = self.live().filter_map(|index| story.revisions.get(index)).collect();
        let defaulted = &self.defaulted;
        self.complete.retain(|column| {
            defaulted.get(column) == Some(&true) || !live.iter().any(|revision| story.leaves_out(revision, column))
        });
    }

    /// Live revisions that leave a column out at this moment.
    pub(super) fn leaving_out(&self, story: &Story<'_>, column: &Column) -> Vec<usize> {
        if self.defaulted.get(column) == Some(&true) {
            return Vec::new();
        }
        let leaves = |index: &usize| {
            story
                .revisions
                .get(*index)
                .is_some_and(|revision| story.leaves_out(revision, column))
        };
        self.live().filter(leaves).collect()
    }

    /// What an SQL file adds, renames and drops.
    pub(super) fn apply(&mut self, story: &Story<'_>, effects: &Effects, step: usize) {
        for effect in &effects.statements {
            match &effect.kind {
                EffectKind::AddTable { table, columns } => {
                    for new in columns {
                        let column = normal(&Column {
                            table: table.clone(),
                            column: new.name.clone(),
                        });
                        self.declare(&column, new, step);
                        // A new table has no rows that could lack something.
                        self.complete.insert(column.clone());
                        self.present.insert(column);
                    }
                }
                EffectKind::AddColumn { table, column: new } => {
                    let column = normal(&Column {
                        table: table.clone(),
                        column: new.name.clone(),
                    });
                    self.declare(&column, new, step);
                    if story.complete_at_birth(&column) {
                        self.complete.insert(column.clone());
                    }
                    self.present.insert(column);
                }
                EffectKind::DropColumn(column) => self.drop(&normal(column), step),
                EffectKind::DropTable(table) => {
                    for column in self.of_table(table) {
                        self.drop(&column, step);
                    }
                }
                EffectKind::RenameColumn { old, new } => self.rename(&normal(old), normal(new), step),
                EffectKind::RenameTable { old, new } => {
                    for column in self.of_table(old) {
                        let renamed = Column {
                            table: new.to_ascii_lowercase(),
                            column: column.column.clone(),
                        };
                        self.rename(&column, renamed, step);
                    }
                }
                EffectKind::SetNotNull(column) => {
                    self.not_null.insert(normal(column), step);
                }
                EffectKind::DropNotNull(column) => {
                    self.not_null.remove(&normal(column));
                }
                EffectKind::SetDefault(column) => {
                    self.defaulted.insert(normal(column), true);
                }
                EffectKind::DropDefault(column) => {
                    self.defaulted.insert(normal(column), false);
                }
                EffectKind::Write { .. } | EffectKind::Other => {}
            }
        }
        self.settle(story);
    }

    /// A column that was just added.
    fn declare(&mut self, column: &Column, new: &NewColumn, step: usize) {
        self.dropped.remove(column);
        self.defaulted.insert(column.clone(), new.defaulted);
        if !new.nullable {
            self.not_null.insert(column.clone(), step);
        }
    }

    /// Since which step a column refuses rows that do not name it; 0 when it was so at the start.
    pub(super) fn refuses_without(&self, column: &Column) -> Option<usize> {
        let without_default = self.defaulted.get(column) == Some(&false);
        self.not_null.get(column).copied().filter(|_| without_default)
    }

    fn of_table(&self, table: &str) -> Vec<Column> {
        let table = table.to_ascii_lowercase();
        self.present
            .iter()
            .filter(|column| column.table == table)
            .cloned()
            .collect()
    }

    fn drop(&mut self, column: &Column, step: usize) {
        self.present.remove(column);
        self.complete.remove(column);
        self.not_null.remove(column);
        self.defaulted.remove(column);
        self.dropped.insert(column.clone(), step);
    }

    fn rename(&mut self, old: &Column, new: Column, step: usize) {
        let complete = self.complete.contains(old);
        let (not_null, defaulted) = (self.not_null.get(old).copied(), self.defaulted.get(old).copied());
        self.drop(old, step);
        self.not_null.extend(not_null.map(|since| (new.clone(), since)));
        self.defaulted.extend(defaulted.map(|has| (new.clone(), has)));
        self.dropped.remove(&new);
        if complete {
            self.complete.insert(new.clone());
        }
        self.present.insert(new);
    }

    /// The columns that an SQL file takes away from what is there now.
    pub(super) fn taken_by(&self, effects: &Effects) -> BTreeSet<Column> {
        let mut taken = BTreeSet::new();
        for effect in &effects.statements {
            match &effect.kind {
                EffectKind::DropColumn(column) | EffectKind::RenameColumn { old: column, .. } => {
                    taken.insert(normal(column));
                }
                EffectKind::DropTable(table) | EffectKind::RenameTable { old: table, .. } => {
                    taken.extend(self.of_table(table));
                }
                _ => {}
            }
        }
        taken
    }
}
