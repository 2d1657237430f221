//! `acquire-waits-forever`

use crate::budget::connections::Opener;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::pools::Waits;
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service whose client library lets a request wait for a connection without end says how long it may wait. A note in
    /// a first sketch: a spec whose project has no name.
    /// ## Why
    /// When a query gets slow all connections are taken, and whoever comes next waits. Without an end the queue grows as
    /// long as that lasts: requests whose clients have long gone are worked on first, memory fills, and the service
    /// answers nobody for minutes after the database is well again. With an end it answers some with an error and the
    /// others in time.
    /// ## Source
    /// pg-pool 3.14: `connectionTimeoutMillis` is 0, no limit; mysql2 3.23: `queueLimit` 0 and no timeout; MongoDB drivers:
    /// `waitQueueTimeoutMS` 0.
    ///
    /// ```loadline,bad
    /// project shop { }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    ///   uses    orders-db { pool 10 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    ///   uses    orders-db { pool 10; acquire_timeout 2s }
    /// }
    /// ```
    207 "acquire-waits-forever" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in &context.model.stores {
        for client in context.clients.of_store(store.id) {
            let workload = client.workload;
            // A worker takes the next message when it has done with this one: nothing queues up in it.
            let is_asked = workload.id.kind == ThingKind::Service && client.opener == Opener::Main;
            if !is_asked || client.uses.acquire_timeout.is_some() {
                continue;
            }
            let Some(default) = client
                .library_default()
                .filter(|default| default.waits == Waits::Forever)
            else {
                continue;
            };
            let message = format!(
                "requests of `{}` may wait for a connection to `{}` for ever",
                workload.name.value, client.uses.store.name
            );
            let label = format!("the default of {}", default.library);
            let diagnostic = Diagnostic::new(&RULE, message, client.uses.span, label)
                .help(
                    "write `acquire_timeout 2s`, or how long a request is worth waiting for, and set it in the program",
                )
                .about(workload.id);
            found.push(if context.is_sketch() {
                diagnostic.at(Severity::Note)
            } else {
                diagnostic
            });
        }
    }
}
