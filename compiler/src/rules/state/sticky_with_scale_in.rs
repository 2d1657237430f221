//! `sticky-with-scale-in`

use crate::diagnostic::Diagnostic;
use crate::model::SessionPlace;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Clients are not bound to instances that the autoscaler takes away.
    /// ## Why
    /// When it scales in, the clients of the instance that goes lose what is kept there, several times a day; when it scales out,
    /// the new instances get only new clients, so the busy ones stay busy. Where sessions are declared to be elsewhere
    /// (`sessions cache`, `token` or `none`) moving a client does no harm, and nothing is said.
    /// ## Source
    /// Affinity by cookie: ingress-nginx, "Sticky Sessions".
    ///
    /// ```loadline,bad
    /// cluster prod { }
    /// service web {
    ///   image  "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   cpu    250m..1
    ///   memory 512Mi
    ///   scale  2..8 { cpu 70% }
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    /// }
    /// gateway edge { domain "www.example.com"; route "/" web { sticky } }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { }
    /// service web {
    ///   image    "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   cpu      250m..1
    ///   memory   512Mi
    ///   scale    2..8 { cpu 70% }
    ///   listen   http 3000
    ///   health   { ready "/readyz"; live "/livez" }
    ///   sessions token
    /// }
    /// gateway edge { domain "www.example.com"; route "/" web { sticky } }
    /// ```
    803 "sticky-with-scale-in" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for gateway in &context.model.gateways {
        for route in gateway.route.iter().filter(|route| route.sticky.value) {
            let Some(workload) = context.model.workload(route.target.id) else {
                continue;
            };
            let place = workload.sessions.as_ref().map(|sessions| sessions.place.value);
            if !workload.scale.is_automatic() || place.is_some_and(|place| place != SessionPlace::Memory) {
                continue;
            }
            let (name, scale) = (&workload.name.value, &workload.scale);
            let message = format!("clients are bound to instances of `{name}`, which come and go");
            let label = format!("between {} and {} instances", scale.min(), scale.max());
            let diagnostic = Diagnostic::new(
                &RULE,
                message,
                route.sticky.span,
                "the same instance, as long as it lives",
            )
            .label(scale.replicas.span, label)
            .help("keep in `sessions cache NAME` or `sessions token` what belongs to a client, and leave `sticky` out")
            .about(gateway.id);
            found.push(diagnostic);
        }
    }
}
