//! `column-not-there`

use super::tell;
use crate::diagnostic::Diagnostic;
use crate::migrations::FailureKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every column that a live revision reads or writes is there: in the schema, or added by a step that has ended.
    /// ## Why
    /// A new instance that names a column before the migration added it fails with its first statement, and its readiness may not notice.
    /// ## Source
    /// PostgreSQL: `column "…" does not exist` (42703). What a file adds is read from its statements.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    ///   deploy   api 2.3 { reads users.full_name; writes users.full_name }
    ///   retire   api 2.2
    ///   contract "migrations/3_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: jobs/2_fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/3_drop.sql
    /// ALTER TABLE users DROP COLUMN name;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    ///   deploy   api 2.3 { reads users.full_name; writes users.full_name }
    ///   retire   api 2.2
    ///   contract "migrations/3_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: jobs/2_fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/3_drop.sql
    /// ALTER TABLE users DROP COLUMN name;
    /// ```
    404 "column-not-there" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (story, verdict) in context.stories {
        for failure in verdict
            .failures
            .iter()
            .filter(|failure| failure.kind == FailureKind::NotThere)
        {
            let Some(revision) = story.revisions.get(failure.revision) else {
                continue;
            };
            let (column, who) = (&failure.column, revision.shown());
            let verb = tell::verb(revision, column);
            let later = tell::added_by(story, column);
            let message = match later {
                Some(_) => format!("`{who}` {verb} `{column}` before it is added"),
                None => format!("`{who}` {verb} `{column}`, which nothing adds"),
            };
            let mut diagnostic = Diagnostic::new(&RULE, message, revision.span, format!("{verb} it"));
            diagnostic = match later {
                Some(step) => diagnostic
                    .label(story.step_span(step), format!("step {step} adds it"))
                    .help("move the `expand` step before this one"),
                None => diagnostic.help("add it in an `expand` step, or to the `schema` of the database"),
            };
            found.push(tell::steps(diagnostic, story, failure).about(revision.service));
        }
    }
}
