//! `zero-margin-shutdown`

use crate::budget::shutdown::{EXIT_MARGIN, ShutdownSum};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Between the end of the drain and the kill there is time left for the process to exit: at least 2 s.
    /// ## Why
    /// `preStop` and drain that together fill the grace period exactly look sufficient. Timers fire late on a machine that is busy
    /// with a deploy, pools and logs are closed last, and whole seconds are rounded: what is in flight at the end is cut off.
    /// ## Source
    /// The kubelet grants 2 s after `preStop`, whatever is left (`minimumGracePeriodInSeconds`, kuberuntime_container.go): the
    /// least that it takes a process to exit. The sum is that of `grace-shorter-than-drain`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { settle 30s; drain 30s; grace 60s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { settle 30s; drain 30s; grace 62s }
    /// }
    /// ```
    602 "zero-margin-shutdown" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let sum = ShutdownSum::of(workload);
        let (needed, grace) = (sum.needed(), &workload.shutdown.grace);
        let enough = needed.plus(EXIT_MARGIN);
        // A grace period that is too short altogether is `grace-shorter-than-drain`.
        if sum.grace < needed || enough <= sum.grace {
            continue;
        }
        let name = &workload.name.value;
        let left = match sum.grace.minus(needed) {
            none if none.is_zero() => "nothing".to_owned(),
            left => left.to_string(),
        };
        let message = format!(
            "`{name}` needs {needed} to stop and is killed after {}: {left} is left",
            sum.grace
        );
        let diagnostic = Diagnostic::new(&RULE, message, grace.span, format!("{needed} = {}", sum.terms()))
            .help(format!("write `grace {enough}`: {EXIT_MARGIN} for the process to exit"))
            .about(workload.id)
            .on("grace");
        found.push(if grace.is_written() {
            diagnostic.edit(grace.span, enough.to_string())
        } else {
            diagnostic
        });
    }
}
