//! `old-instances-stay`

use super::replaced;
use crate::budget::replacement::{Controller, is_in_place};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What makes the instances of a workload is replaced by itself: a Deployment that becomes a StatefulSet or an Argo
    /// Rollout, or a workload that moves to another host, cluster or namespace, leaves the old one running.
    ///
    /// Judged with `check --against REVISION` only. `transition-overcommit` counts both.
    /// ## Why
    /// Two objects of different kinds, or in different places, know nothing of each other. Both sets serve, consume queues and
    /// hold connections until somebody deletes the old one.
    /// ## Source
    /// Kubernetes objects are identified by kind, namespace and name; `kubectl apply` deletes nothing. Argo Rollouts documents the
    /// migration of a Deployment by `workloadRef` and `scaleDown`.
    ///
    /// ```loadline,bad
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   volume  index "/var/lib/index" { kind persistent; size 20Gi }
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   volume  index "/var/lib/index" { size 20Gi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   rollout recreate
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    /// }
    /// ```
    725 "old-instances-stay" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (before, now) in replaced(context) {
        let workload = now.workload;
        if workload.is_job() || is_in_place(before, now) {
            continue;
        }
        let (was, is) = (Controller::of(before), Controller::of(now));
        let name = &workload.name.value;
        let message = format!(
            "`{name}` was {} and becomes {}: both run until the old one is removed",
            was.shown(),
            is.shown()
        );
        let place = if was.place != is.place {
            workload.runs_on.as_ref().map(|runs_on| runs_on.span)
        } else {
            workload.rollout.as_ref().map(|rollout| rollout.span)
        };
        found.push(
            Diagnostic::new(
                &RULE,
                message,
                place.unwrap_or(workload.name.span),
                "does not replace what runs",
            )
            .about(workload.id)
            .help(format!("remove the old `{name}` by hand when the new one serves")),
        );
    }
}
