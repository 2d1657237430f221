//! `single-point-of-failure`

use crate::budget::instances;
use crate::diagnostic::Diagnostic;
use crate::model::{Model, Platform, Slo, ThingKind, Workload};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service that promises an availability has more than one instance, also at its fewest.
    /// ## Why
    /// One instance is no instance whenever its node fails, is drained or has no memory left, and while it is restarted. When a
    /// node fails, Kubernetes waits more than five minutes before it starts the pod elsewhere: an availability of 99.99 %
    /// allows four in a month.
    /// ## Source
    /// Kubernetes: pods tolerate a node that is not ready or cannot be reached for 300 s (admission plugin
    /// DefaultTolerationSeconds). On PM2 processes count, which are restarted one by one; under systemd units. Environments
    /// other than the base and production are not judged: their promise is inherited.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  1
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  2
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    110 "single-point-of-failure" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    if !model.is_under_load() {
        return;
    }
    for workload in model
        .workloads
        .iter()
        .filter(|workload| workload.id.kind == ThingKind::Service)
    {
        let Some(slo) = &workload.slo else { continue };
        let Some(availability) = slo.availability.as_ref().filter(|_| fewest(model, workload) <= 1) else {
            continue;
        };
        let name = &workload.name.value;
        let (fewest, help) = if workload.scale.is_automatic() {
            let most = workload.scale.max();
            (" at its fewest", format!("write `scale 2..{}`", most.max(2)))
        } else {
            ("", "write `scale 2`".to_owned())
        };
        let message = format!("`{name}` promises {} with one instance{fewest}", availability.value);
        let diagnostic = Diagnostic::new(
            &RULE,
            message,
            workload.scale.replicas.span,
            "whatever happens to it is an outage",
        )
        .label(
            availability.span,
            format!("allows {} in {}", allowed(slo), slo.window.value),
        )
        .help(format!("{help}: one is left while the other is replaced"))
        .about(workload.id);
        found.push(diagnostic);
    }
}

/// What is replaced one by one, at its fewest.
fn fewest(model: &Model, workload: &Workload) -> u64 {
    let instances = instances::replicas_min(model, workload);
    match model.platform(workload) {
        Platform::Pm2(_) => instances.saturating_mul(instances::processes(model, workload)),
        _ => instances,
    }
}

/// The time in the window that may fail, in whole units that a reader knows.
fn allowed(slo: &Slo) -> Duration {
    let availability = slo
        .availability
        .as_ref()
        .map(|availability| availability.in_millionths());
    let missing = 1_000_000_u64.saturating_sub(availability.unwrap_or_default());
    let time = slo.window.scaled_up(missing, 1_000_000);
    let seconds = time.in_micros() / 1_000_000;
    // Minutes are precise enough from ten of them on.
    Duration::seconds(if seconds < 600 { seconds } else { seconds / 60 * 60 })
}
