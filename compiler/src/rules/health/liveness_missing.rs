//! `liveness-missing`

use crate::budget::probes;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What listens on Kubernetes and promises an availability, or runs in production, has a liveness probe.
    /// ## Why
    /// A process that ends is started again, one that hangs is not: without the probe nobody finds out until somebody looks. A
    /// probe that asks too much does more harm than none, so this is a note.
    /// ## Source
    /// Kubernetes, Probe of core/v1. Linters: `no-liveness-probe` (kube-linter), `livenessProbeMissing` (Polaris).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  2
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  2
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    502 "liveness-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let asked = model
        .workloads
        .iter()
        .filter(|workload| probes::are_asked(model, workload));
    for workload in asked.filter(|workload| workload.health.live.is_none() && !workload.listen.is_empty()) {
        let slo = workload.slo.as_ref();
        if !model.is_production() && slo.is_none_or(|slo| slo.availability.is_none()) {
            continue;
        }
        let message = format!("a process of `{}` that hangs is never restarted", workload.name.value);
        let diagnostic = Diagnostic::new(&RULE, message, workload.name.span, "no liveness probe")
            .help("give it a `live` probe that answers as long as the process does, and asks nobody else")
            .about(workload.id)
            .on("probes");
        found.push(diagnostic);
    }
}
