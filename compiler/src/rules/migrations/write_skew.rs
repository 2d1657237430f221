//! `write-skew`

use super::tell;
use crate::diagnostic::{Diagnostic, listed};
use crate::migrations::{Failure, FailureKind, World};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Nobody reads a new column while a revision is live that writes the datum only to the old one.
    /// ## Why
    /// In the middle of a rollout both revisions serve. What the old one writes is invisible to the new one until somebody copies it, and
    /// a backfill that has already run does not do it again.
    /// ## Source
    /// Expand and contract in six steps: between "old" and "new" there must be a revision that reads old and writes both.
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
    403 "write-skew" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for failure in &context.explored.failures {
        if let FailureKind::Skewed { by } = &failure.kind {
            found.extend(skewed(context.world, failure, by));
        }
    }
}

fn skewed(world: &World<'_>, failure: &Failure, by: &[usize]) -> Option<Diagnostic> {
    let revision = world.revisions.get(failure.revision)?;
    let (column, who) = (world.column(failure.column), revision.shown());
    let names = tell::named(world, by.iter().copied());
    let verb = if names.len() == 1 { "does" } else { "do" };
    let message = format!("`{who}` reads `{column}` while {} {verb} not write it", listed(&names));
    let span = revision.span_of(failure.column);
    let mut diagnostic = Diagnostic::new(&RULE, message, span, "reads it");
    let writers = by.iter().filter_map(|index| world.revisions.get(*index));
    for writer in writers.filter(|writer| writer.span != span) {
        let text = format!(
            "live at {}, and does not write `{column}`",
            tell::when(world, &failure.moment)
        );
        diagnostic = diagnostic.label(writer.span, text);
    }
    let help = match world.added_by(failure.column) {
        Some(_) => {
            format!("deploy a revision in between that writes `{column}` too and does not read it yet, then backfill")
        }
        // An old column: it is its readers that have to go first.
        None => readers_first(world, failure).unwrap_or_else(|| {
            format!("write `{column}` until no live revision reads it, and stop in a later revision")
        }),
    };
    Some(tell::story(diagnostic.help(help), world, &failure.moment).about(revision.service))
}

/// Nothing orders who stops to write behind the rollout of a revision that does not need the column.
fn readers_first(world: &World<'_>, failure: &Failure) -> Option<String> {
    let at = failure.moment.at.filter(|at| at.step != 0)?;
    let free = world.rolled_out_without(failure.revision, failure.column)?;
    let reference = tell::reference(world, free).filter(|_| free.change != at.change)?;
    let name = &world.revisions.get(failure.revision)?.name;
    let step = tell::step(world, at);
    Some(format!(
        "order them: `after {reference}` in {step}; from there on `{name}` does not need the column"
    ))
}
