//! `stream-buffered`

use super::entrance;
use crate::budget::proxy::{self, Proxy};
use crate::diagnostic::Diagnostic;
use crate::model::Protocol;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Answers that are streamed are not collected on the way.
    /// ## Why
    /// A proxy that buffers waits until it has enough of an answer to be worth sending: events arrive late and in heaps, or only
    /// when the stream ends. Without `buffering` on the route a streaming listener is not buffered, so it has to be asked for.
    /// ## Source
    /// nginx: `proxy_buffering` is on, and does not concern gRPC; ingress-nginx: annotation `proxy-buffering`.
    ///
    /// ```loadline,bad
    /// cluster prod { }
    /// service events {
    ///   image  "ghcr.io/acme/events@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000 { stream }
    ///   health { ready "/readyz" }
    /// }
    /// gateway edge { domain "www.example.com"; route "/events/" events { buffering on } }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { }
    /// service events {
    ///   image  "ghcr.io/acme/events@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000 { stream }
    ///   health { ready "/readyz" }
    /// }
    /// gateway edge { domain "www.example.com"; route "/events/" events { buffering off } }
    /// ```
    805 "stream-buffered" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        let streams = |listen: &&crate::model::Listen| listen.stream.value && listen.protocol.value == Protocol::Http;
        for listen in workload.listen.iter().filter(streams) {
            for (gateway, route) in entrance::routes(model, workload, listen) {
                let Some(buffering) = route.buffering.as_ref().filter(|buffering| buffering.value) else {
                    continue;
                };
                if proxy::of(model, gateway) == Proxy::Other {
                    continue;
                }
                let message = format!(
                    "`{}` collects what `{}` streams before it sends it on",
                    gateway.name.value, workload.name.value
                );
                let diagnostic = Diagnostic::new(&RULE, message, buffering.span, "waits for more")
                    .label(listen.stream.span, "sent as it happens")
                    .help("write `buffering off`, or leave it out: a route to a `stream` is not buffered")
                    .about(gateway.id);
                found.push(diagnostic);
            }
        }
    }
}
