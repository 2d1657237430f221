//! `pool-not-declared`

use crate::diagnostic::Diagnostic;
use crate::facts::engines::engine_default;
use crate::model::{Store, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every client of a database says how large its pool is, and the database how many connections it accepts, where no
    /// default of its engine is known.
    /// ## Why
    /// Without a size the library's default holds, and libraries differ: 10, 15, 100, no limit, or twice the cores of the
    /// machine. It is multiplied by processes and replicas, and changes with an upgrade.
    /// ## Source
    /// The libraries' own sources: pg-pool 10, mysql2 10, mongodb 100, HikariCP 10, SQLAlchemy 5 + 10, Npgsql 100, sqlx 10.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime python 3.13
    ///   memory  512Mi
    ///   uses    orders-db
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime python 3.13
    ///   memory  512Mi
    ///   uses    orders-db { pool 10 }
    /// }
    /// ```
    204 "pool-not-declared" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Database)
    {
        found.extend(supply_unknown(context, store));
        for client in context.clients.of_store(store.id) {
            if client.uses.pool.is_some() || client.opener.migrates() {
                continue;
            }
            let (workload, database) = (&client.workload.name.value, &store.name.value);
            let default = client.library_default();
            let label = match default.map(|default| (default.max, default.library)) {
                Some((Some(max), library)) => format!("counted as {max}: the default of {library}"),
                // Without a maximum it is `pool-unbounded`.
                Some((None, _)) => continue,
                None => "the library's default is not known: not counted".to_owned(),
            };
            let message = format!("`{workload}` does not say how many connections to `{database}` each process opens");
            let diagnostic = Diagnostic::new(&RULE, message, client.uses.span, label)
                .help("write `{ pool N }`, or `{ pool auto }` to have it computed")
                .about(client.workload.id);
            found.push(match default {
                Some(default) => diagnostic.note(default.remark),
                None => diagnostic,
            });
        }
    }
}

/// Neither declared nor known: then nothing is compared with what clients open.
fn supply_unknown(context: &Context<'_>, store: &Store) -> Option<Diagnostic> {
    let is_used = !context.clients.of_store(store.id).is_empty();
    if !is_used || store.max_connections.is_some() || engine_default(store.engine_name()).is_some() {
        return None;
    }
    let name = &store.name.value;
    let (span, label) = match &store.engine {
        Some(engine) => (engine.span, "no default of this engine is known".to_owned()),
        None => (store.span, "no `engine` whose default could count".to_owned()),
    };
    let message = format!("`{name}` does not say how many connections it accepts: its clients are not judged");
    Some(
        Diagnostic::new(&RULE, message, span, label)
            .help("write `max_connections N`")
            .about(store.id),
    )
}
