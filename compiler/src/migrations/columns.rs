//! The columns of all databases: what is known of each, which are there at the start, and which are one datum.

use std::collections::{BTreeMap, BTreeSet};

use super::effects::{self, Op, StepEffects};
use super::order::StepId;
use crate::lower::{Column, Val};
use crate::model::{Change, ThingId};
use crate::sql::{EffectKind, Effects};

/// A column of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnId(pub(super) usize);

/// What is known of a column that does not change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Nature {
    /// It may be null; `None` when nothing says.
    pub(super) nullable: Option<bool>,
    /// Rows that do not name it get a value.
    pub(super) defaulted: bool,
    /// A step adds it to a table that is there already.
    pub(super) added: bool,
    /// A step brings it, in whatever way.
    pub(super) brought: bool,
    /// It is there at the start.
    pub(super) present: bool,
}

type Key = (Option<ThingId>, Column);

/// Every column that a change, a schema or a statement names.
#[derive(Debug, Default)]
pub(super) struct Columns {
    keys: Vec<Key>,
    ids: BTreeMap<Key, ColumnId>,
    natures: Vec<Nature>,
    /// For each, a number of its table.
    tables: Vec<usize>,
    /// For each, the columns that are the same datum, itself included; empty where it is alone.
    data: Vec<BTreeSet<ColumnId>>,
    databases: Vec<Option<ThingId>>,
    /// Columns that each change names.
    spoken: Vec<BTreeSet<ColumnId>>,
}

impl Columns {
    /// The columns, and what each step does to them.
    pub(super) fn of(changes: &[Change]) -> (Self, BTreeMap<StepId, StepEffects>) {
        let mut columns = Self {
            databases: changes
                .iter()
                .map(|change| change.on.as_ref().map(|on| on.id))
                .collect(),
            ..Self::default()
        };
        columns.collect(changes);
        columns.natures = vec![Nature::default(); columns.keys.len()];
        columns.data = vec![BTreeSet::new(); columns.keys.len()];
        columns.join_moved(changes);
        let mut effects = effects::of(changes, &columns);
        for (change, settings) in changes.iter().enumerate() {
            let steps = StepId { change, step: 0 }..StepId {
                change: change + 1,
                step: 0,
            };
            let own = effects.range(steps);
            let mut spoken: BTreeSet<ColumnId> = own.flat_map(|(_, effects)| effects.columns()).collect();
            spoken.extend(named_by(settings).filter_map(|column| columns.find(change, column)));
            columns.spoken.push(spoken);
        }
        columns.find_natures(changes, &effects);
        for (at, effects) in &mut effects {
            effects.find_filled(at.change, &columns);
        }
        (columns, effects)
    }

    pub(super) fn name(&self, column: ColumnId) -> Option<&Column> {
        self.keys.get(column.0).map(|(_, name)| name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = ColumnId> + use<> {
        (0..self.keys.len()).map(ColumnId)
    }

    pub(super) fn nature(&self, column: ColumnId) -> Nature {
        self.natures.get(column.0).copied().unwrap_or_default()
    }

    /// The columns of a column's datum, itself included; `None` when it is alone.
    pub(super) fn datum(&self, column: ColumnId) -> Option<&BTreeSet<ColumnId>> {
        self.data.get(column.0).filter(|datum| !datum.is_empty())
    }

    /// A number that stands for the table of a column.
    pub(super) fn table(&self, column: ColumnId) -> Option<usize> {
        self.tables.get(column.0).copied()
    }

    pub(super) fn speaks_of(&self, change: usize, column: ColumnId) -> bool {
        self.spoken.get(change).is_some_and(|spoken| spoken.contains(&column))
    }

    pub(super) fn spoken_by(&self, change: usize) -> impl Iterator<Item = ColumnId> + '_ {
        self.spoken.get(change).into_iter().flatten().copied()
    }

    /// A column as a change writes it.
    pub(super) fn find(&self, change: usize, column: &Column) -> Option<ColumnId> {
        let database = self.databases.get(change).copied().flatten();
        self.ids.get(&(database, normal(column))).copied()
    }

    /// The known columns of a table, as a change writes it.
    pub(super) fn of_table(&self, change: usize, table: &str) -> Vec<ColumnId> {
        let database = self.databases.get(change).copied().flatten();
        let table = table_name(table);
        let first = Column {
            table: table.clone(),
            column: String::new(),
        };
        let from = self.ids.range((database, first)..);
        from.take_while(|((of, column), _)| *of == database && column.table == table)
            .map(|(_, id)| *id)
            .collect()
    }

    fn collect(&mut self, changes: &[Change]) {
        let mut keys: BTreeSet<Key> = BTreeSet::new();
        let mut renamed: Vec<(Option<ThingId>, String, String)> = Vec::new();
        for (change, settings) in changes.iter().enumerate() {
            let database = self.databases.get(change).copied().flatten();
            keys.extend(named_by(settings).map(|column| (database, normal(column))));
            let files = settings.files.iter().chain(&settings.schema);
            for effect in files.flat_map(|file| &file.effects.statements) {
                let named = effects::named(&effect.kind);
                keys.extend(named.iter().map(|column| (database, normal(column))));
                if let EffectKind::RenameTable { old, new } = &effect.kind {
                    renamed.push((database, table_name(old), table_name(new)));
                }
            }
        }
        // The columns of a table that gets another name are there under both.
        for (database, old, new) in renamed.iter().chain(renamed.iter().rev()) {
            let other = |table: &String| match table {
                table if table == old => Some(new.clone()),
                table if table == new => Some(old.clone()),
                _ => None,
            };
            let of_other = keys.iter().filter(|(of, _)| of == database).filter_map(|(of, column)| {
                let table = other(&column.table)?;
                let column = column.column.clone();
                Some((*of, Column { table, column }))
            });
            let of_other: Vec<Key> = of_other.collect();
            keys.extend(of_other);
        }
        self.ids = keys
            .iter()
            .enumerate()
            .map(|(index, key)| (key.clone(), ColumnId(index)))
            .collect();
        self.keys = keys.into_iter().collect();
        // They are sorted, those of a table beside each other.
        for (index, (database, column)) in self.keys.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| self.keys.get(before));
            let same = before.is_some_and(|(of, before)| of == database && before.table == column.table);
            let table = self.tables.last().map_or(0, |last| last + usize::from(!same));
            self.tables.push(table);
        }
    }

    /// Columns joined by `moves`, chains included.
    fn join_moved(&mut self, changes: &[Change]) {
        for (change, settings) in changes.iter().enumerate() {
            for moves in &settings.moves {
                let (Some(old), Some(new)) = (self.find(change, &moves.old.value), self.find(change, &moves.new.value))
                else {
                    continue;
                };
                let mut joined = BTreeSet::from([old, new]);
                for side in [old, new] {
                    joined.extend(self.datum(side).into_iter().flatten().copied());
                }
                for column in &joined {
                    if let Some(place) = self.data.get_mut(column.0) {
                        place.clone_from(&joined);
                    }
                }
            }
        }
    }

    /// What steps bring is not there before; what a schema has is, and without a schema all that no step brings.
    fn find_natures(&mut self, changes: &[Change], effects: &BTreeMap<StepId, StepEffects>) {
        for op in effects.values().flat_map(|effects| &effects.ops) {
            match *op {
                Op::Add {
                    column,
                    nullable,
                    defaulted,
                    new_table,
                    ..
                } => {
                    self.set(column, |nature| {
                        nature.nullable = Some(nullable);
                        nature.defaulted = defaulted;
                        nature.added = !new_table;
                        nature.brought = true;
                    });
                }
                Op::Rename { new, .. } => self.set(new, |nature| nature.brought = true),
                _ => {}
            }
        }
        for (change, settings) in changes.iter().enumerate() {
            if let Some(schema) = &settings.schema {
                self.read_schema(change, &schema.effects);
            }
        }
        let with_schema: BTreeSet<Option<ThingId>> = changes
            .iter()
            .filter(|change| change.schema.is_some())
            .map(|change| change.on.as_ref().map(|on| on.id))
            .collect();
        for column in self.all() {
            let known = self
                .keys
                .get(column.0)
                .is_some_and(|(database, _)| with_schema.contains(database));
            if !known {
                self.set(column, |nature| nature.present = !nature.brought);
            }
        }
    }

    fn read_schema(&mut self, change: usize, schema: &Effects) {
        for op in effects::ops(change, schema, self) {
            match op {
                Op::Add {
                    column,
                    nullable,
                    defaulted,
                    ..
                } => self.set(column, |nature| {
                    *nature = Nature {
                        nullable: Some(nullable),
                        defaulted,
                        added: false,
                        brought: false,
                        present: true,
                    };
                }),
                Op::Drop { column } => self.set(column, |nature| nature.present = false),
                Op::Rename { old, new } => {
                    let nature = self.nature(old);
                    self.set(old, |nature| nature.present = false);
                    self.set(new, |place| *place = nature);
                }
                // Of a column that nothing declares, one property is not enough to judge by.
                Op::NotNull { column, on } => self.set_present(column, |nature| nature.nullable = Some(!on)),
                Op::Default { column, on } => self.set_present(column, |nature| nature.defaulted = on),
            }
        }
    }

    fn set(&mut self, column: ColumnId, change: impl FnOnce(&mut Nature)) {
        if let Some(nature) = self.natures.get_mut(column.0) {
            change(nature);
        }
    }

    fn set_present(&mut self, column: ColumnId, change: impl FnOnce(&mut Nature)) {
        if self.nature(column).present {
            self.set(column, change);
        }
    }
}

/// Columns that the text of a change names; its SQL files aside.
fn named_by(change: &Change) -> impl Iterator<Item = &Column> {
    let lists = change.from.iter().chain(&change.deploy);
    let lists = lists.flat_map(|revision| [&revision.reads, &revision.writes]);
    let listed = lists.flatten().flat_map(|list: &Val<Vec<Column>>| &list.value);
    let moved = change
        .moves
        .iter()
        .flat_map(|moves| [&moves.old.value, &moves.new.value]);
    listed.chain(moved)
}

/// PostgreSQL folds names, and `public` is where it looks first.
pub(super) fn normal(column: &Column) -> Column {
    Column {
        table: table_name(&column.table),
        column: column.column.to_ascii_lowercase(),
    }
}

fn table_name(table: &str) -> String {
    let table = table.to_ascii_lowercase();
    match table.strip_prefix("public.") {
        Some(rest) => rest.to_owned(),
        None => table,
    }
}
