//! `statement-not-expand`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::facts::postgres_locks::Kind;
use crate::rules::{Context, rule};
use crate::sql::{Action, Change, Ran, Role, Script};

rule! {
    /// ## What it checks
    /// An `expand` file does nothing that running code notices.
    ///
    /// It empties no table, and takes away no view, type, value of an enum, schema or right to see rows. Drops and renames of
    /// tables and columns are `destructive-with-deploy`.
    /// ## Why
    /// An `expand` runs while the old revision serves everything. What it names must be there until it is gone, rollbacks
    /// included. Where the deployment then hangs, the outage lasts until somebody has mended it.
    /// ## Source
    /// The class of each statement (compatible with the code before it, or not) is from the list of squawk 2.63 and
    /// strong_migrations 2.8. Val Town, 2025: the migration ran, the deployment behind it hung, and the old code failed for 12
    /// minutes on the new schema.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
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
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TYPE mood ADD VALUE 'fine';
    /// ```
    407 "statement-not-expand" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts.iter().filter(|script| script.role == Role::Expand) {
        for ran in &script.ran {
            let Some(lost) = noticed(script, ran) else { continue };
            let message = format!("`{}` is no `expand`: {lost}", ran.action.shown());
            let mut diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, "running code notices it");
            if let Some(span) = script.step_span() {
                diagnostic = diagnostic.label(span, "runs while the old revision serves");
            }
            let help = "put it into a `contract`, behind the last revision that needs what it takes away";
            found.push(statement::finish(diagnostic.help(help), script));
        }
    }
}

/// What running code misses afterwards.
fn noticed(script: &Script<'_>, ran: &Ran<'_>) -> Option<&'static str> {
    let is_new = |table: &String| ran.new.contains(table);
    match ran.action {
        Action::Truncate { tables, .. } if !tables.iter().all(is_new) => Some("the rows are gone"),
        Action::DropView { view } if !script.makes(view) => Some("who reads the view fails"),
        Action::DropType { name, .. } if !script.makes(name) => Some("columns and casts of the type are gone"),
        Action::RenameEnumValue { .. } => Some("who writes the old value fails"),
        Action::AlterTable { table, change } if !is_new(table) => match change {
            Change::Plain(Kind::SetSchema) => Some("its old name is gone"),
            Change::Plain(Kind::RowSecurity) if !has_policy(script, table) => {
                Some("without a policy nobody but the owner sees a row")
            }
            _ => None,
        },
        _ => None,
    }
}

fn has_policy(script: &Script<'_>, of: &str) -> bool {
    let is_policy = |ran: &Ran<'_>| matches!(ran.action, Action::On { kind: Kind::Policy, table } if table == of);
    script.ran.iter().any(is_policy)
}
