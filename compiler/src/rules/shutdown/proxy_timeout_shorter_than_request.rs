//! `proxy-timeout-shorter-than-request`

use crate::budget::proxy;
use crate::budget::shutdown::DRAIN_FACTOR;
use crate::diagnostic::Diagnostic;
use crate::model::{CallKind, Model, Protocol, Route, ThingId, Workload};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Somebody waits as long as the longest request of a service takes: of the routes that lead to it, and of the services that
    /// call it, at least one.
    /// ## Why
    /// The proxy answers with 504 when its time is up, and the service works on for nobody. Every such request fails, on
    /// quiet days too, and many clients send it again.
    /// ## Source
    /// `proxy_read_timeout` of nginx and of ingress-nginx is 60 s unless the route says otherwise. Streams and WebSockets are not
    /// judged: the time is counted between two reads.
    ///
    /// ```loadline,bad
    /// host web { cpu 2; memory 4Gi }
    /// service api {
    ///   run    "/opt/api/server"
    ///   scale  2
    ///   memory 512Mi
    ///   listen http 3000
    ///   load   { longest 45s }
    /// }
    /// gateway edge {
    ///   domain "shop.example.com"
    ///   route  "/" api { timeout 30s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 2; memory 4Gi }
    /// service api {
    ///   run    "/opt/api/server"
    ///   scale  2
    ///   memory 512Mi
    ///   listen http 3000
    ///   load   { longest 45s }
    /// }
    /// gateway edge {
    ///   domain "shop.example.com"
    ///   route  "/" api { timeout 54s }
    /// }
    /// ```
    607 "proxy-timeout-shorter-than-request" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        let Some(longest) = &workload.load.longest else {
            continue;
        };
        let Some((patience, gateway, route)) = most_patient_route(model, workload) else {
            continue;
        };
        if longest.value <= patience || is_called_for(model, workload.id, longest.value) {
            continue;
        }
        let (name, edge) = (&workload.name.value, model.name(gateway));
        let message = format!(
            "`{edge}` waits {patience} for an answer of `{name}`, whose longest request takes {}",
            longest.value
        );
        let needed = longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1);
        let diagnostic = match &route.timeout {
            Some(timeout) => Diagnostic::new(&RULE, message, timeout.span, "then the client gets 504")
                .edit(timeout.span, needed.to_string()),
            None => {
                let label = format!("{patience} is the default of the proxy");
                Diagnostic::new(&RULE, message, route.span, label)
            }
        };
        found.push(
            diagnostic
                .label(longest.span, format!("{needed} with a fifth to spare"))
                .help(format!("write `timeout {needed}` in the route"))
                .about(gateway),
        );
    }
}

/// The route that waits longest for a workload; `None` when no proxy bounds its answers.
fn most_patient_route<'m>(model: &'m Model, workload: &Workload) -> Option<(Duration, ThingId, &'m Route)> {
    let mut most: Option<(Duration, ThingId, &Route)> = None;
    for gateway in model.entrances(workload.id) {
        for route in gateway.route.iter().filter(|route| route.target.id == workload.id) {
            let listen = proxy::listener(workload, &route.target.value)?;
            let upgraded = route
                .websocket
                .as_ref()
                .map_or(listen.websocket.value, |websocket| websocket.value);
            let streamed = listen.stream.value || route.buffering.as_ref().is_some_and(|buffering| !buffering.value);
            if upgraded || streamed || listen.protocol.value != Protocol::Http {
                return None;
            }
            let patience = proxy::answer_within(proxy::of(model, gateway), route, workload)?;
            if most.is_none_or(|(other, ..)| other < patience) {
                most = Some((patience, gateway.id, route));
            }
        }
    }
    most
}

/// Whether another service may be the one that waits so long.
fn is_called_for(model: &Model, callee: ThingId, longest: Duration) -> bool {
    let calls = model.callers(callee).flat_map(|workload| &workload.calls);
    let mut waiting =
        calls.filter(|call| call.callee.id == callee && matches!(call.kind.value, CallKind::Call | CallKind::Async));
    waiting.any(|call| call.timeout.as_ref().is_none_or(|timeout| longest <= timeout.value))
}
