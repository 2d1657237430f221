//! `grace-shorter-than-drain`

use crate::budget::shutdown::{EXIT_MARGIN, ShutdownSum};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// An instance has enough time to settle, drain and close before it is killed.
    /// ## Why
    /// The clock of the grace period runs from the first moment: what the settling takes is missing for the drain. Requests that
    /// are still in flight at its end are cut off, on every deploy.
    /// ## Source
    /// Kubernetes: `preStop` runs inside `terminationGracePeriodSeconds` (kuberuntime_container.go, Pod lifecycle). A Node server
    /// that does not answer `Connection: close` while it drains keeps connections for its keep-alive timeout and a
    /// second more (measured on 20 to 24).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { settle 10s; drain 30s; grace 30s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { settle 10s; drain 30s; grace 45s }
    /// }
    /// ```
    601 "grace-shorter-than-drain" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let sum = ShutdownSum::of(workload);
        let needed = sum.needed();
        if needed <= sum.grace {
            continue;
        }
        let grace = &workload.shutdown.grace;
        let message = format!(
            "`{}` is killed after {}, but needs {needed} to stop",
            workload.name.value, sum.grace
        );
        let mut diagnostic = Diagnostic::new(&RULE, message, grace.span, "the clock runs from the first moment")
            .about(workload.id)
            .on("grace");
        let parts = [
            (&workload.shutdown.settle, "settle"),
            (&workload.shutdown.drain, "drain"),
        ];
        for (value, what) in parts.into_iter().filter(|(value, _)| value.is_written()) {
            diagnostic = diagnostic.label(value.span, format!("{} {what}", value.get().unwrap_or_default()));
        }
        if !sum.tail.is_zero() {
            let listen = workload.listen.iter().find(|listen| !listen.closes_idle.value);
            let span = listen.map_or(workload.span, |listen| listen.span);
            diagnostic = diagnostic.label(span, format!("{} until idle connections close", sum.tail));
        }
        let enough = needed.plus(EXIT_MARGIN);
        diagnostic = diagnostic
            .note(format!("{needed} = {}", sum.terms()))
            .help(format!("write `grace {enough}`"));
        found.push(if grace.is_written() {
            diagnostic.edit(grace.span, enough.to_string())
        } else {
            diagnostic
        });
    }
}
