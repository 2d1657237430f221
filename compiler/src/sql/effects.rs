//! What a statement does to the columns that running code names.

use loadline_grammar::Span;

use super::action::{Action, Change, ColumnSpec, ConstraintKind, Statement, Value};
use crate::facts::postgres_locks::Kind;
use crate::lower::Column;

/// What one file does, statement by statement.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// In order.
    pub statements: Vec<Effect>,
    /// Statements that were not understood, with the parser's reason.
    pub not_understood: Vec<(Span, String)>,
    /// The statements themselves.
    pub script: Vec<Statement>,
    /// Whether comments for a migration tool say that the file is one transaction, or none; `None` when they say nothing.
    pub transaction: Option<bool>,
}

/// One thing that a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The statement.
    pub span: Span,
    /// What it does.
    pub kind: EffectKind,
}

/// The effects that matter to running code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A table with its columns.
    AddTable {
        /// Its name.
        table: String,
        /// Its columns.
        columns: Vec<NewColumn>,
    },
    /// A table goes.
    DropTable(String),
    /// A table gets another name.
    RenameTable {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A column of an existing table.
    AddColumn {
        /// Its table.
        table: String,
        /// The column.
        column: NewColumn,
    },
    /// A column goes.
    DropColumn(Column),
    /// A column gets another name.
    RenameColumn {
        /// Before.
        old: Column,
        /// After.
        new: Column,
    },
    /// A column gets a default.
    SetDefault(Column),
    /// A column loses its default.
    DropDefault(Column),
    /// A column may no longer be null.
    SetNotNull(Column),
    /// A column may be null from now on.
    DropNotNull(Column),
    /// Rows are changed: which columns of which table.
    Write {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// Understood, and of no consequence to which columns there are.
    Other,
}

/// A column as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// It may be null.
    pub nullable: bool,
    /// Rows that do not name it get a value all the same.
    pub defaulted: bool,
}

impl Effects {
    /// Statements that take away what code may still use: drops and renames.
    pub fn destructive(&self) -> impl Iterator<Item = &Effect> {
        self.statements.iter().filter(|effect| {
            matches!(
                effect.kind,
                EffectKind::DropTable(_)
                    | EffectKind::DropColumn(_)
                    | EffectKind::RenameColumn { .. }
                    | EffectKind::RenameTable { .. }
            )
        })
    }
}

impl Effects {
    pub(super) fn add(&mut self, statement: Statement) {
        let span = statement.span;
        let kinds = statement.actions.iter().flat_map(of);
        self.statements.extend(kinds.map(|kind| Effect { span, kind }));
        self.script.push(statement);
    }
}

fn of(action: &Action) -> Vec<EffectKind> {
    match action {
        Action::CreateTable(new) => {
            let keys: Vec<&String> = new
                .constraints
                .iter()
                .filter(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
                .flat_map(|constraint| &constraint.columns)
                .collect();
            let columns = new.columns.iter().map(|spec| {
                let mut column = new_column(spec);
                column.nullable &= !keys.contains(&&column.name);
                column
            });
            vec![EffectKind::AddTable {
                table: new.name.clone(),
                columns: columns.collect(),
            }]
        }
        Action::DropTable { table, .. } => vec![EffectKind::DropTable(table.clone())],
        Action::AlterTable { table, change } => of_change(table, change),
        Action::Write(write) if write.kind == Kind::Update => vec![EffectKind::Write {
            table: write.table.clone(),
            columns: write.columns.clone(),
        }],
        _ => vec![EffectKind::Other],
    }
}

fn of_change(table: &str, change: &Change) -> Vec<EffectKind> {
    let column = |name: &str| Column {
        table: table.to_owned(),
        column: name.to_owned(),
    };
    match change {
        Change::AddColumn(spec) => vec![EffectKind::AddColumn {
            table: table.to_owned(),
            column: new_column(spec),
        }],
        Change::DropColumn { column: name } => vec![EffectKind::DropColumn(column(name))],
        Change::RenameColumn { old, new } => vec![EffectKind::RenameColumn {
            old: column(old),
            new: column(new),
        }],
        Change::Rename { new } => vec![EffectKind::RenameTable {
            old: table.to_owned(),
            new: renamed(table, new),
        }],
        Change::SetDefault { column: name } | Change::AddIdentity { column: name } => {
            vec![EffectKind::SetDefault(column(name))]
        }
        Change::DropDefault { column: name } => vec![EffectKind::DropDefault(column(name))],
        Change::SetNotNull { column: name } => vec![EffectKind::SetNotNull(column(name))],
        Change::DropNotNull { column: name } => vec![EffectKind::DropNotNull(column(name))],
        Change::Redefine { old, column: spec } => {
            let mut kinds = Vec::new();
            if *old != spec.name {
                kinds.push(EffectKind::RenameColumn {
                    old: column(old),
                    new: column(&spec.name),
                });
            }
            // What is not said again no longer holds.
            let column = column(&spec.name);
            kinds.push(if spec.not_null {
                EffectKind::SetNotNull(column.clone())
            } else {
                EffectKind::DropNotNull(column.clone())
            });
            kinds.push(if spec.value == Value::Null {
                EffectKind::DropDefault(column)
            } else {
                EffectKind::SetDefault(column)
            });
            kinds
        }
        // Rows written from now on must not be null, whether or not the old ones are looked at.
        Change::AddConstraint(constraint)
            if matches!(constraint.kind, ConstraintKind::NotNull | ConstraintKind::PrimaryKey)
                && !constraint.columns.is_empty() =>
        {
            let not_null = |name: &String| EffectKind::SetNotNull(column(name));
            constraint.columns.iter().map(not_null).collect()
        }
        _ => vec![EffectKind::Other],
    }
}

/// `ALTER TABLE shop.orders RENAME TO sales`: the table stays in its schema.
pub(super) fn renamed(table: &str, new: &str) -> String {
    match table.rsplit_once('.') {
        Some((schema, _)) if !new.contains('.') => format!("{schema}.{new}"),
        _ => new.to_owned(),
    }
}

fn new_column(spec: &ColumnSpec) -> NewColumn {
    NewColumn {
        name: spec.name.clone(),
        nullable: !spec.not_null,
        defaulted: spec.value != Value::Null,
    }
}
