//! `rename-in-place`

use super::{safe_form, statement};
use crate::diagnostic::Diagnostic;
use crate::model::Step;
use crate::rules::{Context, rule};
use crate::sql::{Action, Change, Ran, Role};

rule! {
    /// ## What it checks
    /// No column and no table in use gets another name.
    ///
    /// Left out are tables that the same file creates, a name that the file gives to something else (a view in place of the
    /// table, a swap), and a `contract` of a change that says which columns its revisions touch: there the explorer judges.
    /// ## Why
    /// During a rollout two revisions run. The old one knows only the old name, the new one only the new: whenever the rename
    /// runs, one of them fails, and a rollback fails again.
    /// ## Source
    /// PostgreSQL: `column "…" does not exist` (42703), `relation "…" does not exist` (42P01). strong_migrations:
    /// rename_column, rename_table; squawk: renaming-column, renaming-table.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   contract "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users RENAME COLUMN name TO full_name;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    417 "rename-in-place" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts {
        for ran in &script.ran {
            let Some((old, new)) = renamed(ran) else { continue };
            let judged =
                script.role == Role::Contract && script.change.is_some_and(|change| has_revisions(context, change));
            // An `expand` or `backfill` that renames is `destructive-with-deploy`.
            let reported = matches!(script.role, Role::Expand | Role::Backfill);
            if judged || reported || script.makes(&old) {
                continue;
            }
            let message = format!("`{old}` becomes `{new}` while running code names it");
            let label = "old code fails after it, new code before it";
            let (short, later) = (new.rsplit('.').next().unwrap_or(&new), safe_form::later(script));
            let help =
                format!("add `{short}` beside it, write both, backfill, read the new one, and drop `{old}` {later}");
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, label).help(help);
            found.push(statement::finish(diagnostic, script));
        }
    }
}

/// The old name and the new one, where something in use is renamed.
fn renamed(ran: &Ran<'_>) -> Option<(String, String)> {
    let Action::AlterTable { table, change } = ran.action else {
        return None;
    };
    if ran.new.contains(table) {
        return None;
    }
    match change {
        Change::RenameColumn { old, new } => Some((format!("{table}.{old}"), format!("{table}.{new}"))),
        Change::Redefine { old, column } if *old != column.name => {
            Some((format!("{table}.{old}"), format!("{table}.{}", column.name)))
        }
        Change::Rename { new } => Some((table.clone(), new.clone())),
        _ => None,
    }
}

fn has_revisions(context: &Context<'_>, change: usize) -> bool {
    context.model.changes.get(change).is_some_and(|change| {
        !change.from.is_empty() || change.steps().iter().any(|step| matches!(step, Step::Deploy(_)))
    })
}
