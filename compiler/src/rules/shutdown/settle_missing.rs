//! `settle-missing`

use crate::budget::shutdown::SETTLE_KUBERNETES;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Expose, Platform};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// On Kubernetes, what listens keeps serving for a while after it was told to stop; and how long is said where an external
    /// load balancer sends the requests.
    /// ## Why
    /// A pod is told to stop and taken out of the endpoints at the same time, in no order. Until every proxy has followed, new
    /// connections still arrive, and a process that has closed its port refuses them. Proxies of the cluster follow
    /// within a second or two; a load balancer outside of it, which deregisters its targets on its own, later.
    /// ## Source
    /// Kubernetes, Pod lifecycle: the endpoint is removed while the pod terminates. kube-proxy coalesces changes for a second
    /// (`minSyncPeriod`).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   listen   http 3000
    ///   health   { ready "/readyz"; live "/livez" }
    ///   shutdown { settle 0s; drain 25s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   listen   http 3000
    ///   health   { ready "/readyz"; live "/livez" }
    ///   shutdown { settle 5s; drain 25s }
    /// }
    /// ```
    606 "settle-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        let on_kubernetes = matches!(model.platform(workload), Platform::Kubernetes(_));
        if !on_kubernetes || workload.is_job() || workload.listen.is_empty() {
            continue;
        }
        let (name, settle) = (&workload.name.value, &workload.shutdown.settle);
        let public = workload
            .listen
            .iter()
            .find(|listen| listen.expose.value == Expose::Public);
        if workload.shutdown.settle().is_zero() {
            let message = format!("`{name}` stops serving while requests are still sent to it");
            found.push(
                Diagnostic::new(&RULE, message, settle.span, "proxies follow a second or two later")
                    .at(context.missing())
                    .help(format!("write `settle {SETTLE_KUBERNETES}`, or leave it out"))
                    .about(workload.id),
            );
        } else if let Some(listen) = public.filter(|_| !settle.is_written()) {
            let message =
                format!("`{name}` is behind a load balancer, and settles for the {SETTLE_KUBERNETES} of a cluster");
            let label = "a load balancer takes its targets out on its own time";
            found.push(
                Diagnostic::new(&RULE, message, listen.expose.span, label)
                    .at(Severity::Note)
                    .help("write `settle` with the load balancer's deregistration delay")
                    .about(workload.id),
            );
        }
    }
}
