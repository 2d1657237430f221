//! `contract-before-last-use`

use super::tell::{self, Taking};
use crate::diagnostic::Diagnostic;
use crate::migrations::FailureKind;
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
    for (story, verdict) in context.stories {
        for failure in &verdict.failures {
            let Some(revision) = story.revisions.get(failure.revision) else {
                continue;
            };
            let (column, who) = (&failure.column, revision.shown());
            let by = match &failure.kind {
                FailureKind::Dropped { by } => *by,
                FailureKind::DroppedUnderTarget => failure.step,
                _ => continue,
            };
            let taking = Taking::of(story, by, column);
            let (taken, verb) = (taking.participle(), tell::verb(revision, column));
            let (message, label, help) = match &failure.kind {
                FailureKind::Dropped { .. } if by < failure.step => (
                    format!("`{column}` is {taken} before `{who}` is rolled out, which still {verb} it"),
                    format!("step {} needs it", failure.step),
                    "move the drop behind the last revision that touches the column".to_owned(),
                ),
                FailureKind::Dropped { .. } => (
                    format!("`{column}` is {taken} while `{who}` still {verb} it"),
                    format!("{verb} it until it is gone"),
                    format!(
                        "deploy a revision of `{}` that does not touch it, then drop it",
                        revision.name
                    ),
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
            let does = format!("step {by} {} it", taking.verb());
            let diagnostic = Diagnostic::new(&RULE, message, story.step_span(by), does)
                .label(revision.span, label)
                .help(help)
                .on("drop");
            let diagnostic = tell::statement(diagnostic, story, by, column);
            found.push(tell::steps(diagnostic, story, failure).about(revision.service));
        }
    }
}
