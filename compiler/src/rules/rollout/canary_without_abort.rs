//! `canary-without-abort`

use crate::diagnostic::Diagnostic;
use crate::model::Strategy;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A canary rollout says what takes the traffic back.
    /// ## Why
    /// Without a condition the steps only make a bad deploy slower: the share of requests that fail grows with every step, until
    /// somebody looks.
    /// ## Source
    /// Argo Rollouts: steps without an analysis go on by themselves when their pause ends.
    ///
    /// ```loadline,bad
    /// cluster prod { rollouts argo }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   4
    ///   memory  512Mi
    ///   rollout canary { step 25% { for 10m } }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { rollouts argo }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   4
    ///   memory  512Mi
    ///   rollout canary { step 25% { for 10m }; abort error_rate > 1% }
    /// }
    /// ```
    705 "canary-without-abort" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(rollout) = &workload.rollout else {
            continue;
        };
        if rollout.strategy.value != Strategy::Canary || !rollout.abort.is_empty() {
            continue;
        }
        let name = &workload.name.value;
        let message = format!("the canary of `{name}` goes on, whatever its requests look like");
        found.push(
            Diagnostic::new(&RULE, message, rollout.strategy.span, "nothing takes the traffic back")
                .help("write `abort error_rate > 1%`, or whatever your objectives allow")
                .about(workload.id),
        );
    }
}
