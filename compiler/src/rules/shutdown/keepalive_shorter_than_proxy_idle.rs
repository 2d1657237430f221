//! `keepalive-shorter-than-proxy-idle`

use crate::budget::proxy::{self, Proxy};
use crate::diagnostic::Diagnostic;
use crate::model::Protocol;
use crate::quantity::Duration;
use crate::rules::{Context, rule};

/// More than the proxy's own time by this much: its request may be on its way when the service closes.
const MARGIN: Duration = Duration::seconds(5);

rule! {
    /// ## What it checks
    /// A service keeps an idle connection longer than the proxy in front of it does.
    /// ## Why
    /// Whoever closes first decides. When it is the service, the proxy may be sending the next request on that connection at the
    /// same moment: it is reset, and the client gets a 502 that no log of the service explains.
    /// ## Source
    /// ingress-nginx keeps idle connections for 60 s (`upstream-keepalive-timeout`); Node closes after 5 s unless the program says
    /// otherwise (`server.keepAliveTimeout`, measured on 18 to 26). nginx on a host is written with less than the service
    /// keeps, but not with less than a second.
    ///
    /// ```loadline,bad
    /// cluster prod { nodes 3 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   scale   2
    ///   memory  512Mi { heap auto }
    ///   listen  http 3000 { idle_timeout 5s }
    ///   health  { ready "/readyz" }
    /// }
    /// gateway edge { domain "shop.example.com"; route "/" api }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { nodes 3 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   scale   2
    ///   memory  512Mi { heap auto }
    ///   listen  http 3000 { idle_timeout 65s }
    ///   health  { ready "/readyz" }
    /// }
    /// gateway edge { domain "shop.example.com"; route "/" api }
    /// ```
    608 "keepalive-shorter-than-proxy-idle" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for gateway in &model.gateways {
        let kind = proxy::of(model, gateway);
        for route in &gateway.route {
            let Some(workload) = model.workload(route.target.id) else {
                continue;
            };
            let listen = proxy::listener(workload, &route.target.value);
            let Some(listen) = listen.filter(|listen| listen.protocol.value == Protocol::Http) else {
                continue;
            };
            let (Some(service), Some(by_proxy)) = (
                proxy::kept_by_service(workload, listen),
                proxy::kept_by_proxy(kind, route, listen),
            ) else {
                continue;
            };
            if by_proxy < service {
                continue;
            }
            let (name, edge) = (&workload.name.value, &gateway.name.value);
            let message = format!(
                "`{name}` closes idle connections after {service}, and `{edge}` uses them for up to {by_proxy}"
            );
            let (span, label) = match &listen.idle_timeout {
                Some(idle) => (idle.span, "the service closes first"),
                None => (listen.span, "Node closes first: 5s is its default"),
            };
            let why = match kind {
                Proxy::IngressNginx => "the default of ingress-nginx, for all Ingresses",
                Proxy::Nginx | Proxy::Other => "nginx keeps them for a second at least",
            };
            let enough = by_proxy.plus(MARGIN);
            let diagnostic = Diagnostic::new(&RULE, message, span, label)
                .label(route.span, why)
                .help(format!(
                    "keep them longer in the program, and write `idle_timeout {enough}`"
                ))
                .about(workload.id)
                .on("idle connections");
            found.push(diagnostic);
        }
    }
}
