//! `read-before-complete`

use super::tell;
use crate::diagnostic::Diagnostic;
use crate::migrations::{Failure, FailureKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What a revision reads was made complete: a column that another's data moves to is read only after a backfill that began and ended
    /// while every live revision wrote it.
    /// ## Why
    /// Rows from before the backfill are empty in the new column, and so are rows that an old revision writes after it. The new code
    /// reads them as missing data, and often writes that back.
    /// ## Source
    /// Expand and contract in six steps: expand, write both, backfill, read new, write new only, contract (strong_migrations, pgroll).
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
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
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
    402 "read-before-complete" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let world = context.world;
    let incomplete = |failure: &&Failure| failure.kind == FailureKind::Incomplete;
    for failure in context.explored.failures.iter().filter(incomplete) {
        let Some(revision) = world.revisions.get(failure.revision) else {
            continue;
        };
        let (column, who) = (world.column(failure.column), revision.shown());
        let message = format!("`{who}` reads `{column}`, which old rows do not fill yet");
        let span = revision.span_of(failure.column);
        let diagnostic = Diagnostic::new(&RULE, message, span, "reads it").help(format!(
            "backfill `{column}` before, while every live revision writes it"
        ));
        let diagnostic = tell::backfills(diagnostic, world, failure);
        found.push(tell::story(diagnostic, world, &failure.moment).about(revision.service));
    }
}
