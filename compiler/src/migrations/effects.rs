//! What the SQL file of a step does, in terms of columns.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{ColumnId, Columns};
use super::order::StepId;
use crate::lower::Column;
use crate::model::{Change, Step};
use crate::sql::{Action, EffectKind, Effects};

/// One thing that a statement does to one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// It is there from now on.
    Add {
        column: ColumnId,
        nullable: bool,
        defaulted: bool,
        /// With its table: there are no rows that could lack something.
        new_table: bool,
    },
    /// It is gone.
    Drop { column: ColumnId },
    /// It has another name.
    Rename { old: ColumnId, new: ColumnId },
    /// It must not be null, or may be.
    NotNull { column: ColumnId, on: bool },
    /// Rows that do not name it get a value, or none.
    Default { column: ColumnId, on: bool },
}

impl Op {
    /// The columns that it is about.
    pub(super) fn columns(self) -> [ColumnId; 2] {
        match self {
            Self::Add { column, .. }
            | Self::Drop { column }
            | Self::NotNull { column, .. }
            | Self::Default { column, .. } => [column, column],
            Self::Rename { old, new } => [old, new],
        }
    }

    /// The column that is no longer there under its name.
    pub(super) fn taken(self) -> Option<ColumnId> {
        match self {
            Self::Drop { column } | Self::Rename { old: column, .. } => Some(column),
            _ => None,
        }
    }
}

/// What a step does.
#[derive(Clone, Debug, Default)]
pub(super) struct StepEffects {
    /// In the order of the statements.
    pub(super) ops: Vec<Op>,
    /// Columns that a backfill fills.
    pub(super) filled: BTreeSet<ColumnId>,
    /// A backfill that does not show what it fills (a function, a loop).
    fills_unseen: bool,
}

impl StepEffects {
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnId> + '_ {
        self.ops
            .iter()
            .flat_map(|op| op.columns())
            .chain(self.filled.iter().copied())
    }

    /// A backfill that does not show what it fills is taken to fill what its change moves and adds.
    pub(super) fn find_filled(&mut self, change: usize, columns: &Columns) {
        if self.fills_unseen {
            let meant = |column: &ColumnId| columns.datum(*column).is_some() || columns.nature(*column).added;
            self.filled = columns.spoken_by(change).filter(meant).collect();
        }
    }
}

/// The effects of every SQL step.
pub(super) fn of(changes: &[Change], columns: &Columns) -> BTreeMap<StepId, StepEffects> {
    let mut all = BTreeMap::new();
    for (change, settings) in changes.iter().enumerate() {
        for (index, step) in settings.steps().into_iter().enumerate() {
            let (Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql)) = step else {
                continue;
            };
            // A file that could not be read was reported; it does what the step says it does.
            let file = settings.file(&sql.file.value.0).map(|file| &file.effects);
            let mut effects = StepEffects {
                ops: file.map(|file| ops(change, file, columns)).unwrap_or_default(),
                ..StepEffects::default()
            };
            if matches!(step, Step::Backfill(_)) {
                effects.filled = file.map(|file| filled(change, file, columns)).unwrap_or_default();
                let unread = file.is_none_or(|file| !file.not_understood.is_empty());
                effects.fills_unseen = effects.filled.is_empty() || unread;
            }
            let step = index + 1;
            all.insert(StepId { change, step }, effects);
        }
    }
    all
}

/// What a file does, statement by statement.
pub(super) fn ops(change: usize, file: &Effects, columns: &Columns) -> Vec<Op> {
    let find = |column: &Column| columns.find(change, column);
    let of = |table: &str, column: &str| {
        find(&Column {
            table: table.to_owned(),
            column: column.to_owned(),
        })
    };
    let mut ops = Vec::new();
    for effect in &file.statements {
        match &effect.kind {
            EffectKind::AddTable { table, columns } => {
                ops.extend(columns.iter().filter_map(|new| {
                    Some(Op::Add {
                        column: of(table, &new.name)?,
                        nullable: new.nullable,
                        defaulted: new.defaulted,
                        new_table: true,
                    })
                }));
            }
            EffectKind::AddColumn { table, column: new } => ops.extend(of(table, &new.name).map(|column| Op::Add {
                column,
                nullable: new.nullable,
                defaulted: new.defaulted,
                new_table: false,
            })),
            EffectKind::DropColumn(column) => ops.extend(find(column).map(|column| Op::Drop { column })),
            EffectKind::DropTable(table) => {
                let dropped = columns.of_table(change, table);
                ops.extend(dropped.into_iter().map(|column| Op::Drop { column }));
            }
            EffectKind::RenameColumn { old, new } => {
                ops.extend(find(old).zip(find(new)).map(|(old, new)| Op::Rename { old, new }));
            }
            EffectKind::RenameTable { old, new } => {
                ops.extend(columns.of_table(change, old).into_iter().filter_map(|old| {
                    let column = &columns.name(old)?.column;
                    of(new, column).map(|new| Op::Rename { old, new })
                }));
            }
            EffectKind::SetNotNull(column) => {
                ops.extend(find(column).map(|column| Op::NotNull { column, on: true }));
            }
            EffectKind::DropNotNull(column) => {
                ops.extend(find(column).map(|column| Op::NotNull { column, on: false }));
            }
            EffectKind::SetDefault(column) => {
                ops.extend(find(column).map(|column| Op::Default { column, on: true }));
            }
            EffectKind::DropDefault(column) => {
                ops.extend(find(column).map(|column| Op::Default { column, on: false }));
            }
            EffectKind::Write { .. } | EffectKind::Other => {}
        }
    }
    ops
}

/// The columns that a file writes in rows.
fn filled(change: usize, file: &Effects, columns: &Columns) -> BTreeSet<ColumnId> {
    let actions = file.script.iter().flat_map(|statement| &statement.actions);
    let named = actions.flat_map(|action| match action {
        Action::Write(write) => write.columns.iter().map(|column| (&write.table, column)).collect(),
        _ => Vec::new(),
    });
    let find = |(table, column): (&String, &String)| {
        let (table, column) = (table.clone(), column.clone());
        columns.find(change, &Column { table, column })
    };
    named.filter_map(find).collect()
}

/// The columns that an effect names.
pub(super) fn named(effect: &EffectKind) -> Vec<Column> {
    let of = |table: &str, column: &str| Column {
        table: table.to_owned(),
        column: column.to_owned(),
    };
    match effect {
        EffectKind::AddTable { table, columns } => columns.iter().map(|new| of(table, &new.name)).collect(),
        EffectKind::AddColumn { table, column } => vec![of(table, &column.name)],
        EffectKind::Write { table, columns } => columns.iter().map(|column| of(table, column)).collect(),
        EffectKind::RenameColumn { old, new } => vec![old.clone(), new.clone()],
        EffectKind::DropColumn(column)
        | EffectKind::SetNotNull(column)
        | EffectKind::DropNotNull(column)
        | EffectKind::SetDefault(column)
        | EffectKind::DropDefault(column) => vec![column.clone()],
        EffectKind::DropTable(_) | EffectKind::RenameTable { .. } | EffectKind::Other => Vec::new(),
    }
}
