//! `backup-missing`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A database says how long its backups are kept. A note; a warning in production. Specs that name neither owner nor
    /// runbook yet are not asked.
    /// ## Why
    /// A migration that went wrong and a `DELETE` without `WHERE` are replicated within milliseconds. Only a backup has what was there
    /// before.
    /// ## Source
    /// PostgreSQL documentation, "Backup and Restore": replication is no backup.
    ///
    /// ```loadline,bad
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 5 }
    ///   logs   { format json }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; backup "14d" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 5 }
    ///   logs   { format json }
    /// }
    /// ```
    920 "backup-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.is_sketch() {
        return;
    }
    let databases = context.model.stores.iter().filter(|store| store.is_database());
    for store in databases.filter(|store| store.backup.is_none()) {
        let message = format!("nothing says that `{}` is backed up", store.name.value);
        found.push(
            Diagnostic::new(&RULE, message, store.span, "no `backup`")
                .at(context.missing())
                .help("write `backup \"14d\"`: how long backups are kept")
                .about(store.id),
        );
    }
}
