//! `websocket-without-affinity-or-pubsub`

use loadline_grammar::Span;

use super::entrance;
use crate::diagnostic::Diagnostic;
use crate::model::{Listen, Model, ThingKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// WebSocket clients of several processes reach each other: through something that carries messages between the processes
    /// (`pubsub`), or because those that belong together reach the same process (`sticky` routes).
    /// ## Why
    /// A connection belongs to one process. What one client says reaches those that are connected to the same process, and nobody
    /// else: half of the room, with two. It works on a laptop. Libraries that begin with HTTP polling also lose the
    /// connection itself, since the second request reaches another process.
    /// ## Source
    /// Socket.IO, "Using multiple nodes": sticky sessions for polling, an adapter for messages between the nodes.
    ///
    /// ```loadline,bad
    /// service board {
    ///   image  "ghcr.io/acme/board@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  3
    ///   listen http 3000 { websocket }
    ///   health { ready "/readyz" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cache rooms { engine redis 7; max_clients 1_000 }
    /// service board {
    ///   image  "ghcr.io/acme/board@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  3
    ///   listen http 3000 { websocket; pubsub rooms }
    ///   uses   rooms { pool 2 }
    ///   health { ready "/readyz" }
    /// }
    /// ```
    802 "websocket-without-affinity-or-pubsub" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in model
        .workloads
        .iter()
        .filter(|workload| 1 < entrance::siblings(model, workload))
    {
        for listen in workload.listen.iter().filter(|listen| listen.pubsub.is_none()) {
            let Some(span) = upgraded(model, workload, listen) else {
                continue;
            };
            if entrance::is_pinned(model, workload, listen) {
                continue;
            }
            let message = format!(
                "WebSocket clients of `{}` reach only those that are connected to the same of {} processes",
                workload.name.value,
                entrance::siblings(model, workload)
            );
            let carrier = model.stores.iter().find(|store| store.id.kind == ThingKind::Cache);
            let help = match carrier {
                Some(cache) => format!("write `pubsub {}` in the listener", cache.name.value),
                None => {
                    "declare what carries messages between them, a `cache` or `queue`, and write `pubsub NAME` in the listener"
                        .to_owned()
                }
            };
            let diagnostic = Diagnostic::new(&RULE, message, span, "a connection belongs to one process")
                .label(
                    entrance::siblings_span(model, workload),
                    entrance::siblings_text(model, workload),
                )
                .help(help)
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}

/// Where it is said that connections are upgraded: at the listener, or at a route to it.
fn upgraded(model: &Model, workload: &Workload, listen: &Listen) -> Option<Span> {
    if listen.websocket.value {
        return Some(listen.websocket.span);
    }
    let mut routes = entrance::routes(model, workload, listen);
    let asked = |websocket: &crate::lower::Val<bool>| websocket.value.then_some(websocket.span);
    routes.find_map(|(_, route)| route.websocket.as_ref().and_then(asked))
}
