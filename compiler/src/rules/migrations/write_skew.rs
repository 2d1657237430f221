//! `write-skew`

use super::tell;
use crate::diagnostic::Diagnostic;
use crate::migrations::FailureKind;
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
    for (story, verdict) in context.stories {
        for failure in &verdict.failures {
            let FailureKind::Skewed { by } = &failure.kind else {
                continue;
            };
            let Some(revision) = story.revisions.get(failure.revision) else {
                continue;
            };
            let (column, who) = (&failure.column, revision.shown());
            let writers: Vec<_> = by.iter().filter_map(|index| story.revisions.get(*index)).collect();
            let names: Vec<String> = writers.iter().map(|writer| format!("`{}`", writer.shown())).collect();
            let verb = if names.len() == 1 { "does" } else { "do" };
            let message = format!(
                "`{who}` reads `{column}` while {} {verb} not write it",
                crate::diagnostic::listed(&names)
            );
            let mut diagnostic = Diagnostic::new(&RULE, message, revision.span, "reads it");
            for writer in writers.iter().filter(|writer| writer.span != revision.span) {
                diagnostic = diagnostic.label(
                    writer.span,
                    format!("live at step {}, and does not write `{column}`", failure.step),
                );
            }
            let help = match tell::added_by(story, column) {
                Some(_) => format!(
                    "deploy a revision in between that writes `{column}` too and does not read it yet, then backfill"
                ),
                // An old column: it is its readers that have to go first.
                None => format!("write `{column}` until no live revision reads it, and stop in a later revision"),
            };
            let diagnostic = diagnostic.help(help);
            found.push(tell::steps(diagnostic, story, failure).about(revision.service));
        }
    }
}
