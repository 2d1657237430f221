//! `column-not-there`

use super::tell;
use crate::diagnostic::Diagnostic;
use crate::migrations::{Failure, FailureKind, World};
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
    let not_there = |failure: &&Failure| failure.kind == FailureKind::NotThere;
    for failure in context.explored.failures.iter().filter(not_there) {
        found.extend(not_there_for(context.world, failure));
    }
}

fn not_there_for(world: &World<'_>, failure: &Failure) -> Option<Diagnostic> {
    let revision = world.revisions.get(failure.revision)?;
    let (column, who) = (world.column(failure.column), revision.shown());
    let verb = tell::verb(revision, failure.column);
    let later = world.added_by(failure.column);
    let message = match later {
        Some(_) => format!("`{who}` {verb} `{column}` before it is added"),
        None => format!("`{who}` {verb} `{column}`, which nothing adds"),
    };
    let span = revision.span_of(failure.column);
    let mut diagnostic = Diagnostic::new(&RULE, message, span, format!("{verb} it"));
    diagnostic = match later {
        Some(step) => diagnostic.label(world.span(step), format!("{} adds it", tell::step(world, step))),
        None => diagnostic,
    };
    let here = failure.moment.at.map(|at| at.change);
    // What is moved is read when it is filled.
    let filled = world
        .last_filled_by(failure.column)
        .filter(|_| revision.reads.contains(&failure.column));
    let help = match later.map(|step| (step.change, tell::reference(world, filled.unwrap_or(step)))) {
        None => "add it in an `expand` step, or to the `schema` of the database".to_owned(),
        // Nothing orders the two changes.
        Some((change, Some(step))) if Some(change) != here => {
            format!("order them: `after {step}` in the step that comes too early, or in the first of its change")
        }
        Some(_) => "move the `expand` step before this one".to_owned(),
    };
    let diagnostic = tell::story(diagnostic.help(help), world, &failure.moment);
    Some(diagnostic.about(revision.service))
}
