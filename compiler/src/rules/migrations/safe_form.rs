//! What to write instead of a statement that blocks, as SQL.

use crate::facts::postgres_locks::Kind;
use crate::sql::{Action, Change, ColumnSpec, Constraint, ConstraintKind, Family, Ran, Role, Script, quoted};

/// The form that does not block.
pub(super) fn of(script: &Script<'_>, ran: &Ran<'_>) -> String {
    if script.server.family == Family::MySql {
        return of_mysql(ran);
    }
    let known = match ran.action {
        Action::AlterTable { table, change } => of_change(script, ran, table, change),
        Action::RefreshView { view, .. } => Some(format!(
            "`REFRESH MATERIALIZED VIEW CONCURRENTLY {}`, which needs a unique index on it: reads go on",
            quoted(view)
        )),
        _ => None,
    };
    known.unwrap_or_else(|| {
        "no form of it lets others go on: copy into a new table in batches, with pg_repack for instance, or run it in a \
         maintenance window"
            .to_owned()
    })
}

fn of_mysql(ran: &Ran<'_>) -> String {
    let references = matches!(
        ran.action,
        Action::AlterTable { change: Change::AddConstraint(constraint), .. }
            if matches!(constraint.kind, ConstraintKind::References(_))
    );
    if references {
        return "`SET foreign_key_checks = 0` before it and `= 1` behind it: it is added in place, and the rows that are there are \
                not looked at"
            .to_owned();
    }
    "no form of it lets others write: copy into a new table in batches, with gh-ost or pt-online-schema-change; `ALGORITHM=INPLACE, \
     LOCK=NONE` in a statement makes the server refuse it instead"
        .to_owned()
}

/// Where what is no longer needed goes.
pub(super) fn later(script: &Script<'_>) -> &'static str {
    match script.role {
        Role::Migration => "in a later migration, when nothing names it any more",
        Role::Expand | Role::Backfill | Role::Contract => "in a `contract`",
    }
}

fn of_change(script: &Script<'_>, ran: &Ran<'_>, name: &str, change: &Change) -> Option<String> {
    let (server, table) = (script.server, quoted(name));
    match change {
        Change::AddColumn(column) => add_column(ran, name, column),
        Change::SetNotNull { column } => {
            let proof = quoted(&format!("{column}_not_null"));
            let column = quoted(column);
            let validate = format!("in a transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {proof}`");
            if server.declared && 18 <= server.major {
                return Some(format!(
                    "`ALTER TABLE {table} ADD CONSTRAINT {proof} NOT NULL {column} NOT VALID`, then {validate}: the scan lets \
                     others go on"
                ));
            }
            let check = format!("`ALTER TABLE {table} ADD CONSTRAINT {proof} CHECK ({column} IS NOT NULL) NOT VALID`");
            Some(if server.major < 12 {
                format!("{check}, {validate}, and keep that: before PostgreSQL 12 `SET NOT NULL` always scans")
            } else {
                format!("{check}, {validate}, then `SET NOT NULL`, which believes it and does not scan")
            })
        }
        Change::SetType { column, to, .. } => Some(match ran.old_type.as_ref().map(|old| old.name.as_str()) {
            Some("timestamp") if to.name == "timestamptz" && 12 <= server.major => format!(
                "`SET timezone = 'UTC'` before it: where the times are UTC, `{column}` becomes {to} without a rewrite"
            ),
            _ => format!(
                "add a column `{column}_new` of type {to}, write both, backfill in batches, read the new one, and drop \
                 `{column}` {}",
                later(script)
            ),
        }),
        Change::AddConstraint(constraint) => Some(add_constraint(name, constraint)),
        Change::AttachPartition { partition } => Some(format!(
            "before it `ALTER TABLE {} ADD CHECK (…) NOT VALID` with the bounds, and `VALIDATE CONSTRAINT`: a proved partition \
             is not scanned",
            quoted(partition)
        )),
        _ => None,
    }
}

/// `users_name_key`: what PostgreSQL calls it itself.
fn named(table: &str, columns: &str, suffix: &str) -> String {
    let short = table.rsplit('.').next().unwrap_or(table);
    quoted(&format!("{short}_{columns}_{suffix}"))
}

fn add_column(ran: &Ran<'_>, name: &str, spec: &ColumnSpec) -> Option<String> {
    let (table, column, kind) = (quoted(name), quoted(&spec.name), &spec.kind);
    let has = |kind| ran.weight.kinds.contains(&kind);
    if has(Kind::AddColumnStored) {
        return Some(format!(
            "`ALTER TABLE {table} ADD COLUMN {column} {kind}`, fill it in the code or a trigger, and old rows in batches"
        ));
    }
    if has(Kind::AddColumnComputed) || has(Kind::AddColumnFilled) {
        return Some(format!(
            "`ALTER TABLE {table} ADD COLUMN {column} {kind}`, then `ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …`, \
             and fill the old rows in batches: no rewrite"
        ));
    }
    if has(Kind::AddColumnUnique) {
        let key = named(name, &spec.name, "key");
        return Some(format!(
            "add the column without it, then `CREATE UNIQUE INDEX CONCURRENTLY {key} ON {table} ({column})`, and `ALTER TABLE \
             {table} ADD CONSTRAINT {key} UNIQUE USING INDEX {key}`"
        ));
    }
    let check = named(name, &spec.name, "check");
    has(Kind::AddColumnCheck).then(|| {
        format!(
            "add the column without it, then `ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (…) NOT VALID`, and in a \
             transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {check}`"
        )
    })
}

fn add_constraint(of: &str, constraint: &Constraint) -> String {
    let table = quoted(of);
    let columns: Vec<String> = constraint.columns.iter().map(|column| quoted(column)).collect();
    let columns = columns.join(", ");
    let name = |suffix: &str| match &constraint.name {
        Some(name) => quoted(name),
        None => named(of, &constraint.columns.join("_"), suffix),
    };
    match &constraint.kind {
        ConstraintKind::Unique | ConstraintKind::PrimaryKey if constraint.using_index.is_some() => {
            "prove first that its columns have no nulls, with a validated CHECK (… IS NOT NULL): no scan".to_owned()
        }
        ConstraintKind::Unique | ConstraintKind::PrimaryKey => {
            let (kind, name) = if constraint.kind == ConstraintKind::Unique {
                ("UNIQUE", name("key"))
            } else {
                ("PRIMARY KEY", name("pkey"))
            };
            format!(
                "`CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})` outside of a transaction, then `ALTER TABLE \
                 {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}`"
            )
        }
        ConstraintKind::Exclude => {
            "an exclusion constraint cannot be built while others write: add it to a new table and move \
                                    the rows, or run it in a maintenance window"
                .to_owned()
        }
        ConstraintKind::References(to) => format!(
            "`ALTER TABLE {table} ADD CONSTRAINT {0} FOREIGN KEY ({columns}) REFERENCES {1} (…) NOT VALID`, then in a transaction \
             of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {0}`: both tables can be written meanwhile",
            name("fkey"),
            quoted(to)
        ),
        ConstraintKind::Check | ConstraintKind::NotNull => format!(
            "the same with `NOT VALID`, then in a transaction of its own `ALTER TABLE {table} VALIDATE CONSTRAINT {}`: the scan \
             lets others go on",
            name("check")
        ),
    }
}
