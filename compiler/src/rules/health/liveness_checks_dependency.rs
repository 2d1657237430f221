//! `liveness-checks-dependency`

use super::asked;
use crate::budget::probes;
use crate::diagnostic::{Diagnostic, listed};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A liveness probe depends on nothing but its own process.
    /// ## Why
    /// When the database is away, restarting those that use it does not bring it back. All instances fail the probe at the same
    /// time and are killed at the same time, with everything that they were doing; then they come up together, fall over the
    /// database together, and wait longer from restart to restart. An outage of a minute becomes one of an hour.
    /// ## Source
    /// Kubernetes, "Configure Liveness, Readiness and Startup Probes", and `pkg/kubelet/prober/worker.go`: a container is killed
    /// after `failing` failures in a row.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; failover 20s }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   uses   orders-db { pool 10 }
    ///   health {
    ///     ready "/readyz" { every 5s; failing 2; checks [orders-db] }
    ///     live  "/livez" { every 5s; failing 3; checks [orders-db] }
    ///   }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; failover 20s }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   uses   orders-db { pool 10 }
    ///   health {
    ///     ready "/readyz" { every 5s; failing 2; checks [orders-db] }
    ///     live  "/livez" { every 5s; failing 3 }
    ///   }
    /// }
    /// ```
    503 "liveness-checks-dependency" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model) {
        let Some(live) = &container.health.live else { continue };
        let Some(checks) = &live.checks else { continue };
        let others = checks.value.iter().filter(|thing| thing.id != container.workload.id);
        let names: Vec<String> = others.clone().map(|thing| format!("`{}`", thing.name)).collect();
        if names.is_empty() {
            continue;
        }
        let patience = probes::patience(live);
        let are = if names.len() == 1 { "is" } else { "are" };
        let message = format!(
            "every instance of `{}` is restarted when {} {are} away for {patience}",
            container.name,
            listed(&names)
        );
        let label = format!("{} × {} failures", probes::period(live), probes::failures(live));
        let mut diagnostic = Diagnostic::new(&RULE, message, checks.span, label)
            .help("ask it in `ready`, which takes the instance out of the traffic; let `live` ask about the process alone")
            .about(container.workload.id)
            .on("liveness");
        for store in others.filter_map(|thing| context.model.store(thing.id)) {
            if let Some(failover) = store.failover.as_ref().filter(|failover| patience <= failover.value) {
                diagnostic = diagnostic.label(failover.span, "so at every failover");
            }
        }
        found.push(diagnostic);
    }
}
