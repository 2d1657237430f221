//! `destructive-with-deploy`

use super::statement;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Step;
use crate::rules::{Context, rule};
use crate::sql::{Action, Change, EffectKind, Role, Script};

rule! {
    /// ## What it checks
    /// Only `contract` steps take anything away: no drop or rename in an `expand` or `backfill` file.
    ///
    /// Of a folder of migrations it is not known what runs beside each file; there a drop is a note.
    /// ## Why
    /// An `expand` runs ahead of the rollout, while the old revision still serves everything. What it drops is missed at once, and a rollback
    /// of the code does not bring it back.
    /// ## Source
    /// "App deploy and destructive migration together: old pods crash during the rolling update" is the first footgun of database
    /// operations with rolling updates; a rename breaks old and new code in either order.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change cleanup {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_cleanup.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads users.name; writes users.name }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_cleanup.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ALTER TABLE users DROP COLUMN legacy_id;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change cleanup {
    ///   on       orders-db
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy   api 2.1 { reads users.name; writes users.name }
    ///   contract "migrations/2_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/2_drop.sql
    /// ALTER TABLE users DROP COLUMN legacy_id;
    /// ```
    405 "destructive-with-deploy" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts.iter().filter(|script| script.role == Role::Migration) {
        note(script, found);
    }
    for change in &context.model.changes {
        for step in change.steps() {
            let (kind, sql) = match step {
                Step::Expand(sql) => ("expand", sql),
                Step::Backfill(sql) => ("backfill", sql),
                Step::Deploy(_) | Step::Retire(_) | Step::Contract(_) => continue,
            };
            let Some(file) = change.file(&sql.file.value.0) else {
                continue;
            };
            let mut destructive = file.effects.destructive().peekable();
            let Some(first) = destructive.peek() else {
                continue;
            };
            let message = format!("the {kind} step {}", what(&first.kind));
            let mut diagnostic = Diagnostic::new(&RULE, message, sql.span, "runs ahead of the rollout").on("drop");
            for effect in destructive {
                diagnostic = diagnostic.label(effect.span, what(&effect.kind));
            }
            found
                .push(diagnostic.help(
                    "put it into a file of its own, in a `contract` step behind the last revision that needs it",
                ));
        }
    }
}

/// In a folder of migrations: renames have a rule of their own.
fn note(script: &Script<'_>, found: &mut Vec<Diagnostic>) {
    for ran in &script.ran {
        let gone = match ran.action {
            Action::DropTable { table, .. } if !ran.new.contains(table) && !script.makes(table) => {
                format!("table `{table}`")
            }
            Action::AlterTable {
                table,
                change: Change::DropColumn { column },
            } if !ran.new.contains(table) => format!("column `{table}.{column}`"),
            _ => continue,
        };
        let message = format!("the {gone} goes, and code that still names it fails");
        let diagnostic = Diagnostic::new(
            &RULE,
            message,
            ran.statement.span,
            "run it behind the last release that needs it",
        );
        found.push(statement::finish(diagnostic.at(Severity::Note), script));
    }
}

fn what(effect: &EffectKind) -> String {
    match effect {
        EffectKind::DropTable(table) => format!("drops the table `{table}`"),
        EffectKind::DropColumn(column) => format!("drops the column `{column}`"),
        EffectKind::RenameColumn { old, new } => format!("renames `{old}` to `{}`", new.column),
        EffectKind::RenameTable { old, new } => format!("renames the table `{old}` to `{new}`"),
        _ => "takes something away".to_owned(),
    }
}
