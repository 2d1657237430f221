//! `alert-without-slo`

use crate::diagnostic::Diagnostic;
use crate::model::{TargetName, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Where alerts are asked for, every service that listens has objectives.
    /// ## Why
    /// Alerts are made from objectives: how fast the errors use up what is allowed. Without one nothing says when somebody should be
    /// woken, and the service has no alerts at all.
    /// ## Source
    /// Google SRE Workbook, "Alerting on SLOs".
    ///
    /// ```loadline,bad
    /// project { targets [kubernetes, alerts] }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   scale  2
    ///   health { ready "/readyz"; live "/livez" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project { targets [kubernetes, alerts] }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   scale  2
    ///   health { ready "/readyz"; live "/livez" }
    ///   slo    { availability 99.9%; p95 300ms }
    /// }
    /// ```
    919 "alert-without-slo" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let targets = context.model.project.targets.as_ref();
    if !targets.is_some_and(|targets| targets.contains(&TargetName::Alerts)) {
        return;
    }
    for workload in &context.model.workloads {
        let listens = workload.id.kind == ThingKind::Service && !workload.listen.is_empty();
        if !listens || workload.slo.is_some() {
            continue;
        }
        let message = format!(
            "alerts are asked for, and `{}` has no objective to be judged by",
            workload.name.value
        );
        found.push(
            Diagnostic::new(&RULE, message, workload.span, "no `slo`")
                .help("write `slo { availability 99.9%; p95 300ms }`, with what your users expect")
                .about(workload.id),
        );
    }
}
