//! `memory-limit-missing`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every service, worker and job has a memory limit.
    /// ## Why
    /// Without one a leak takes the whole node, and the kernel chooses which of its neighbours dies. Nothing that depends on the
    /// limit can be checked: neither the heap nor how many instances fit on a machine.
    /// ## Source
    /// Kubernetes: a container without limit is evicted first when the node runs short (node-pressure eviction); linters
    /// `unset-memory-requirements` (kube-linter), `memoryLimitsMissing` (Polaris).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi..512Mi
    /// }
    /// ```
    304 "memory-limit-missing" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        if workload.memory.as_ref().and_then(crate::model::Memory::limit).is_some() {
            continue;
        }
        let message = format!("`{}` has no memory limit", workload.name.value);
        let span = workload.memory.as_ref().map_or(workload.span, |memory| memory.span);
        let diagnostic = Diagnostic::new(&RULE, message, span, "may take all there is")
            .help("write `memory 512Mi`, or `memory 256Mi..512Mi` for request and limit")
            .about(workload.id);
        found.push(diagnostic);
    }
}
