//! `readiness-missing`

use crate::budget::probes;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Model, ThingKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What serves requests on Kubernetes has a readiness probe.
    /// ## Why
    /// Without one an instance gets requests as soon as its process exists, long before it listens, and a rolling update ends
    /// the old instances just as early: each deploy refuses requests, and a revision that never comes up replaces all of the
    /// one that worked. With a startup probe that does not happen, but an instance that cannot serve keeps its traffic; then
    /// this is a note. systemd and PM2 ask nothing, so nothing is missing there.
    /// ## Source
    /// Kubernetes, `pkg/kubelet/prober`: without a readiness probe a container is ready when it runs and its startup probe, if
    /// any, has passed. Linters: `no-readiness-probe` (kube-linter), `readinessProbeMissing` (Polaris).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" { every 5s } }
    /// }
    /// ```
    501 "readiness-missing" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let asked = model
        .workloads
        .iter()
        .filter(|workload| probes::are_asked(model, workload));
    for workload in asked.filter(|workload| workload.health.ready.is_none() && serves(model, workload)) {
        let Some(listen) = workload.listen.first() else {
            continue;
        };
        let name = &workload.name.value;
        let startup = workload.health.startup.as_ref();
        let diagnostic = match (startup, &workload.load.boot) {
            (Some(startup), _) => {
                let message = format!("`{name}` keeps its traffic when it cannot serve: it has no readiness probe");
                Diagnostic::new(&RULE, message, workload.name.span, "only its start is waited for")
                    .label(startup.span, "asked until it passes once")
                    .at(Severity::Note)
            }
            (None, boot) => {
                let message = format!("`{name}` gets requests before it listens: it has no readiness probe");
                let found = Diagnostic::new(&RULE, message, workload.name.span, "ready as soon as its process runs");
                match boot {
                    Some(boot) => found.label(boot.span, format!("and up to {} too early", boot.high)),
                    None => found,
                }
            }
        };
        let ask = match listen.protocol.value {
            crate::model::Protocol::Http => "\"/readyz\"",
            crate::model::Protocol::Grpc => "grpc",
            crate::model::Protocol::Tcp => "tcp",
        };
        let diagnostic = diagnostic
            .help(format!("write `health {{ ready {ask} {{ every 5s }} }}`"))
            .about(workload.id)
            .on("probes");
        found.push(diagnostic);
    }
}

/// A service that listens; a worker only if somebody asks it, since most listen for metrics only.
fn serves(model: &Model, workload: &Workload) -> bool {
    let is_asked = || model.graph.edges().any(|edge| edge.to == workload.id);
    match workload.id.kind {
        ThingKind::Service => true,
        ThingKind::Worker => is_asked(),
        _ => false,
    }
}
