//! What one action does to a MySQL server.

use super::action::{Action, Change, ColumnSpec, ConstraintKind, Value};
use super::locks::{Held, Weight};
use super::schema::Schema;
use super::types::Type;
use crate::facts::mysql_ddl::{LONG_TEXT_MIN, Operation, SHORT_TEXT_MAX, lets_write};
use crate::facts::postgres_locks::{Lock, Work};

/// A definition waits for everybody; and while it copies, nobody writes.
pub(super) fn weigh(action: &Action, schema: &Schema, checks_keys: bool) -> Weight {
    let mut weight = Weight::default();
    let tables: Vec<&String> = match action {
        Action::AlterTable { table, .. } | Action::DropTable { table, .. } => vec![table],
        Action::CreateIndex(index) => vec![&index.table],
        Action::DropIndex { table: Some(table), .. } => vec![table],
        Action::Truncate { tables, .. } => tables.iter().collect(),
        _ => Vec::new(),
    };
    weight.held.extend(tables.iter().map(|table| Held {
        table: (*table).clone(),
        lock: Lock::AccessExclusive,
    }));
    if let Action::AlterTable { table, change } = action {
        let operation = operation(table, change, schema, checks_keys);
        weight.undecided = operation.is_none();
        if operation.is_some_and(|operation| !lets_write(operation)) {
            weight.work.push((Work::Rewrite, table.clone()));
            // Reads go on while the copy is written.
            weight.held.iter_mut().for_each(|held| held.lock = Lock::Share);
        }
    }
    weight
}

/// What the manual calls it; `None` where something about it is not known.
fn operation(table: &str, change: &Change, schema: &Schema, checks_keys: bool) -> Option<Operation> {
    Some(match change {
        Change::AddColumn(ColumnSpec {
            value: Value::Each | Value::Stored,
            ..
        }) => Operation::AddComputedColumn,
        Change::Redefine { old, column } => {
            let old = schema.type_of(table, old)?;
            if old == &column.kind || lengthens(old, &column.kind)? {
                Operation::Online
            } else {
                Operation::ChangeType
            }
        }
        Change::AddConstraint(constraint) => match constraint.kind {
            ConstraintKind::References(_) if checks_keys => Operation::AddForeignKey,
            ConstraintKind::Check => Operation::AddCheck,
            _ => Operation::Online,
        },
        Change::DropConstraint { name } if name.ends_with("_pkey") => Operation::DropPrimaryKey,
        Change::ConvertCharacterSet => Operation::ConvertCharacterSet,
        _ => Operation::Online,
    })
}

/// Whether text only becomes longer, in place; `None` where that depends on the character set, or on values of an enum.
fn lengthens(old: &Type, new: &Type) -> Option<bool> {
    match (old.name.as_str(), new.name.as_str()) {
        ("enum" | "set", "enum" | "set") => None,
        ("varchar", "varchar") => {
            let (Some(old), Some(new)) = (old.numbers.first(), new.numbers.first()) else {
                return None;
            };
            if new < old {
                return Some(false);
            }
            let same_size = *new <= SHORT_TEXT_MAX || LONG_TEXT_MIN <= *old;
            same_size.then_some(true)
        }
        _ => Some(false),
    }
}
