//! `single-replica-gap`

use crate::budget::instances::replicas_min;
use crate::budget::ready::{ReadyHow, ready_at};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Platform, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service that others reach has a second instance where its only one is stopped before its successor starts.
    /// ## Why
    /// Every deploy is then an outage, as long as the drain, the start and the first probe together take: connections are refused
    /// until the new instance listens.
    /// ## Source
    /// systemd stops a unit completely before it starts it again; a StatefulSet creates a pod when its predecessor is gone; PM2
    /// does so in fork mode, and compose for every container. A rolling update with `surge 1; unavailable 0` and PM2's
    /// cluster mode do not.
    ///
    /// ```loadline,bad
    /// host web { cpu 2; memory 4Gi }
    /// service api {
    ///   run    "/opt/api/server"
    ///   memory 512Mi
    ///   listen http 3000
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 2; memory 4Gi }
    /// service api {
    ///   run    "/opt/api/server"
    ///   memory 512Mi
    ///   scale  2
    ///   listen http 3000
    /// }
    /// ```
    704 "single-replica-gap" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        if workload.id.kind != ThingKind::Service || workload.listen.is_empty() {
            continue;
        }
        let Some(left) = ready_at(model, workload, replicas_min(model, workload)) else {
            continue;
        };
        let platform = model.platform(workload);
        // Whoever writes `recreate` has asked for the gap.
        let wanted = left.how == ReadyHow::NoneStays && platform != Platform::Compose;
        if left.of != 1 || left.count != 0 || wanted {
            continue;
        }
        let name = &workload.name.value;
        let message = format!("the only instance of `{name}` is stopped before its successor starts");
        let unavailable = workload.rollout.as_ref().map(|rollout| rollout.unavailable.span);
        let (span, help) = match (left.how, unavailable) {
            (ReadyHow::Rolling { .. }, Some(span)) => (span, "write `surge 1; unavailable 0`"),
            _ if workload.is_stateful() => (
                workload.scale.span,
                "keep its state in a database or cache, so that two can run side by side",
            ),
            (ReadyHow::Reload { .. }, _) => (workload.scale.span, "write `scale 2`, each on a port of its own"),
            _ => (
                workload.scale.span,
                "write `scale 2`: one serves while the other restarts",
            ),
        };
        let diagnostic = Diagnostic::new(&RULE, message, span, "one, and none while it is replaced")
            .help(help)
            .about(workload.id)
            .on("unavailable");
        // Where the platform offers nothing else, it is said and not warned of outside production.
        let unavoidable = workload.is_stateful() || platform == Platform::Compose;
        found.push(diagnostic.at(if unavoidable {
            context.missing()
        } else {
            Severity::Warning
        }));
    }
}
