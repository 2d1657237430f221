//! `retry-not-idempotent`

use crate::diagnostic::{Diagnostic, counted};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Only calls that may be made twice are retried.
    /// ## Why
    /// A timeout does not say that nothing happened: the request may have been worked on, and only its answer is late. Sent
    /// again, the order is made twice and the card charged twice.
    /// ## Source
    /// RFC 9110, section 9.2.2: a client does not repeat a request whose method is not idempotent unless it knows that the
    /// request is.
    ///
    /// ```loadline,bad
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; retries 2; retry_budget 10% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   # Each charge goes with a key of its own: asked for twice with one key, it is made once.
    ///   calls  stripe { timeout 3s; retries 2; retry_budget 10%; idempotent }
    /// }
    /// ```
    107 "retry-not-idempotent" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let calls = workload.calls.iter().filter(|call| call.is_request());
        for call in calls.filter(|call| call.retries.value != 0 && !call.idempotent.value) {
            let message = format!(
                "`{}` repeats calls to `{}` that are not `idempotent`",
                workload.name.value, call.callee.name
            );
            let label = format!(
                "up to {} after one whose answer was lost",
                counted(call.retries.value, "repeat")
            );
            let diagnostic = Diagnostic::new(&RULE, message, call.retries.span, label)
                .help(
                    "write `idempotent` if they may be (reads, or requests with a key of their own), else `retries 0`",
                )
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}
