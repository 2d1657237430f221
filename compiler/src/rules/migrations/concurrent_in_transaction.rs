//! `concurrent-in-transaction`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};
use crate::sql::{Action, Wrap};

rule! {
    /// ## What it checks
    /// What PostgreSQL refuses inside a transaction stands outside of one.
    ///
    /// That is the CONCURRENTLY forms, VACUUM, and up to version 11 new values of enums. A value that was added to an enum is
    /// used after its transaction has ended.
    /// ## Why
    /// The statement fails, and with it the whole migration. Tools that send a file as one text make one transaction of it,
    /// although nothing in it says BEGIN.
    /// ## Source
    /// Measured on PostgreSQL 10 to 18: `CREATE INDEX CONCURRENTLY cannot run inside a transaction block`, `unsafe use of new
    /// value`. Several statements in one text are one transaction: PostgreSQL manual, "Multiple Statements in a Simple Query".
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
    /// BEGIN;
    /// CREATE INDEX CONCURRENTLY users_name ON users (name);
    /// COMMIT;
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
    /// CREATE INDEX CONCURRENTLY users_name ON users (name);
    /// ```
    411 "concurrent-in-transaction" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts {
        for ran in script.ran.iter().filter(|ran| ran.transaction.is_some()) {
            let shown = ran.action.shown();
            let used = ran.statement.texts.iter().find(|text| ran.new_values.contains(text));
            let adds = matches!(ran.action, Action::AddEnumValue { .. });
            let (message, help) = if ran.weight.alone {
                (
                    format!("`{shown}` is inside a transaction, where {} refuses it", script.server),
                    "put it into a file of its own that runs outside of a transaction",
                )
            } else if let Some(value) = used.filter(|_| !adds) {
                (
                    format!(
                        "`{shown}` uses '{value}' in the transaction that adds it, which {} refuses",
                        script.server
                    ),
                    "add the value in a file of its own, before this one",
                )
            } else {
                continue;
            };
            let begin = script
                .ran
                .iter()
                .find(|other| *other.action == Action::Begin && other.transaction == ran.transaction);
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, "fails here").help(help);
            let diagnostic = match (begin, script.wrap) {
                (Some(begin), _) => diagnostic.label(begin.statement.span, "the transaction begins here"),
                (None, Wrap::OneText(tool) | Wrap::Detected(tool)) => {
                    diagnostic.note(format!("{tool}, so its statements are one transaction"))
                }
                (None, Wrap::Unknown) => diagnostic,
            };
            found.push(statement::finish(diagnostic, script));
        }
    }
}
