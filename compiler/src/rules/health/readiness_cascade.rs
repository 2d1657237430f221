//! `readiness-cascade`

use crate::budget::capacity::Capacity;
use crate::budget::{instances, probes};
use crate::diagnostic::{Diagnostic, counted};
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// When one instance is taken out of the traffic at peak, the others have the processor time for its share.
    /// ## Why
    /// If they do not, their queues grow, their probes are answered too late, and one after the other is taken out too, until
    /// none is left. Each that comes back gets all the traffic and goes again. The service is down because of one instance,
    /// with more than enough machines for an ordinary day.
    /// ## Source
    /// One instance answers cores / `load.cpu` requests a second at most. Chef's hosted service, 2014: of three nodes behind a
    /// health check one was taken out, then the others. Environments other than the base and production inherit the load, and
    /// are not judged.
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
    for workload in asked.filter(|workload| workload.id.kind == ThingKind::Service && model.is_under_load()) {
        let (Some(peak), Some(cpu), Some(ready)) = (&workload.load.peak, &workload.load.cpu, &workload.health.ready)
        else {
            continue;
        };
        // Where the whole processor is not enough, the queue grows whatever one hopes for.
        let Some(capacity) = Capacity::of(model, workload).map(Capacity::to_the_last) else {
            continue;
        };
        let replicas = instances::replicas_max(model, workload);
        let left = replicas.saturating_sub(1);
        // Of one there is no other, and where all together are too few another rule speaks.
        if left == 0 || capacity.serves(left, peak.value) || !capacity.serves(replicas, peak.value) {
            continue;
        }
        let (name, one) = (&workload.name.value, capacity.per_second(1));
        let message = format!(
            "without one of its {} `{name}` can answer {}/s, and is asked {} at peak",
            counted(replicas, "instance"),
            capacity.per_second(left),
            peak.value
        );
        let diagnostic = Diagnostic::new(
            &RULE,
            message,
            workload.scale.replicas.span,
            format!("{left} × {one}/s"),
        )
        .label(peak.span, "so all miss their probes, one after the other")
        .label(cpu.span, format!("{one}/s for each instance"))
        .label(ready.span, "takes a slow instance out of the traffic")
        .help(format!(
            "write `scale {}`: without one of them it answers {}/s",
            replicas.saturating_add(1),
            capacity.per_second(replicas)
        ))
        .about(workload.id);
        found.push(diagnostic);
    }
}
