//! `contract-before-last-use`

use super::tell::{self, Taking};
use crate::diagnostic::Diagnostic;
use crate::migrations::{Failure, FailureKind, StepId, World};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A column is dropped only when no live revision and no rollback target touches it any more.
    /// ## Why
    /// During a rollout old and new instances run side by side, and a terminating one still writes. A column that goes while one of them
    /// uses it makes every one of its statements fail; a rollback to a revision that needs it cannot work.
    /// ## Source
    /// PostgreSQL: a statement that names a dropped column fails, as do prepared `SELECT *` ("cached plan must not change result
    /// type", measured on 18). A Deployment's rollout is complete while old pods still terminate (progress.go).
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
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    ///   contract "migrations/3_drop.sql" { lock_timeout 2s }
    ///   deploy   api 2.3 { reads users.full_name; writes users.full_name }
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
    401 "contract-before-last-use" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for failure in &context.explored.failures {
        found.extend(taken_too_early(context.world, failure));
    }
}

fn taken_too_early(world: &World<'_>, failure: &Failure) -> Option<Diagnostic> {
    let revision = world.revisions.get(failure.revision)?;
    let by = match &failure.kind {
        FailureKind::Dropped { by } => *by,
        FailureKind::DroppedUnderTarget => failure.moment.at?,
        _ => return None,
    };
    let (column, who) = (world.column(failure.column), revision.shown());
    let taking = Taking::of(world, by, failure.column);
    let (taken, verb) = (taking.participle(), tell::verb(revision, failure.column));
    let (message, label, help) = match &failure.kind {
        FailureKind::Dropped { .. } if failure.moment.at != Some(by) => (
            format!("`{column}` is {taken} before `{who}` is rolled out, which still {verb} it"),
            format!("{} needs it", tell::when(world, &failure.moment)),
            "move the drop behind the last revision that touches the column".to_owned(),
        ),
        FailureKind::Dropped { .. } => (
            format!("`{column}` is {taken} while `{who}` still {verb} it"),
            format!("{verb} it until it is gone"),
            ways_out(world, failure, by),
        ),
        _ => (
            format!("`{column}` is {taken} while `{who}` can still be rolled back to"),
            format!("{verb} it"),
            format!("add `retire {who}` before this step, when no rollback to it is wanted any more"),
        ),
    };
    // Two revisions cannot agree on one name while both run: a rename is an addition and a removal.
    let help = match taking {
        Taking::Renames => {
            "add the new column beside it in an `expand`, say `moves OLD to NEW`, and drop this one in a `contract`"
                .to_owned()
        }
        Taking::Drops => help,
    };
    let does = format!("{} {} it", tell::step(world, by), taking.verb());
    let diagnostic = Diagnostic::new(&RULE, message, world.span(by), does)
        .label(revision.span_of(failure.column), label)
        .help(help)
        .on("drop");
    let diagnostic = tell::statement(diagnostic, world, by, failure.column);
    Some(tell::story(diagnostic, world, &failure.moment).about(revision.service))
}

/// What to do about a column that goes while a live revision needs it.
fn ways_out(world: &World<'_>, failure: &Failure, by: StepId) -> String {
    let name = world
        .revisions
        .get(failure.revision)
        .map_or("", |revision| revision.name.as_str());
    let free = world.rolled_out_without(failure.revision, failure.column);
    match free.map(|step| (step, tell::reference(world, step))) {
        Some((step, Some(reference))) if step.change != by.change => {
            format!("order them: `after {reference}` in this step; from there on `{name}` does not touch the column")
        }
        Some((step, _)) if by < step => {
            format!(
                "move it behind {}, which rolls out a revision of `{name}` that does not touch it",
                tell::step(world, step)
            )
        }
        _ => format!("deploy a revision of `{name}` that does not touch it, then drop it"),
    }
}
