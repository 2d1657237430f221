//! `blocking-statement`

use super::{index_not_concurrent, safe_form, statement};
use crate::diagnostic::{Diagnostic, listed};
use crate::facts::postgres_locks::{Lock, Work};
use crate::rules::{Context, rule};
use crate::sql::{Action, Ran, Script};

rule! {
    /// ## What it checks
    /// No statement rewrites, reads or indexes a whole table under a lock that others wait for.
    ///
    /// Nor does one take that long behind such a lock that its transaction already holds. Tables that the same file creates
    /// are left out: nobody waits for them. What a statement does is looked up for the major version of the database's
    /// `engine`. With `require online_migrations` it is an error.
    /// ## Why
    /// Under ACCESS EXCLUSIVE nobody reads or writes, under SHARE and SHARE ROW EXCLUSIVE nobody writes, and locks are held to
    /// the end of the transaction. On a large table that is an outage as long as the work.
    /// ## Source
    /// MySQL 8.0 manual, "Online DDL Operations". Measured on PostgreSQL 10 to 18: locks from `pg_locks`, rewrites from `relfilenode`, scans from messages at `debug1`.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ALTER COLUMN name SET NOT NULL;
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
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ADD CONSTRAINT name_not_null CHECK (name IS NOT NULL) NOT VALID;
    /// ALTER TABLE users VALIDATE CONSTRAINT name_not_null;
    /// ALTER TABLE users ALTER COLUMN name SET NOT NULL;
    /// ```
    408 "blocking-statement" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let severity = statement::severity(context, RULE.severity);
    for script in context.scripts {
        for ran in &script.ran {
            // Index builds have a rule of their own.
            if index_not_concurrent::is_about(ran) || ran.weight.refused.is_some() {
                continue;
            }
            let diagnostic = by_itself(script, ran).or_else(|| behind_others(ran));
            found.extend(diagnostic.map(|found| statement::finish(found.at(severity), script)));
        }
    }
}

/// The statement's own lock lasts as long as its work.
fn by_itself(script: &Script<'_>, ran: &Ran<'_>) -> Option<Diagnostic> {
    let (work, table) = ran.work().next()?;
    let held = ran
        .held()
        .filter(|held| held.lock.blocks_writes())
        .max_by_key(|held| held.lock)?;
    let shown = ran.action.shown();
    let message = match work {
        Work::Rewrite => format!(
            "`{shown}` rewrites `{table}` while nobody can {} it",
            who_waits(held.lock)
        ),
        Work::Scan => format!(
            "`{shown}` reads all of `{table}` while nobody can {} it",
            who_waits(held.lock)
        ),
        Work::BuildIndex => format!(
            "`{shown}` builds an index while nobody can {} `{table}`",
            who_waits(held.lock)
        ),
        Work::CheckReferences => {
            let tables: Vec<String> = ran.held().map(|held| format!("`{}`", held.table)).collect();
            format!(
                "`{shown}` looks up every row while nobody can write {}",
                listed(&tables)
            )
        }
    };
    let label = format!(
        "{} on `{}`, on {}",
        statement::lock(held.lock, script.server),
        held.table,
        script.server
    );
    let mut diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, label);
    if let Some(from) = &ran.old_type {
        diagnostic = diagnostic.note(format!("the column is {from} now"));
    }
    Some(diagnostic.help(safe_form::of(script, ran)))
}

/// What takes long behind a lock that the transaction took before.
fn behind_others(ran: &Ran<'_>) -> Option<Diagnostic> {
    let long = match ran.action {
        Action::Write(write) => write.unbounded && !ran.new.contains(&write.table),
        _ => ran.work().next().is_some(),
    };
    let (held, by) = ran
        .before
        .iter()
        .filter(|(held, by)| held.lock.blocks_writes() && by.span != ran.statement.span)
        .max_by_key(|(held, _)| held.lock)
        .filter(|_| long)?;
    let message = format!(
        "`{}` runs while its transaction keeps everybody from {} `{}`",
        ran.action.shown(),
        if held.lock.blocks_reads() {
            "reading and writing"
        } else {
            "writing"
        },
        held.table
    );
    let label = "takes as long as the table is large";
    Some(
        Diagnostic::new(&RULE, message, ran.statement.span, label)
            .label(
                by.span,
                format!(
                    "{} on `{}` from here to the end of the transaction",
                    held.lock.name(),
                    held.table
                ),
            )
            .help(
                "end the transaction before it: put it into a file of its own, or write `COMMIT; BEGIN;` between them",
            ),
    )
}

/// What nobody can do meanwhile.
pub(super) fn who_waits(lock: Lock) -> &'static str {
    if lock.blocks_reads() { "read or write" } else { "write" }
}
