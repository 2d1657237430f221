//! `root-user`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// No process runs as user 0.
    /// ## Why
    /// Root inside a container is root on the kernel that it shares: whoever breaks out of the process is root on the node. Pod
    /// security `restricted` rejects such pods, and an API server accepts `runAsNonRoot` with user 0 without a word.
    /// ## Source
    /// Kubernetes, Pod Security Standards, `runAsUser`; hadolint DL3002; kube-linter `run-as-non-root`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { user 0 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { user 10001; capabilities ["NET_BIND_SERVICE"] }
    /// }
    /// ```
    903 "root-user" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(user) = workload.security.user.as_ref().filter(|user| user.value == 0) else {
            continue;
        };
        let message = format!("`{}` runs as root", workload.name.value);
        found.push(
            Diagnostic::new(&RULE, message, user.span, "user 0")
                .help("leave it out for a user of its own; a port below 1024 needs the capability `NET_BIND_SERVICE` alone")
                .about(workload.id),
        );
    }
}
