//! `removed-while-called`

use crate::diagnostic::Diagnostic;
use crate::model::EdgeKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service that this revision of the spec removes is not called by instances of the revision that runs, which are still
    /// there until they are replaced.
    ///
    /// Judged with `check --against REVISION` only.
    /// ## Why
    /// A rollout takes minutes, and a deletion is immediate. Instances that were started before the change go on calling what
    /// is gone, until the last of them is replaced.
    /// ## Source
    /// Deployment controller: old and new pods serve side by side until the rollout has ended; `kubectl apply --prune` and GitOps
    /// controllers delete what is no longer in the manifests without waiting for it.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    /// ```loadline,running
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    ///   calls   prices { timeout 2s }
    /// }
    /// service prices {
    ///   image   "ghcr.io/acme/prices@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    /// ```loadline,running
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    /// }
    /// service prices {
    ///   image   "ghcr.io/acme/prices@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   2
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    722 "removed-while-called" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(running) = context.running else {
        return;
    };
    let old = running.model;
    for edge in old.graph.edges() {
        // Who does without it is not broken by it, and what nobody deploys from here is not removed from here.
        let needs = matches!(edge.kind, EdgeKind::Call { optional: false, .. }) && edge.to.kind.is_workload();
        let (from, to) = (old.name(edge.from), old.name(edge.to));
        let named = |name: &str| context.model.things().find(|id| context.model.name(*id) == name);
        if !needs || named(to).is_some() {
            continue;
        }
        // Both gone: they may go together.
        let Some(caller) = named(from) else {
            continue;
        };
        let Some(workload) = context.model.workload(caller).filter(|workload| !workload.is_job()) else {
            continue;
        };
        let word = edge.kind.word();
        let message =
            format!("`{to}` is removed, and the revision of `{from}` that runs {word} it until it is replaced");
        found.push(
            Diagnostic::new(&RULE, message, workload.name.span, "its old instances are still there")
                .about(caller)
                .help(format!(
                    "keep `{to}` in this change, and remove it when the rollout of `{from}` has ended"
                )),
        );
    }
}
