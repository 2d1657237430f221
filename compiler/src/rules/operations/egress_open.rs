//! `egress-open`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A workload may connect to what it needs, not to every address there is.
    /// ## Why
    /// Whoever gets code to run in a process wants to load more of it, and to send away what it finds. What the graph does not say
    /// is denied on Kubernetes; a block of all addresses takes that back.
    /// ## Source
    /// Kubernetes, NetworkPolicy: `0.0.0.0/0` and `::/0` allow every destination, on every port.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { egress ["0.0.0.0/0"] }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { egress ["10.20.0.0/16"] }
    /// }
    /// ```
    910 "egress-open" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(egress) = &workload.security.egress else {
            continue;
        };
        let Some(block) = egress.value.iter().find(|block| block.ends_with("/0")) else {
            continue;
        };
        let message = format!("`{}` may connect to any address on any port", workload.name.value);
        found.push(
            Diagnostic::new(&RULE, message, egress.span, format!("`{}` is every address", block.0))
                .help("name the services it calls as `external` with a `url`, or the blocks it needs")
                .about(workload.id),
        );
    }
}
