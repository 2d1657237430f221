//! What to write instead of a statement that blocks, as SQL.

use crate::facts::postgres_locks::Kind;
use crate::sql::{Action, Change, ColumnSpec, Constraint, ConstraintKind, Ran, Server};

/// The form that does not block, for the first kind of a statement that has one.
pub(super) fn of(ran: &Ran<'_>, server: Server) -> String {
    let known = match ran.action {
        Action::AlterTable { table, change } => of_change(ran, table, change, server),
        Action::RefreshView { view, .. } => Some(format!(
            "`REFRESH MATERIALIZED VIEW CONCURRENTLY {view}`, which needs a unique index on it: reads go on"
        )),
        _ => None,
    };
    known.unwrap_or_else(|| {
        "no form of it lets others go on: copy into a new table in batches, with pg_repack for instance, or run it in a \
         maintenance window"
            .to_owned()
    })
}

fn of_change(ran: &Ran<'_>, table: &str, change: &Change, server: Server) -> Option<String> {
    match change {
        Change::AddColumn(column) => add_column(ran, table, column),
        Change::SetNotNull { column } if server.major < 12 => Some(format!(
            "`ALTER TABLE {table} ADD CONSTRAINT {column}_not_null CHECK ({column} IS NOT NULL) NOT VALID`, in a transaction of \
             its own `ALTER TABLE {table} VALIDATE CONSTRAINT {column}_not_null`, and keep that: before PostgreSQL 12 `SET NOT \
             NULL` always scans"
        )),
        Change::SetNotNull { column } if server.declared && 18 <= server.major => Some(format!(
            "`ALTER TABLE {table} ADD CONSTRAINT {column}_not_null NOT NULL {column} NOT VALID`, then in a transaction of its \
             own `ALTER TABLE {table} VALIDATE CONSTRAINT {column}_not_null`: the scan lets others go on"
        )),
        Change::SetNotNull { column } => Some(format!(
            "`ALTER TABLE {table} ADD CONSTRAINT {column}_not_null CHECK ({column} IS NOT NULL) NOT VALID`, in a transaction of \
             its own `ALTER TABLE {table} VALIDATE CONSTRAINT {column}_not_null`, then `SET NOT NULL`, which believes it and \
             does not scan"
        )),
        Change::SetType { column, to, .. } => Some(match ran.old_type.as_ref().map(|old| old.name.as_str()) {
            Some("timestamp") if to.name == "timestamptz" && 12 <= server.major => format!(
                "`SET timezone = 'UTC'` before it: where the times are UTC, `{column}` becomes {to} without a rewrite"
            ),
            _ => format!(
                "add a column `{column}_new {to}`, write both, backfill in batches, read the new one, and drop `{column}` in a \
                 `contract`"
            ),
        }),
        Change::AddConstraint(constraint) => Some(add_constraint(table, constraint)),
        Change::AttachPartition { partition } => Some(format!(
            "before it `ALTER TABLE {partition} ADD CHECK (…) NOT VALID` with the bounds, and `VALIDATE CONSTRAINT`: a proved \
             partition is not scanned"
        )),
        _ => None,
    }
}

fn add_column(ran: &Ran<'_>, table: &str, column: &ColumnSpec) -> Option<String> {
    let (name, kind) = (&column.name, &column.kind);
    let has = |kind| ran.weight.kinds.contains(&kind);
    if has(Kind::AddColumnStored) {
        return Some(format!(
            "`ALTER TABLE {table} ADD COLUMN {name} {kind}`, fill it in the code or a trigger, and old rows in batches"
        ));
    }
    if has(Kind::AddColumnComputed) || has(Kind::AddColumnFilled) {
        return Some(format!(
            "`ALTER TABLE {table} ADD COLUMN {name} {kind}`, then `ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT …`, and \
             fill the old rows in batches: no rewrite"
        ));
    }
    if has(Kind::AddColumnUnique) {
        return Some(format!(
            "add the column without it, then `CREATE UNIQUE INDEX CONCURRENTLY {table}_{name}_key ON {table} ({name})`, and \
             `ALTER TABLE {table} ADD CONSTRAINT {table}_{name}_key UNIQUE USING INDEX {table}_{name}_key`"
        ));
    }
    has(Kind::AddColumnCheck).then(|| {
        format!(
            "add the column without it, then `ALTER TABLE {table} ADD CONSTRAINT {table}_{name}_check CHECK (…) NOT VALID`, and \
             in a transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {table}_{name}_check`"
        )
    })
}

fn add_constraint(table: &str, constraint: &Constraint) -> String {
    let columns = constraint.columns.join(", ");
    let joined = constraint.columns.join("_");
    let name = |suffix: &str| {
        constraint
            .name
            .clone()
            .unwrap_or_else(|| format!("{table}_{joined}_{suffix}"))
    };
    match &constraint.kind {
        ConstraintKind::Unique | ConstraintKind::PrimaryKey => {
            let (kind, name) = match constraint.kind {
                ConstraintKind::Unique => ("UNIQUE", name("key")),
                _ => ("PRIMARY KEY", constraint.name.clone().unwrap_or_else(|| format!("{table}_pkey"))),
            };
            if constraint.using_index.is_some() {
                return format!("prove first that {columns} has no nulls, with a validated CHECK (… IS NOT NULL): no scan");
            }
            format!(
                "`CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})` outside of a transaction, then `ALTER TABLE \
                 {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}`"
            )
        }
        ConstraintKind::Exclude => {
            "an exclusion constraint cannot be built while others write: add it to a new table and move the rows, or run it in \
             a maintenance window"
                .to_owned()
        }
        ConstraintKind::References(to) => format!(
            "`ALTER TABLE {table} ADD CONSTRAINT {0} FOREIGN KEY ({columns}) REFERENCES {to} (…) NOT VALID`, then in a \
             transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {0}`: both tables can be written meanwhile",
            name("fkey")
        ),
        ConstraintKind::Check | ConstraintKind::NotNull => format!(
            "the same with `NOT VALID`, then in a transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {}`: the scan \
             lets others go on",
            name("check")
        ),
    }
}
