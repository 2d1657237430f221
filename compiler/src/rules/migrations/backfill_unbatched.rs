//! `backfill-unbatched`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};
use crate::sql::Action;

rule! {
    /// ## What it checks
    /// An UPDATE or DELETE without anything that limits its rows is done in batches.
    ///
    /// `batch` of the step says so, or a LIMIT in the statement. Judged are statements without WHERE, and those whose WHERE
    /// only asks what is null or joins; tables that the same file creates are left out.
    /// ## Why
    /// One statement over all rows is one transaction: it locks every row it has touched until it ends, keeps vacuum from
    /// cleaning the whole database, and replicas fall behind. Batches give up their locks every few seconds.
    /// ## Source
    /// PostgreSQL: row locks are held to the end of the transaction, and dead rows stay while it runs. strong_migrations:
    /// "Backfilling data"; pgroll writes batches of 1,000.
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
    ///   backfill "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// UPDATE users SET nickname = name WHERE nickname IS NULL;
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
    ///   backfill "migrations/1_users.sql" { lock_timeout 2s; batch 5_000; pause 100ms }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// UPDATE users SET nickname = name WHERE nickname IS NULL;
    /// ```
    413 "backfill-unbatched" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts {
        if script.step.is_some_and(|step| step.batch.is_some()) {
            continue;
        }
        for ran in &script.ran {
            let Action::Write(write) = ran.action else { continue };
            if !write.unbounded || ran.new.contains(&write.table) {
                continue;
            }
            let message = format!("`{}` writes all rows in one transaction", ran.action.shown());
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, "nothing limits the rows");
            let limited = format!(
                "`… WHERE id IN (SELECT id FROM {} WHERE … LIMIT 5000)`, until none is left",
                write.table
            );
            let diagnostic = match script.step {
                Some(step) => diagnostic.label(step.span, "no `batch`").help(format!(
                    "write `{{ batch 5_000 }}` where it is run in batches, or in the file {limited}"
                )),
                None => diagnostic.help(limited),
            };
            found.push(statement::finish(diagnostic, script));
        }
    }
}
