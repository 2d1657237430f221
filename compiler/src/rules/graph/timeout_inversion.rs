//! `timeout-inversion`

use loadline_grammar::Span;

use crate::budget::{proxy, retries};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, ThingId};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Who waits for a service waits at least as long as the service itself may wait for those that it calls: timeout ×
    /// attempts, and the waits between them.
    /// ## Why
    /// A caller that gives up earlier gets an error although the answer was on its way, and often asks again while the first
    /// request is still being worked on. The retries further in are made for nobody.
    /// ## Source
    /// Site Reliability Engineering, "Addressing Cascading Failures": deadlines shrink on the way in. The slowest call of a
    /// service counts, not the sum: calls may run side by side. A call back to who waits does not count.
    ///
    /// ```loadline,bad
    /// external stripe { }
    /// service orders {
    ///   image  "ghcr.io/acme/orders@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   calls  payments { timeout 5s }
    /// }
    /// service payments {
    ///   image  "ghcr.io/acme/payments@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   calls  stripe { timeout 3s; retries 2; backoff 100ms..1s; retry_budget 10%; idempotent }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { }
    /// service orders {
    ///   image  "ghcr.io/acme/orders@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   calls  payments { timeout 10s }
    /// }
    /// service payments {
    ///   image  "ghcr.io/acme/payments@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   calls  stripe { timeout 3s; retries 2; backoff 100ms..1s; retry_budget 10%; idempotent }
    /// }
    /// ```
    104 "timeout-inversion" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        for call in workload.calls.iter().filter(|call| call.is_waited_for()) {
            let Some(timeout) = &call.timeout else { continue };
            let wait = Wait {
                who: &workload.name.value,
                id: workload.id,
                callee: call.callee.id,
                timeout: timeout.value,
                span: timeout.span,
            };
            found.extend(wait.judge(model));
        }
    }
    for gateway in &model.gateways {
        for route in &gateway.route {
            let Some(callee) = model.workload(route.target.id) else {
                continue;
            };
            let Some(timeout) = proxy::answer_within(proxy::of(model, gateway), route, callee) else {
                continue;
            };
            let wait = Wait {
                who: &gateway.name.value,
                id: gateway.id,
                callee: callee.id,
                timeout,
                span: route.timeout.as_ref().map_or(route.span, |timeout| timeout.span),
            };
            found.extend(wait.judge(model));
        }
    }
}

/// Somebody who waits for a service.
struct Wait<'m> {
    who: &'m str,
    id: ThingId,
    callee: ThingId,
    timeout: Duration,
    span: Span,
}

impl Wait<'_> {
    fn judge(&self, model: &Model) -> Option<Diagnostic> {
        let (timeout, callee) = (self.timeout, model.workload(self.callee)?);
        let (slowest, worst) = retries::slowest_call(callee, self.id)?;
        if worst <= timeout {
            return None;
        }
        let (who, name, inner) = (self.who, &callee.name.value, &slowest.callee.name);
        let message = format!("`{who}` waits {timeout} for `{name}`, which may wait {worst} for `{inner}`");
        let inner_span = slowest.timeout.as_ref().map_or(slowest.span, |timeout| timeout.span);
        let diagnostic = Diagnostic::new(&RULE, message, self.span, format!("`{who}` gives up after {timeout}"))
            .label(inner_span, format!("{worst} = {}", retries::longest_terms(slowest)))
            .about(self.id);
        let longer = Duration::seconds(worst.ceil_seconds());
        let shorter = match retries::retries_within(slowest, timeout) {
            Some(retries) => format!("`retries {retries}` where `{name}` calls `{inner}`"),
            None => format!("a `timeout` of at most {timeout} where `{name}` calls `{inner}`"),
        };
        Some(diagnostic.help(format!("write `timeout {longer}` in `{who}`, or {shorter}")))
    }
}
