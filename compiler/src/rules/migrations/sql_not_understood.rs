//! `sql-not-understood`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};
use crate::sql::EffectKind;

rule! {
    /// ## What it checks
    /// Every statement of the SQL files of a change is understood, and of a backfill it is seen which columns it fills.
    /// ## Why
    /// What is not understood is taken to do nothing to the columns that revisions name. A drop that hides in it would not be found.
    /// ## Source
    /// The statements that are understood: those that sqlparser reads in the dialect of the engine.
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
    ///   expand "migrations/1_index.sql"
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
    ///   expand "migrations/1_index.sql"
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
    for change in &context.model.changes {
        for file in change.files.iter().chain(&change.schema) {
            for (span, reason) in &file.effects.not_understood {
                let message = format!("a statement of `{}` is not understood", file.path);
                let diagnostic = Diagnostic::new(&RULE, message, *span, "taken to change no column")
                    .label(change.name.span, "part of this change")
                    .note(reason.trim_start_matches("sql parser error: ").to_owned());
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
