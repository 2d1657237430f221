//! `sql-not-understood`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::facts::postgres_locks::UNKNOWN_SYNTAX;
use crate::rules::{Context, rule};
use crate::sql::EffectKind;

rule! {
    /// ## What it checks
    /// Every statement of the SQL files of a change is understood, here and by the declared version of the server.
    ///
    /// Of a backfill it is seen which columns it fills.
    /// ## Why
    /// What is not understood is taken to do nothing to the columns that revisions name. A drop that hides in it would not be found.
    /// ## Source
    /// The statements that are understood are those of PostgreSQL and MySQL that define, change or drop tables, columns, types,
    /// constraints and indexes, write rows, or are about sessions and transactions (docs/decisions/024).
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change index {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_index.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_index.sql
    /// FROBNICATE TABLE users;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change index {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_index.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_index.sql
    /// CREATE INDEX CONCURRENTLY users_name ON users (name);
    /// ```
    419 "sql-not-understood" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // Files of a folder belong to no change.
    for script in context.scripts.iter().filter(|script| script.change.is_none()) {
        for (span, reason) in &script.effects.not_understood {
            let message = format!("a statement of `{}` is not understood", script.path);
            let diagnostic = Diagnostic::new(&RULE, message, *span, "not judged");
            found.push(diagnostic.note(reason.clone()));
        }
    }
    for script in context.scripts.iter().filter(|script| script.server.declared) {
        for ran in script
            .ran
            .iter()
            .filter(|ran| ran.weight.refused == Some(UNKNOWN_SYNTAX))
        {
            let message = format!("{} does not know `{}`", script.server, ran.action.shown());
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, "a later version has it");
            found.push(statement::finish(diagnostic, script));
        }
    }
    for change in &context.model.changes {
        for file in change.files.iter().chain(&change.schema) {
            for (span, reason) in &file.effects.not_understood {
                let message = format!("a statement of `{}` is not understood", file.path);
                let diagnostic = Diagnostic::new(&RULE, message, *span, "taken to change no column")
                    .label(change.name.span, "part of this change")
                    .note(reason.clone());
                found.push(diagnostic);
            }
        }
        for step in &change.backfill {
            let Some(file) = change.file(&step.file.value.0) else {
                continue;
            };
            let writes = file
                .effects
                .statements
                .iter()
                .any(|effect| matches!(effect.kind, EffectKind::Write { .. }));
            if writes || !file.effects.not_understood.is_empty() {
                continue;
            }
            let message = format!("`{}` does not show which columns it fills", file.path);
            let diagnostic = Diagnostic::new(&RULE, message, step.span, "taken to fill all columns of this change");
            found.push(diagnostic.help("an `UPDATE table SET column = …` is seen; a function or loop is not"));
        }
    }
}
