//! `no-progress-possible`

use crate::budget::instances::{Effective, strategy};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A rolling update may start one instance more or do with one less.
    /// ## Why
    /// With neither there is no first step. The API server refuses such a Deployment; elsewhere the rollout would stand still.
    /// ## Source
    /// Kubernetes, `ValidateRollingUpdateDeployment`: maxUnavailable "may not be 0 when maxSurge is 0".
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   rollout rolling { surge 0; unavailable 0 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   rollout rolling { surge 1; unavailable 0 }
    /// }
    /// ```
    701 "no-progress-possible" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(rollout) = &workload.rollout else {
            continue;
        };
        let rolls = strategy(context.model, workload) == Effective::Rolling;
        if !(rolls && rollout.surge.is_zero() && rollout.unavailable.is_zero()) {
            continue;
        }
        let message = format!(
            "the rollout of `{}` may neither start an instance nor do without one",
            workload.name.value
        );
        let diagnostic = Diagnostic::new(&RULE, message, rollout.surge.span, "none more")
            .label(rollout.unavailable.span, "none fewer")
            .help("write `surge 1`: a new instance before an old one goes")
            .about(workload.id);
        let written = rollout.surge.is_written();
        found.push(if written {
            diagnostic.edit(rollout.surge.span, "1")
        } else {
            diagnostic
        });
    }
}
