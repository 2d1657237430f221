//! `probe-timeout-below-latency`

use super::asked;
use crate::budget::probes;
use crate::diagnostic::Diagnostic;
use crate::model::Slo;
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A probe that asks other systems is waited for at least as long as a request that does so may take.
    /// ## Why
    /// On a busy day requests take as long as the objective allows, and so does a probe that goes the same way. Where it is given
    /// up earlier, instances that meet their objective are taken out of the traffic, and the others get their share: they become
    /// slower too. The second that is waited by default is short for a probe that asks a database.
    /// ## Source
    /// Kubernetes: `timeoutSeconds` is 1. A cascade of this kind, with a timeout below the latency under load, took Chef's
    /// hosted service down in 2014.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   uses   orders-db { pool 10 }
    ///   health { ready "/readyz" { checks [orders-db] } }
    ///   slo    { p99 1500ms }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   uses   orders-db { pool 10 }
    ///   health { ready "/readyz" { timeout 3s; checks [orders-db] } }
    ///   slo    { p99 1500ms }
    /// }
    /// ```
    509 "probe-timeout-below-latency" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model).filter(|container| container.is_main) {
        let Some((share, latency)) = container.workload.slo.as_ref().and_then(slowest) else {
            continue;
        };
        let Some(ready) = &container.health.ready else { continue };
        let is_deep = ready.checks.as_ref().is_some_and(|checks| !checks.value.is_empty());
        let timeout = probes::timeout(ready);
        if !is_deep || latency.value < timeout {
            continue;
        }
        let message = format!(
            "the readiness probe of `{}` is given up after {timeout}, and {share} may take {} or longer",
            container.name, latency.value
        );
        let longer = Duration::seconds(latency.times(2).ceil_seconds());
        let span = if ready.timeout.is_written() {
            ready.timeout.span
        } else {
            ready.span
        };
        let waits = if ready.timeout.is_written() {
            ""
        } else {
            "no `timeout`: "
        };
        let diagnostic = Diagnostic::new(&RULE, message, span, format!("{waits}waits {timeout}"))
            .label(latency.span, "the service may be as slow as this")
            .help(format!("write `timeout {longer}`: twice that"))
            .about(container.workload.id);
        found.push(if ready.timeout.is_written() && longer <= probes::period(ready) {
            diagnostic.edit(ready.timeout.span, longer.to_string())
        } else {
            diagnostic
        });
    }
}

/// The slowest that the objectives speak of, and how many requests are slower.
fn slowest(slo: &Slo) -> Option<(&'static str, &crate::lower::Val<Duration>)> {
    let p99 = slo.p99.as_ref().map(|p99| ("1 of 100 requests", p99));
    p99.or_else(|| slo.p95.as_ref().map(|p95| ("5 of 100 requests", p95)))
}
