//! `retry-without-budget`

use crate::budget::retries;
use crate::diagnostic::{Diagnostic, Severity, counted};
use crate::model::{Breaker, Calls};
use crate::quantity::Amount;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Calls that are retried have a retry budget.
    /// ## Why
    /// Two retries for each request triple the load on a callee that is failing because of its load. It can only recover below
    /// a third of its capacity, so an outage of seconds becomes one without end. Waiting longer between attempts does not
    /// help: the same requests come, later. A budget lets through what a hiccup needs, and no more. A circuit breaker bounds
    /// the load too; with one this is a note.
    /// ## Source
    /// Site Reliability Engineering, "Handling Overload": retries are at most 10 % of requests. Huang et al., "Metastable
    /// Failures in the Wild" (OSDI 2022): many incidents are sustained by retries. A callee that answers μ requests a
    /// second comes back only below μ / (1 + retries), with a budget below μ / (1 + budget).
    ///
    /// ```loadline,bad
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; retries 2; idempotent }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; retries 2; retry_budget 10%; idempotent }
    /// }
    /// ```
    106 "retry-without-budget" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let calls = workload.calls.iter().filter(|call| call.is_request());
        for call in calls.filter(|call| call.retries.value != 0 && call.retry_budget.is_none()) {
            let (name, callee) = (&workload.name.value, &call.callee.name);
            let until = if call.breaker.is_some() {
                " until its breaker opens"
            } else {
                ""
            };
            let message = format!(
                "when `{callee}` fails, `{name}` sends it {} times as many requests{until}",
                retries::attempts(call)
            );
            let label = format!("{} for every request", counted(call.retries.value, "further attempt"));
            let mut diagnostic = Diagnostic::new(&RULE, message, call.retries.span, label)
                .about(workload.id)
                .on("retries");
            if let Some(breaker) = &call.breaker {
                diagnostic = diagnostic
                    .label(breaker.span, bounded(call, breaker))
                    .at(Severity::Note);
            }
            let bounded = Amount::millionths(1_100_000);
            found.push(diagnostic.help(format!("write `retry_budget 10%`: at most {bounded} times as many")));
        }
    }
}

/// Just below its threshold a breaker lets through `1 + p + p² + …` attempts for each request.
fn bounded(call: &Calls, breaker: &Breaker) -> String {
    let share = Amount::millionths(breaker.threshold.in_millionths());
    let (mut sum, mut power) = (Amount::ONE, Amount::ONE);
    // Further terms are too small to be seen.
    for _ in 0..call.retries.value.min(64) {
        power = power.times(share);
        sum = Amount::millionths(sum.in_millionths().saturating_add(power.in_millionths()));
    }
    let hundredths = sum.in_millionths() / 10_000;
    let shown = Amount::millionths(hundredths.saturating_mul(10_000));
    format!("bounds it: {shown} times until it opens")
}
