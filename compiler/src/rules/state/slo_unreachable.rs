//! `slo-unreachable`

use crate::budget::availability::Ceilings;
use crate::diagnostic::{Diagnostic, counted};
use crate::model::ThingKind;
use crate::quantity::Amount;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service promises no more than those allow that it cannot do without.
    /// ## Why
    /// When a database is there 99.9 % of the time, nothing that needs it for every request is there more often, and two of them
    /// take twice as much away. A promise above that is broken in a month without any mistake of one's own.
    /// ## Source
    /// The product of the declared availabilities, of `uses`, `sessions cache` and calls that are waited for and not `optional`,
    /// through any number of services; a call for one request in ten takes away a tenth. Treynor and others, "The Calculus of
    /// Service Availability" (2017). What declares nothing counts as always there; outages are taken to be independent, and
    /// one of a thing that is needed in several ways counts once.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; availability 99.95% }
    /// external stripe { availability 99.9% }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  3
    ///   uses   orders-db { pool 10 }
    ///   calls  stripe { timeout 3s }
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; availability 99.95% }
    /// external stripe { availability 99.9% }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   scale  3
    ///   uses   orders-db { pool 10 }
    ///   # Orders are taken without it, and charged when it is back.
    ///   calls  stripe { timeout 3s; optional }
    ///   slo    { availability 99.9% }
    /// }
    /// ```
    811 "slo-unreachable" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    if !model.is_under_load() {
        return;
    }
    let ceilings = Ceilings::of(model);
    for workload in model
        .workloads
        .iter()
        .filter(|workload| workload.id.kind == ThingKind::Service)
    {
        let availability = workload.slo.as_ref().and_then(|slo| slo.availability.as_ref());
        let (Some(availability), Some(ceiling)) = (availability, ceilings.get(workload.id)) else {
            continue;
        };
        if !ceiling.is_below(availability.value) {
            continue;
        }
        let name = &workload.name.value;
        let needed = match ceiling.factors.as_slice() {
            [only] => format!("`{}`", model.name(only.thing)),
            several => counted(several.len() as u64, "thing"),
        };
        let message = format!(
            "`{name}` promises {}, and cannot do without {needed}: {} at most",
            availability.value,
            ceiling.ratio()
        );
        let mut diagnostic = Diagnostic::new(&RULE, message, availability.span, "promised").about(workload.id);
        for factor in &ceiling.factors {
            let thing = model.name(factor.thing);
            let text = if factor.share == Amount::ONE {
                format!("{thing}: × {}", factor.declared)
            } else {
                format!("{thing}: × {}, for {} of a request", factor.declared, factor.share)
            };
            diagnostic = diagnostic.label(factor.span, text);
        }
        let calls = |kind: ThingKind| matches!(kind, ThingKind::External | ThingKind::Service | ThingKind::Worker);
        let other = if ceiling.factors.iter().any(|factor| calls(factor.thing.kind)) {
            format!("write `optional` on calls that `{name}` can answer without")
        } else {
            "have it there more often".to_owned()
        };
        found.push(diagnostic.help(format!("promise at most {}; or {other}", ceiling.ratio())));
    }
}
