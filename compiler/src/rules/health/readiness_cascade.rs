//! `readiness-cascade`

use crate::budget::{instances, probes};
use crate::diagnostic::{Diagnostic, counted};
use crate::model::{ThingKind, Workload};
use crate::quantity::{Amount, Rate};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// When one instance is taken out of the traffic at peak, the others have the processor time for its share.
    /// ## Why
    /// If they do not, their queues grow, their probes are answered too late, and one after the other is taken out too, until
    /// none is left. Each that comes back gets all the traffic and goes again. The service is down because of one instance,
    /// with more than enough machines for an ordinary day.
    /// ## Source
    /// One instance answers min(processes, CPU limit) / `load.cpu` requests a second at most. Chef's hosted service, 2014: of
    /// three nodes behind a health check one left, then all.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   cpu    1
    ///   scale  3
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   load   { rate 100/s; peak 230/s; cpu 10ms }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   cpu    1
    ///   scale  4
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   load   { rate 100/s; peak 230/s; cpu 10ms }
    /// }
    /// ```
    510 "readiness-cascade" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let asked = model
        .workloads
        .iter()
        .filter(|workload| probes::are_asked(model, workload));
    for workload in asked.filter(|workload| workload.id.kind == ThingKind::Service) {
        let (Some(peak), Some(cpu), Some(ready)) = (&workload.load.peak, &workload.load.cpu, &workload.health.ready)
        else {
            continue;
        };
        let processes = instances::processes(model, workload);
        let Some(one) = capacity(workload, processes) else {
            continue;
        };
        let replicas = instances::replicas_max(model, workload);
        let left = replicas.saturating_sub(1);
        let (of_all, of_rest) = (one.times(Amount::whole(replicas)), one.times(Amount::whole(left)));
        // With less than two there is no other, and where all together are too few another rule speaks.
        if left == 0 || peak.value <= of_rest || of_all < peak.value {
            continue;
        }
        let name = &workload.name.value;
        let message = format!(
            "without one of its {} `{name}` can answer {of_rest}, and is asked {} at peak",
            counted(replicas, "instance"),
            peak.value
        );
        let diagnostic = Diagnostic::new(&RULE, message, workload.scale.replicas.span, format!("{left} × {one}"))
            .label(peak.span, "so all miss their probes, one after the other")
            .label(cpu.span, format!("{one} for each instance"))
            .label(ready.span, "takes a slow instance out of the traffic")
            .help(format!(
                "write `scale {}`: without one of them it answers {of_all}",
                replicas + 1
            ))
            .about(workload.id);
        found.push(diagnostic);
    }
}

/// Requests a second that one instance has the processor time for.
fn capacity(workload: &Workload, processes: u64) -> Option<Rate> {
    let cpu = workload.load.cpu.as_ref()?;
    let limit = workload.cpu.as_ref()?.high.in_millicores();
    let runtime = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    // A process of these uses one core at a time; others use as many as there are.
    let is_single = matches!(
        runtime,
        Some(crate::model::Language::Node | crate::model::Language::Python)
    );
    let used = if is_single {
        limit.min(processes.saturating_mul(1_000))
    } else {
        limit
    };
    let per_second = used.saturating_mul(1_000_000).checked_div(cpu.in_micros())?;
    Some(Rate::per_second(1).times(Amount::millionths(per_second.saturating_mul(1_000))))
}
