//! `index-not-concurrent`

use super::statement;
use crate::diagnostic::Diagnostic;
use crate::facts::postgres_locks::Kind;
use crate::rules::{Context, rule};
use crate::sql::{Action, Ran, Server, quoted};

rule! {
    /// ## What it checks
    /// An index of a table that is in use is built with CONCURRENTLY.
    ///
    /// Tables that the same file creates are left out. With `require online_migrations` it is an error.
    /// ## Why
    /// CREATE INDEX and REINDEX take SHARE: writes to the table wait until the index is built. CONCURRENTLY takes longer and
    /// lets them go on.
    /// ## Source
    /// Measured on PostgreSQL 10 to 18: CREATE INDEX takes SHARE, REINDEX takes SHARE on the table and ACCESS EXCLUSIVE on the
    /// index; REINDEX CONCURRENTLY is there from 12 on.
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
    /// CREATE INDEX users_name ON users (name);
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
    /// CREATE INDEX CONCURRENTLY users_name ON users (name);
    /// ```
    410 "index-not-concurrent" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let severity = statement::severity(context, RULE.severity);
    for script in context.scripts {
        for ran in script
            .ran
            .iter()
            .filter(|ran| is_about(ran) && ran.weight.refused.is_none())
        {
            let Some(held) = ran.held().find(|held| held.lock.blocks_writes()) else {
                continue;
            };
            let (shown, table) = (ran.action.shown(), &held.table);
            let message = format!("`{shown}` keeps everybody from writing `{table}` until the index is built");
            let label = format!("{} on `{table}`, on {}", held.lock.name(), script.server);
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, label).help(help(ran, script.server));
            found.push(statement::finish(diagnostic.at(severity), script));
        }
    }
}

/// Whether a statement builds an index with a form that has a concurrent one.
pub(super) fn is_about(ran: &Ran<'_>) -> bool {
    ran.weight
        .kinds
        .iter()
        .any(|kind| matches!(kind, Kind::CreateIndex | Kind::Reindex))
}

fn help(ran: &Ran<'_>, server: Server) -> String {
    let outside = if ran.transaction.is_some() {
        ", in a file of its own that runs outside of a transaction"
    } else {
        ""
    };
    match ran.action {
        Action::CreateIndex(index) if ran.partitioned => format!(
            "`CREATE INDEX … ON ONLY {0} (…)`, on each partition `CREATE INDEX CONCURRENTLY`, and `ALTER INDEX … ATTACH \
             PARTITION …`: a partitioned table has no concurrent build",
            quoted(&index.table)
        ),
        Action::CreateIndex(index) => format!(
            "`CREATE {}INDEX CONCURRENTLY {} ON {} (…)`{outside}",
            if index.unique { "UNIQUE " } else { "" },
            index.name.as_deref().map_or("…".to_owned(), quoted),
            quoted(&index.table)
        ),
        Action::Reindex { name, is_table, .. } if 12 <= server.major => {
            let what = if *is_table { "TABLE" } else { "INDEX" };
            format!("`REINDEX {what} CONCURRENTLY {}`{outside}", quoted(name))
        }
        _ => "build a new index with `CREATE INDEX CONCURRENTLY`, drop the old one with `DROP INDEX CONCURRENTLY`, and rename it"
            .to_owned(),
    }
}
