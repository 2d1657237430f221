//! `settle-missing`

use crate::budget::shutdown::SETTLE_KUBERNETES;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Expose, Language, Model, Platform, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// On Kubernetes, what listens keeps serving for a while after it was told to stop; and how long is said where an external
    /// load balancer sends the requests. Before Kubernetes 1.30 the image must have the program `sleep` for it.
    /// ## Why
    /// A pod is told to stop and taken out of the endpoints at the same time, in no order. Until every proxy has followed, new
    /// connections still arrive, and a process that has closed its port refuses them. Proxies of the cluster follow
    /// within a second or two; a load balancer outside of it, which deregisters its targets on its own, later.
    /// ## Source
    /// Kubernetes, Pod lifecycle: the endpoint is removed while the pod terminates. kube-proxy coalesces changes for a second
    /// (`minSyncPeriod`). KEP-3960: the sleep action of `preStop` is on by default since 1.30; an `exec` hook that fails is only
    /// an event, and the signal follows at once.
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
        found.extend(without_sleep(model, workload));
    }
}

/// Images that are built here for these languages have nothing in them but the program.
fn without_sleep(model: &Model, workload: &Workload) -> Option<Diagnostic> {
    let Platform::Kubernetes(Some(cluster)) = model.platform(workload) else {
        return None;
    };
    let version = model.cluster(cluster)?.version.as_ref()?;
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    let bare = matches!(language, Some(Language::Go | Language::Rust));
    let built_here = workload.build.as_ref().is_some_and(|build| build.base.is_none());
    if version.at_least(1, 30) || workload.shutdown.settle().is_zero() || !(bare && built_here) {
        return None;
    }
    let message = format!(
        "`{}` settles by the program `sleep`, which its image does not have",
        workload.name.value
    );
    let found = Diagnostic::new(&RULE, message, version.span, "sleeps by itself from 1.30 on")
        .at(Severity::Warning)
        .help("write `build { base … }` with an image that has `sleep`, or use a newer cluster");
    Some(found.about(workload.id))
}
