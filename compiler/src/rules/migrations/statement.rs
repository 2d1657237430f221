//! What findings about single statements have in common.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::postgres_locks::Lock;
use crate::model::Requirement;
use crate::rules::Context;
use crate::sql::{Family, Script, Server};

/// Of several findings about one statement the worst one reports, and the database's `allow` silences them.
pub(super) fn finish(diagnostic: Diagnostic, script: &Script<'_>) -> Diagnostic {
    let diagnostic = diagnostic.on("statement");
    match script.store {
        Some(store) => diagnostic.about(store),
        None => diagnostic,
    }
}

/// With `require online_migrations` what blocks is an error.
pub(super) fn severity(context: &Context<'_>, usual: Severity) -> Severity {
    match context.model.required(Requirement::OnlineMigrations) {
        Some(_) => Severity::Error,
        None => usual,
    }
}

/// A lock as the server calls it.
pub(super) fn lock(lock: Lock, server: Server) -> &'static str {
    match (server.family, lock) {
        (Family::MySql, Lock::AccessExclusive) => "an exclusive metadata lock",
        (Family::MySql, _) => "a lock that lets others only read",
        (Family::Postgres | Family::Other, lock) => lock.name(),
    }
}
