//! `cpu-request-missing`

use crate::diagnostic::Diagnostic;
use crate::model::{Platform, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// On Kubernetes a workload asks for processor time where something depends on it: an autoscaler that compares with the
    /// request, and every workload in production.
    /// ## Why
    /// The autoscaler divides the use by the request: without one it does nothing, and says so only in an event. The scheduler
    /// places a pod without a request on any node, however busy, and when the node has none to spare the kernel gives such
    /// pods a share next to nothing.
    /// ## Source
    /// Kubernetes, horizontal-pod-autoscaler: the metric is not defined when a container of the pod has no request; linters
    /// `unset-cpu-requirements` (kube-linter), `cpuRequestsMissing` (Polaris).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  2..8 { cpu 70% }
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  2..8 { cpu 70% }
    ///   cpu    250m..1
    ///   memory 512Mi
    /// }
    /// ```
    305 "cpu-request-missing" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        if workload.cpu.is_some() || !matches!(context.model.platform(workload), Platform::Kubernetes(_)) {
            continue;
        }
        let name = &workload.name.value;
        let (message, span, label) = if scales_on_cpu(workload) {
            let span = workload.scale.cpu.as_ref().map_or(workload.scale.span, |cpu| cpu.span);
            let message = format!("`{name}` scales on processor use, and has no request to compare it with");
            (message, span, "use ÷ request")
        } else if context.model.is_production() {
            let message = format!("`{name}` asks for no processor time");
            (message, workload.name.span, "gets what others leave")
        } else {
            continue;
        };
        let diagnostic = Diagnostic::new(&RULE, message, span, label)
            .help("write `cpu 250m`, or `cpu 250m..1` for request and limit")
            .about(workload.id);
        found.push(diagnostic);
    }
}

/// Kubernetes scales on processor use when nothing else is said.
fn scales_on_cpu(workload: &Workload) -> bool {
    let scale = &workload.scale;
    let other = scale.memory.is_some() || scale.rate.is_some() || !scale.queue.is_empty();
    scale.is_automatic() && (scale.cpu.is_some() || !other)
}
