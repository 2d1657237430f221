//! `retry-amplification`

use crate::budget::retries::{self, Chain};
use crate::diagnostic::Diagnostic;
use crate::model::{Calls, Workload};
use crate::quantity::Amount;
use crate::rules::{Context, rule};

/// Two attempts on each of three levels.
const LIMIT: Amount = Amount::whole(8);

rule! {
    /// ## What it checks
    /// One request at the top of a chain of calls arrives at its end at most 8 times, when the end fails.
    /// ## Why
    /// Retries on several levels multiply: three attempts on each of three levels are 27 requests for one. What was slow is
    /// then down, and stays down after the cause is gone, since the load that keeps it down is made of its own failures.
    /// ## Source
    /// Site Reliability Engineering, "Addressing Cascading Failures": four attempts on each of three levels are 64. A budget
    /// bounds what a level adds: `1 + budget` instead of `1 + retries`. The threshold is ours: two attempts on three levels.
    ///
    /// ```loadline,bad
    /// template service-base {
    ///   image  "ghcr.io/acme/app@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    /// }
    /// external warehouse { }
    /// # A budget of twice the requests allows every one of two retries.
    /// service web {
    ///   extends service-base
    ///   calls   orders { timeout 60s; retries 2; retry_budget 200%; idempotent }
    /// }
    /// service orders {
    ///   extends service-base
    ///   calls   stock { timeout 10s; retries 2; retry_budget 200%; idempotent }
    /// }
    /// service stock {
    ///   extends service-base
    ///   calls   warehouse { timeout 3s; retries 2; retry_budget 200%; idempotent }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// template service-base {
    ///   image  "ghcr.io/acme/app@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    /// }
    /// external warehouse { }
    /// service web {
    ///   extends service-base
    ///   calls   orders { timeout 60s; retries 2; retry_budget 10%; idempotent }
    /// }
    /// service orders {
    ///   extends service-base
    ///   calls   stock { timeout 10s; retries 2; retry_budget 10%; idempotent }
    /// }
    /// service stock {
    ///   extends service-base
    ///   calls   warehouse { timeout 3s; retries 2; retry_budget 10%; idempotent }
    /// }
    /// ```
    103 "retry-amplification" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for chain in retries::amplifications(context.model, LIMIT) {
        found.extend(told(&chain));
    }
}

fn told(chain: &Chain<'_>) -> Option<Diagnostic> {
    let (caller, last) = chain.calls.last()?;
    let multiplies = |(_, call): &&(&Workload, &Calls)| Amount::ONE < retries::load_factor(call);
    let (top, first) = chain.calls.iter().find(multiplies)?;
    let message = format!(
        "when `{}` fails, each request to `{}` reaches it up to {} times",
        last.callee.name, top.name.value, chain.factor
    );
    // From the end to the top: the product is felt at the end.
    let mut labels = chain.calls.iter().rev().filter(multiplies);
    let (_, deepest) = labels.next()?;
    let mut diagnostic = Diagnostic::new(&RULE, message, deepest.retries.span, term(deepest))
        .about(caller.id)
        .on("retries");
    for (_, call) in labels {
        diagnostic = diagnostic.label(call.retries.span, term(call));
    }
    let bounded = Amount::millionths(1_100_000);
    let budgets = chain.calls.iter().fold(Amount::ONE, |product, (_, call)| {
        product.times(retries::load_factor(call).min(bounded))
    });
    let (once, name) = (retries::load_factor(first), &top.name.value);
    Some(diagnostic.help(format!(
        "with `retry_budget 10%` on each of them it is {budgets} times; or retry only in `{name}`: {once} times"
    )))
}

fn term(call: &Calls) -> String {
    let factor = retries::load_factor(call);
    match &call.retry_budget {
        Some(budget) => format!(
            "× {factor} to `{}`, with a budget of {}",
            call.callee.name, budget.value
        ),
        None => format!("× {factor} to `{}`", call.callee.name),
    }
}
