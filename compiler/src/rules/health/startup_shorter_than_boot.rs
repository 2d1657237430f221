//! `startup-shorter-than-boot`

use super::asked;
use crate::budget::probes;
use crate::diagnostic::Diagnostic;
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The kubelet waits for a start for as long as the slowest start takes.
    /// ## Why
    /// An instance that needs longer is killed just before it is up, starts again, and is killed again: it never serves, and the
    /// waits between its starts grow to five minutes. It shows up on a slow day, with a cold cache or a longer migration, and
    /// not in the test.
    /// ## Source
    /// Kubernetes, `pkg/kubelet/prober/worker.go`: a startup probe gives up after `after` + `failing` × `every`, and holds the
    /// others back until then; without one, liveness counts from the start of the container. `load.boot` counts from create to
    /// ready, its upper end is the slowest.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" { every 10s; failing 3 } }
    ///   load   { boot 20s..45s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health {
    ///     startup "/readyz" { every 2s; within 90s }
    ///     ready   "/readyz"
    ///     live    "/livez" { every 10s; failing 3 }
    ///   }
    ///   load { boot 20s..45s }
    /// }
    /// ```
    505 "startup-shorter-than-boot" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model).filter(|container| container.is_main) {
        let workload = container.workload;
        let (Some(boot), Some(deadline)) = (&workload.load.boot, probes::startup_deadline(container.health)) else {
            continue;
        };
        if boot.high <= deadline.time {
            continue;
        }
        let slowest = if boot.low < boot.high { "up to " } else { "" };
        let message = format!(
            "`{}` is killed {} after its start, and takes {slowest}{} to come up",
            workload.name.value, deadline.time, boot.high
        );
        let who = if deadline.is_startup { "startup" } else { "liveness" };
        // Half as long again, so that the day on which it is slower is no outage.
        let within = Duration::seconds(boot.high.scaled_up(3, 2).ceil_seconds());
        let help = if deadline.is_startup {
            format!("write `within {within}`: half as long again as the slowest start")
        } else {
            format!("add a `startup` probe with `every 2s; within {within}`: `live` is held back until it passes")
        };
        let label = format!("{who} gives up after {} = {}", deadline.time, deadline.terms());
        let diagnostic = Diagnostic::new(&RULE, message, deadline.probe.span, label)
            .label(boot.span, "from created to ready")
            .help(help)
            .about(workload.id);
        let limit = deadline.probe.within.as_ref().filter(|_| deadline.is_startup);
        found.push(match limit {
            Some(limit) => diagnostic.edit(limit.span, within.to_string()),
            None => diagnostic,
        });
    }
}
