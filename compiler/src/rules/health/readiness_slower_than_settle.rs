//! `readiness-slower-than-settle`

use crate::diagnostic::{Diagnostic, counted};
use crate::model::{Model, ThingId, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// On a host, an instance that is told to stop keeps serving until the proxy in front of it has found out by asking.
    /// ## Why
    /// A proxy that probes finds out late: it sends requests until `failing` probes in a row have failed. An instance that
    /// drains earlier refuses them. This is about hosts with a written `settle`, where something else than nginx is in front:
    /// nginx does not probe, it goes on to the next instance when one refuses.
    /// ## Source
    /// In the worst case the last good answer comes just before the signal: then it takes `every` × `failing`. Health checks of
    /// load balancers and of haproxy, Envoy and Traefik count like that.
    ///
    /// ```loadline,bad
    /// host web { cpu 4; memory 8Gi; process systemd }
    /// service api {
    ///   runtime  go
    ///   run      "bin/api"
    ///   scale    2
    ///   memory   512Mi
    ///   listen   http 3000 { expose node }
    ///   health   { ready "/readyz" { every 10s; failing 3 } }
    ///   shutdown { settle 15s; drain 20s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 4; memory 8Gi; process systemd }
    /// service api {
    ///   runtime  go
    ///   run      "bin/api"
    ///   scale    2
    ///   memory   512Mi
    ///   listen   http 3000 { expose node }
    ///   health   { ready "/readyz" { every 5s; failing 3 } }
    ///   shutdown { settle 15s; drain 20s }
    /// }
    /// ```
    508 "readiness-slower-than-settle" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in model
        .workloads
        .iter()
        .filter(|workload| model.platform(workload).is_host())
    {
        let settle = &workload.shutdown.settle;
        let Some(ready) = workload.health.ready.as_ref().filter(|_| is_probed(model, workload)) else {
            continue;
        };
        let noticed = ready.every.times(ready.failures());
        let settles = workload.shutdown.settle();
        if !settle.is_written() || settles.is_zero() || noticed <= settles {
            continue;
        }
        let name = &workload.name.value;
        let message = format!("`{name}` settles for {settles}, but its proxy finds out only after {noticed}");
        let label = format!("{} × {}", ready.every.value, counted(ready.failures(), "failure"));
        let diagnostic = Diagnostic::new(&RULE, message, settle.span, "then it refuses what is still sent to it")
            .label(ready.span, label)
            .help(format!("write `settle {noticed}`, or let the proxy ask more often"))
            .about(workload.id);
        found.push(diagnostic);
    }
}

/// Whether something else than nginx may be in front.
fn is_probed(model: &Model, workload: &Workload) -> bool {
    let leads_to = |id: ThingId| id == workload.id;
    let mut gateways = model
        .gateways
        .iter()
        .filter(|gateway| gateway.route.iter().any(|route| leads_to(route.target.id)))
        .peekable();
    let is_nginx = |name: &str| name.is_empty() || name == "nginx";
    gateways.peek().is_none()
        || gateways.any(|gateway| !is_nginx(gateway.engine.as_ref().map_or("", |engine| &engine.name.value.0)))
}
