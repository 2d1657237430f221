//! `probe-timeout-exceeds-period`

use super::asked;
use crate::budget::probes;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A probe is not waited for longer than until the next one is due.
    /// ## Why
    /// The kubelet asks one after the other. When an instance hangs, each probe takes its whole timeout, and failures are
    /// counted that much slower than `every` says: an instance that should be out of the traffic after ten seconds gets
    /// requests for half a minute.
    /// ## Source
    /// Kubernetes, `pkg/kubelet/prober/worker.go`: one goroutine for each probe; ticks that pass while it waits are lost.
    /// Docker counts the interval from the end of a check, so there nothing is lost.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" { every 5s; timeout 10s; failing 2 } }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" { every 5s; timeout 2s; failing 2 } }
    /// }
    /// ```
    506 "probe-timeout-exceeds-period" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model) {
        for (kind, probe) in container.probes() {
            let (timeout, period) = (probes::timeout(probe), probes::period(probe));
            if timeout <= period {
                continue;
            }
            // A ticker keeps one tick that was missed: the next probe begins as soon as this one is given up.
            let (failures, word) = (probes::failures(probe), kind.word());
            let message = format!(
                "an instance of `{}` that hangs is {} after {}, not after {}",
                container.name,
                kind.consequence(),
                timeout.times(failures),
                period.times(failures)
            );
            let diagnostic = Diagnostic::new(
                &RULE,
                message,
                probe.timeout.span,
                format!("each of {failures} {word} probes takes {timeout}"),
            )
            .label(probe.every.span, "and the next waits for it")
            .help(format!("write a `timeout` of at most {period}, or `every {timeout}`"))
            .about(container.workload.id);
            found.push(diagnostic);
        }
    }
}
