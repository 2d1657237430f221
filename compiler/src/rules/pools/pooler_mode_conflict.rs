//! `pooler-mode-conflict`

use crate::diagnostic::Diagnostic;
use crate::model::PoolMode;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A pooler keeps server connections with a client for as long as the client says it needs one: for a session, for a
    /// transaction, or for a statement.
    /// ## Why
    /// In transaction mode the next transaction may get another server connection. `SET`, `LISTEN`, session advisory locks,
    /// `PREPARE` and temporary tables stay behind on the first one, without an error: a lock that nobody releases, a setting
    /// that somebody else has. In statement mode a transaction of several statements is refused.
    /// ## Source
    /// PgBouncer, "Features": the table of SQL features by pool mode. Since 1.26 it carries those settings along that the server
    /// reports, such as `TimeZone`, and no others.
    ///
    /// ```loadline,bad
    /// database orders-db {
    ///   engine postgres 16
    ///   max_connections 200
    ///   reserve 20
    ///   pooler pgbouncer { mode transaction; size 40; max_clients 500 }
    /// }
    /// worker listener {
    ///   image  "ghcr.io/acme/listener@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 2; mode session }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db {
    ///   engine postgres 16
    ///   max_connections 200
    ///   reserve 20
    ///   pooler pgbouncer { mode transaction; size 40; max_clients 500 }
    /// }
    /// worker listener {
    ///   image  "ghcr.io/acme/listener@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 2; mode session; from_reserve }
    /// }
    /// ```
    208 "pooler-mode-conflict" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in &context.model.stores {
        let Some(pooler) = &store.pooler else {
            continue;
        };
        // Who connects with the reserve goes past the pooler, and is not among these.
        for client in context.clients.of_store(store.id) {
            let needed = client.uses.mode.as_ref();
            let Some(needed) = needed.filter(|needed| length(pooler.mode.value) < length(needed.value)) else {
                continue;
            };
            let (name, database) = (&client.workload.name.value, &store.name.value);
            let (needs, gives) = (needed.value.word(), pooler.mode.value.word());
            let message = format!(
                "`{name}` needs a connection to `{database}` for a {needs}, and its pooler gives one for a {gives}"
            );
            let diagnostic = Diagnostic::new(&RULE, message, needed.span, "breaks without an error, or is refused")
                .label(pooler.mode.span, format!("another one for the next {gives}"))
                .help(format!(
                    "let it go past the pooler with connections of the reserve: `from_reserve`; or `mode {needs}` in the pooler"
                ))
                .about(client.workload.id);
            found.push(diagnostic);
        }
    }
}

/// How long a client keeps a server connection, in order.
const fn length(mode: PoolMode) -> u8 {
    match mode {
        PoolMode::Statement => 0,
        PoolMode::Transaction => 1,
        PoolMode::Session => 2,
    }
}
