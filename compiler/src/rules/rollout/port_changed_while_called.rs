//! `port-changed-while-called`

use super::replaced;
use crate::budget::replacement::Placed;
use crate::diagnostic::Diagnostic;
use crate::model::{EdgeKind, Listen, Model, Platform, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The port that others see of a service, and the name of its listener, stay what they are while instances that know the old
    /// ones run.
    ///
    /// Judged with `check --against REVISION` only, and on Kubernetes.
    /// ## Why
    /// The Service object changes when the manifests are applied, the pods behind it and the callers in front of it minutes
    /// later. Callers that still use the old port are refused; pods that have no port of the new name get no traffic at all.
    /// ## Source
    /// Kubernetes Services: `port` is what clients connect to; a named `targetPort` is looked up in each pod, and a pod
    /// without it is left out of the endpoints (EndpointSlice controller, `FindPort`).
    ///
    /// ```loadline,bad
    /// cluster prod { version 1.33 }
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
    ///   listen  http 8080
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
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
    /// cluster prod { version 1.33 }
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
    ///   listen  http 8080 { as 3000 }
    ///   health  { ready "/readyz" }
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
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
    723 "port-changed-while-called" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (old, now) in replaced(context) {
        let on_kubernetes =
            |placed: Placed<'_>| matches!(placed.model.platform(placed.workload), Platform::Kubernetes(_));
        if !on_kubernetes(old) || !on_kubernetes(now) {
            continue;
        }
        let workload = now.workload;
        let name = &workload.name.value;
        let callers = callers(old.model, now.model, old.workload);
        for before in &old.workload.listen {
            let port = before.outside_port();
            match workload.listen.iter().find(|now| now.name() == before.name()) {
                Some(now) if now.outside_port() != port => {
                    let Some(caller) = callers.first() else {
                        continue;
                    };
                    let message = format!(
                        "`{name}` is reached at {} from now on, and the revision of `{caller}` that runs calls {port}",
                        now.outside_port()
                    );
                    let span = now.outside.as_ref().map_or(now.port.span, |outside| outside.span);
                    let inside = now.port.value.0;
                    found.push(
                        Diagnostic::new(&RULE, message, span, "takes effect before any instance is replaced")
                            .about(workload.id)
                            .help(format!(
                                "write `listen {} {inside} {{ as {port} }}`, or listen on both until the callers are replaced",
                                now.protocol.value.word()
                            )),
                    );
                }
                Some(_) => {}
                None => found.extend(renamed(workload, before, &callers)),
            }
        }
    }
}

/// A listener that has another name now: old pods have no port of that name.
fn renamed(workload: &Workload, before: &Listen, callers: &[String]) -> Option<Diagnostic> {
    let now = workload
        .listen
        .iter()
        .find(|now| now.outside_port() == before.outside_port())?;
    let caller = callers.first()?;
    let message = format!(
        "the listener `{}` of `{}` is called `{}` now, and pods of the revision that runs have no port of that name",
        before.name(),
        workload.name.value,
        now.name()
    );
    let span = now.name.as_ref().map_or(now.span, |name| name.span);
    let label = format!("`{caller}` reaches none of them from the start of the rollout on");
    Some(
        Diagnostic::new(&RULE, message, span, label)
            .about(workload.id)
            .help(format!("keep the name `{}`", before.name())),
    )
}

/// Who calls a workload in the revision that runs and is still there, and gateways that route to it.
fn callers(old: &Model, new: &Model, workload: &Workload) -> Vec<String> {
    let calls = old.graph.edges().filter(|edge| edge.to == workload.id);
    let calls = calls.filter(|edge| matches!(edge.kind, EdgeKind::Call { optional: false, .. }));
    let names = calls.map(|edge| old.name(edge.from).to_owned());
    names
        .filter(|name| new.things().any(|id| new.name(id) == name))
        .collect()
}
