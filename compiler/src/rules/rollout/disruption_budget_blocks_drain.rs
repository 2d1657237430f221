//! `disruption-budget-blocks-drain`

use crate::diagnostic::Diagnostic;
use crate::model::Platform;
use crate::quantity::Share;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A disruption budget lets at least one instance be taken away.
    /// ## Why
    /// With none, no eviction is ever allowed: `kubectl drain` waits for ever, and with it the upgrade of the cluster, until
    /// somebody deletes the budget or the pod by hand.
    /// ## Source
    /// Kubernetes, `disruption.go` and `eviction.go`: allowed = healthy − desired; 0 is answered with 429, and drain tries again.
    /// Percentages are rounded up, so that only nothing is nothing. A budget does not bound rolling updates.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  3
    ///   memory 512Mi
    ///   budget { unavailable 0 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  3
    ///   memory 512Mi
    ///   budget { unavailable 1 }
    /// }
    /// ```
    709 "disruption-budget-blocks-drain" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(budget) = &workload.budget else { continue };
        let on_kubernetes = matches!(context.model.platform(workload), Platform::Kubernetes(_));
        // A single instance gets no budget, since any would block or mean nothing.
        let written = on_kubernetes && 1 < workload.scale.max();
        if !written || !budget.unavailable.is_zero() {
            continue;
        }
        let name = &workload.name.value;
        let message =
            format!("the disruption budget of `{name}` never lets an instance go, so no node with one can be drained");
        let share = match budget.unavailable.value {
            Share::Count(_) => "1",
            Share::Ratio(_) => "1%",
        };
        found.push(
            Diagnostic::new(&RULE, message, budget.unavailable.span, "none, ever")
                .help(format!(
                    "write `unavailable {share}`: rolling updates are not bound by it"
                ))
                .edit(budget.unavailable.span, share)
                .about(workload.id),
        );
    }
}
