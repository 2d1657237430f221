//! `pool-unbounded`

use crate::diagnostic::Diagnostic;
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A client of a database whose library sets no maximum declares one.
    /// ## Why
    /// A pool without a maximum opens a connection for each request that finds all of them taken. When the database gets
    /// slower, more requests are there at once, so it is asked for more connections just then, until it refuses them to
    /// everybody. No sum of pools can be compared with what it accepts.
    /// ## Source
    /// Go, "Managing connections" (go.dev/doc/database/manage-connections): by default `sql.DB` creates a connection whenever
    /// all existing ones are in use.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime go 1.25
    ///   memory  512Mi
    ///   uses    orders-db
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime go 1.25
    ///   memory  512Mi
    ///   uses    orders-db { pool 10 }
    /// }
    /// ```
    203 "pool-unbounded" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let databases = context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Database);
    for store in databases {
        for client in context.clients.of_store(store.id) {
            if client.uses.pool.is_some() || client.opener.migrates() {
                continue;
            }
            let Some(default) = client.library_default().filter(|default| default.max.is_none()) else {
                continue;
            };
            let message = format!(
                "nothing limits the connections that `{}` opens to `{}`: {} has no maximum by default",
                client.workload.name.value, store.name.value, default.library
            );
            let label = "a connection for each request at once";
            let diagnostic = Diagnostic::new(&RULE, message, client.uses.span, label)
                .help("write `{ pool N }`, or `{ pool auto }` to have it computed, and set the same in the program")
                .note(default.remark)
                .about(client.workload.id);
            found.push(diagnostic);
        }
    }
}
