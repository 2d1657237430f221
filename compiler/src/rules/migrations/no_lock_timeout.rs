//! `no-lock-timeout`

use super::statement;
use crate::diagnostic::{Diagnostic, counted};
use crate::rules::{Context, rule};
use crate::sql::{Family, Held, Ran};

rule! {
    /// ## What it checks
    /// Before a statement waits for a lock that others wait for, a lock timeout is set.
    ///
    /// It is set in the file, by `lock_timeout` of the step, or by `lock_timeout` of a `migrate` that uses the database. One
    /// finding for a file, at the first such statement.
    /// ## Why
    /// An instant statement is not instant when a long query holds the table: it waits, and every later statement waits behind
    /// it, plain reads too if it wants ACCESS EXCLUSIVE. The outage lasts as long as the longest query. With a timeout it gives
    /// up, and can be tried again.
    /// ## Source
    /// PostgreSQL: `lock_timeout` is 0, wait for ever, by default; MySQL: `lock_wait_timeout` is a year (manual, "Server System
    /// Variables"). A SELECT waited 2.1 s behind an ALTER TABLE that waited
    /// behind a transaction of 3 s (measured on 12 and 18). A foreign key locks the referenced table too: that was an outage of
    /// 15 s at GoCardless in 2015. strong_migrations sets 10 s, squawk recommends 1 s, pgroll 500 ms.
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
    ///   expand   "migrations/1_users.sql"
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
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
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    409 "no-lock-timeout" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts.iter().filter(|script| !script.has_lock_timeout) {
        let waits = |ran: &&Ran<'_>| !ran.has_lock_timeout && ran.weight.refused.is_none() && awaited(ran).is_some();
        let mut waiting = script.ran.iter().filter(waits);
        let Some(first) = waiting.next() else { continue };
        let Some(held) = awaited(first) else { continue };
        let mut others: Vec<_> = waiting
            .map(|ran| ran.statement.span)
            .filter(|span| *span != first.statement.span)
            .collect();
        others.dedup();
        let message = format!(
            "`{}` waits for {} on `{}` without a limit",
            first.action.shown(),
            statement::lock(held.lock, script.server),
            held.table
        );
        let mysql = script.server.family == Family::MySql;
        let set = if mysql {
            "SET SESSION lock_wait_timeout = 2;"
        } else {
            "SET lock_timeout = '2s';"
        };
        let behind = if mysql || held.lock.blocks_reads() {
            "behind it every later statement on the table waits, reads too"
        } else {
            "behind it every later write to the table waits"
        };
        let mut diagnostic = Diagnostic::new(&RULE, message, first.statement.span, behind);
        if !others.is_empty() {
            let more = counted(others.len() as u64, "statement");
            diagnostic = diagnostic.note(format!("{more} after it in this file too"));
        }
        let diagnostic = match script.step {
            Some(step) => diagnostic.label(step.span, "no `lock_timeout`").help(format!(
                "write `{{ lock_timeout 2s }}` behind the file, and `{set}` into it"
            )),
            None => diagnostic.help(format!(
                "write `{set}` at the head of the file, and try again when it gives up"
            )),
        };
        found.push(statement::finish(diagnostic, script));
    }
}

/// The strongest lock of a statement that keeps others from a table.
fn awaited<'r>(ran: &'r Ran<'_>) -> Option<&'r Held> {
    let already = |held: &Held| {
        ran.before
            .iter()
            .any(|(before, _)| before.table == held.table && held.lock <= before.lock)
    };
    ran.held()
        .filter(|held| held.lock.blocks_writes() && !already(held))
        .max_by_key(|held| held.lock)
}
