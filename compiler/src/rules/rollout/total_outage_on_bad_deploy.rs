//! `total-outage-on-bad-deploy`

use crate::budget::instances::{Effective, strategy};
use crate::budget::rolling::{fenceposts, shares};
use crate::diagnostic::{Diagnostic, counted};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A rolling update may not take all instances away before a new one is ready, at no number of replicas that the autoscaler
    /// can choose.
    /// ## Why
    /// The controller takes away what may be unavailable in its first step, before any new instance has started. A revision
    /// that never becomes ready then leaves nothing: the rollout stands still with zero instances, until somebody rolls back.
    /// ## Source
    /// Kubernetes, `rolling.go`: with 5 replicas and `25%`/`100%` the old set is scaled to 0 at once. Both rounding to zero makes
    /// one unavailable (`ResolveFenceposts`).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   5
    ///   memory  512Mi
    ///   rollout rolling { surge 25%; unavailable 100% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   5
    ///   memory  512Mi
    ///   rollout rolling { surge 25%; unavailable 0 }
    /// }
    /// ```
    702 "total-outage-on-bad-deploy" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(rollout) = &workload.rollout else {
            continue;
        };
        if strategy(context.model, workload) != Effective::Rolling {
            continue;
        }
        let (surge, unavailable) = shares(Some(rollout));
        // What the API server refuses is `no-progress-possible`.
        if surge.is_zero() && unavailable.is_zero() {
            continue;
        }
        let taken = |replicas: &u64| *replicas != 0 && fenceposts(surge, unavailable, *replicas).1 == *replicas;
        let ends = [workload.scale.max(), workload.scale.min()];
        let Some(replicas) = ends.into_iter().find(taken) else {
            continue;
        };
        let (name, all) = (&workload.name.value, counted(replicas, "instance"));
        let message = format!("a rollout of `{name}` may take all of its {all} away before a new one is ready");
        let label = format!("{replicas} of {replicas}");
        let mut diagnostic = Diagnostic::new(&RULE, message, rollout.unavailable.span, label)
            .label(workload.scale.span, all)
            .help("write `surge 1; unavailable 0`: a new instance before an old one goes")
            .about(workload.id)
            .on("unavailable");
        // Without a surge there would be no step at all.
        if surge.is_zero() {
            diagnostic = diagnostic.edit(rollout.surge.span, "1");
        }
        if rollout.unavailable.is_written() {
            diagnostic = diagnostic.edit(rollout.unavailable.span, "0");
        }
        found.push(diagnostic);
    }
}
