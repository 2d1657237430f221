//! `quota-exceeded`

use crate::budget::retries;
use crate::diagnostic::Diagnostic;
use crate::model::{Calls, Model, Store, Workload};
use crate::quantity::{Amount, Rate};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// All callers of an external together stay within the quota that its owner grants, at their peaks and with their retries.
    /// ## Why
    /// Who exceeds a quota is refused, or blocked for a while, and the requests that are refused are retried on top. It happens
    /// on the busiest day, since the quota was enough on all others.
    /// ## Source
    /// `load.peak` × `per_request` × (1 + retries), or (1 + budget) where there is a retry budget. Callers without `load` are
    /// not in the sum. Environments other than the base and production inherit the load, and are not judged.
    ///
    /// ```loadline,bad
    /// external stripe { limit 100/s }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; retries 2; retry_budget 10%; per_request 0.2; idempotent }
    ///   load   { rate 150/s; peak 500/s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { limit 120/s }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s; retries 2; retry_budget 10%; per_request 0.2; idempotent }
    ///   load   { rate 150/s; peak 500/s }
    /// }
    /// ```
    109 "quota-exceeded" Error, check
}

/// What one caller contributes.
struct Term<'m> {
    workload: &'m Workload,
    call: &'m Calls,
    load: Rate,
    asked: Rate,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.model.is_under_load() {
        return;
    }
    for store in &context.model.stores {
        let Some(limit) = &store.limit else { continue };
        let terms = terms(context.model, store);
        let sum = |of: &dyn Fn(&Term<'_>) -> Rate| terms.iter().fold(Rate::default(), |sum, term| sum.plus(of(term)));
        let asked = sum(&|term| term.asked);
        if asked <= limit.value {
            continue;
        }
        let name = &store.name.value;
        let message = format!("`{name}` can be asked {asked} at peak, but grants {}", limit.value);
        let mut diagnostic = Diagnostic::new(&RULE, message, limit.span, "its quota").about(store.id);
        for term in &terms {
            diagnostic = diagnostic.label(term.call.span, term.text());
        }
        let plain = sum(&|term| term.load.times(term.call.per_request.value));
        let budgeted = sum(&|term| {
            let factor = retries::load_factor(term.call).min(Amount::millionths(1_100_000));
            term.load.times(term.call.per_request.value).times(factor)
        });
        found.push(diagnostic.help(if limit.value < plain {
            format!("without any retry it is {plain}: ask for a larger quota, or call less often (cache, batch, queue)")
        } else if limit.value < budgeted {
            format!("with `retries 0` it is {plain}")
        } else {
            format!("with `retry_budget 10%` it is {budgeted}")
        }));
    }
}

fn terms<'m>(model: &'m Model, store: &Store) -> Vec<Term<'m>> {
    let calls = model
        .callers(store.id)
        .flat_map(|workload| workload.calls.iter().map(move |call| (workload, call)));
    let calls = calls.filter(|(_, call)| call.callee.id == store.id && call.is_request());
    let term = |(workload, call): (&'m Workload, &'m Calls)| {
        let load = workload.load.peak.as_ref().or(workload.load.rate.as_ref())?.value;
        let asked = load.times(call.per_request.value).times(retries::load_factor(call));
        Some(Term {
            workload,
            call,
            load,
            asked,
        })
    };
    calls.filter_map(term).collect()
}

impl Term<'_> {
    /// `api: 110/s = 500/s × 0.2 × 1.1 with retries`
    fn text(&self) -> String {
        let mut text = format!("{}: {} = {}", self.workload.name.value, self.asked, self.load);
        let per_request = self.call.per_request.value;
        if per_request != Amount::ONE {
            text.push_str(&format!(" × {per_request} per request"));
        }
        let factor = retries::load_factor(self.call);
        if factor != Amount::ONE {
            text.push_str(&format!(" × {factor} with retries"));
        }
        text
    }
}
