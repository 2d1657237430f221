//! `no-breaker-on-external`

use crate::budget::retries;
use crate::diagnostic::Diagnostic;
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Calls to services of others have a circuit breaker.
    /// ## Why
    /// Others fail when they like, for as long as they like, and nobody here can restart them. Without a breaker every request
    /// waits for the whole timeout of a call that cannot succeed; with one it fails at once, and what does not need that call
    /// goes on.
    /// ## Source
    /// Nygard, "Release It!", "Circuit Breaker".
    ///
    /// ```loadline,bad
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; breaker 50% { over 10s } }
    /// }
    /// ```
    108 "no-breaker-on-external" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let calls = workload
            .calls
            .iter()
            .filter(|call| call.is_waited_for() && call.breaker.is_none());
        for call in calls.filter(|call| call.callee.id.kind == ThingKind::External) {
            let callee = &call.callee.name;
            let waits = match retries::longest(call) {
                Some(time) => format!("every request waits {time}"),
                None => "every request waits".to_owned(),
            };
            let message = format!(
                "nothing stops `{}` from calling `{callee}` while it is down",
                workload.name.value
            );
            let diagnostic = Diagnostic::new(&RULE, message, call.span, waits)
                .help("write `breaker 50% { over 10s }`: when half of the calls of 10s fail, the next fail at once")
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}
