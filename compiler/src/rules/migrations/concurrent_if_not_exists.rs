//! `concurrent-if-not-exists`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};
use crate::sql::{Action, Family};

rule! {
    /// ## What it checks
    /// CREATE INDEX CONCURRENTLY does not say IF NOT EXISTS, unless the file drops the index before.
    /// ## Why
    /// A concurrent build that fails leaves an index that is not valid: it costs writes, answers no query, and enforces
    /// nothing. Run again, IF NOT EXISTS finds it there and reports success.
    /// ## Source
    /// Measured on PostgreSQL 18: after a failed CREATE UNIQUE INDEX CONCURRENTLY `indisvalid` is false, and the same with IF
    /// NOT EXISTS succeeds.
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
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// CREATE INDEX CONCURRENTLY IF NOT EXISTS users_name ON users (name);
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
    /// DROP INDEX CONCURRENTLY IF EXISTS users_name;
    /// CREATE INDEX CONCURRENTLY users_name ON users (name);
    /// ```
    412 "concurrent-if-not-exists" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context
        .scripts
        .iter()
        .filter(|script| script.server.family == Family::Postgres)
    {
        let mut dropped: Vec<&String> = Vec::new();
        for ran in &script.ran {
            match ran.action {
                Action::DropIndex { index, .. } => dropped.push(index),
                Action::CreateIndex(new) if new.concurrently && new.if_not_exists => {
                    let name = new.name.as_ref().filter(|name| !dropped.contains(name));
                    let Some(name) = name else { continue };
                    let message =
                        format!("`IF NOT EXISTS` takes an index `{name}` that a failed build left for a good one");
                    let help = format!(
                        "`DROP INDEX CONCURRENTLY IF EXISTS {name};` before it, and leave `IF NOT EXISTS` out: it can be run again \
                         as often as it fails"
                    );
                    let label = "builds nothing when an invalid index has that name";
                    let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, label).help(help);
                    found.push(statement::finish(diagnostic, script));
                }
                _ => {}
            }
        }
    }
}
