//! `liveness-equals-readiness`

use super::asked;
use crate::budget::probes;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Probe, ProbeCheck};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Liveness does not ask the same as readiness, unless it is more patient and what is asked depends on nothing else.
    /// ## Why
    /// Readiness says "not now": the instance is out of the traffic and recovers. If liveness says the same at the same moment,
    /// it is killed instead, and an instance that was only slow costs the others its share of the load. Where readiness
    /// `checks` others, so does liveness, whatever it is called: their outage restarts everything.
    /// ## Source
    /// kube-score, `pod-probes-identical`. Kubernetes, "Liveness, Readiness, and Startup Probes": the same endpoint with a
    /// higher `failureThreshold` for liveness is a common pattern. Two `tcp` probes are let be: a port that cannot be
    /// connected to has no process behind it.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/health"; live "/health" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/health"; live "/health" { failing 6 } }
    /// }
    /// ```
    504 "liveness-equals-readiness" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model) {
        let (Some(ready), Some(live)) = (&container.health.ready, &container.health.live) else {
            continue;
        };
        let is_open = matches!(live.check, ProbeCheck::Tcp(_));
        if is_open || !asked::ask_the_same(ready, live) {
            continue;
        }
        let (given_up, killed) = (probes::patience(ready), probes::patience(live));
        let name = &container.name;
        let checked = ready.checks.as_ref().filter(|checks| !checks.value.is_empty());
        let diagnostic = match checked {
            Some(checks) => {
                let names: Vec<String> = checks.value.iter().map(|thing| format!("`{}`", thing.name)).collect();
                let message = format!("`{name}` is restarted when {} cannot be reached", listed(&names));
                Diagnostic::new(&RULE, message, live.span, "asks what `ready` asks")
                    .label(checks.span, "what its answer depends on")
                    .help("let `live` ask another endpoint, one that answers as long as the process does")
            }
            None if given_up < killed => continue,
            None => {
                let message = format!("`{name}` is restarted as soon as it is not ready, after {killed}");
                Diagnostic::new(&RULE, message, live.span, term(live))
                    .label(ready.span, term(ready))
                    .help(patient(live, given_up))
            }
        };
        found.push(diagnostic.about(container.workload.id).on("liveness"));
    }
}

/// `10s × 3 failures`
fn term(probe: &Probe) -> String {
    format!("{} × {} failures", probes::period(probe), probes::failures(probe))
}

/// Twice as patient as readiness.
fn patient(live: &Probe, given_up: crate::quantity::Duration) -> String {
    let failures = given_up.times(2).ceil_div(probes::period(live)).unwrap_or(1);
    let killed = probes::period(live).times(failures);
    format!(
        "write `failing {failures}` in `live`: out of the traffic after {given_up}, restarted after {killed}; or ask another \
         endpoint"
    )
}
