//! `metric-does-not-fit`

use crate::diagnostic::{Diagnostic, alternatives};
use crate::model::{Expect, ExpectMetric, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// An expectation of a scenario names a thing that has what it measures.
    /// Connections are counted at databases, caches and queues, instances at services and workers, messages at queues.
    /// ## Why
    /// What a thing does not have is never too much of it: the expectation would hold whatever happens.
    /// ## Source
    /// What the simulator measures, by kind of thing: [the scenario reference](../language/scenario.md).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario launch {
    ///   at 0s  { traffic api 200/s }
    ///   expect connections api <= 100
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario launch {
    ///   at 0s  { traffic api 200/s }
    ///   expect availability api >= 99.9%
    /// }
    /// ```
    1001 "metric-does-not-fit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for expect in context.model.scenarios.iter().flat_map(|scenario| &scenario.expect) {
        found.extend(judge(expect));
    }
}

fn judge(expect: &Expect) -> Option<Diagnostic> {
    let metric = expect.metric.value;
    let (wanted, kinds) = measured_at(metric);
    let Some(thing) = &expect.thing.0 else {
        if is_of_requests(metric) {
            return None;
        }
        let message = format!("`{}` is measured at one thing, and none is named", metric.word());
        let diagnostic = Diagnostic::new(&RULE, message, expect.metric.span, "of what?");
        return Some(diagnostic.help(format!("write for example `{}`", metric.example())));
    };
    if kinds.contains(&thing.id.kind) {
        return None;
    }
    let article = thing.id.kind.with_article();
    let message = format!("`{}` is {article}, and has no `{}`", thing.name, metric.word());
    let diagnostic = Diagnostic::new(&RULE, message, thing.span, format!("not {wanted}"));
    let others = ExpectMetric::ALL
        .iter()
        .filter(|other| measured_at(**other).1.contains(&thing.id.kind));
    let others: Vec<String> = others.map(|other| format!("`{}`", other.word())).collect();
    Some(diagnostic.help(match others.is_empty() {
        true => format!("`{}` is measured at {wanted}", metric.word()),
        false => format!(
            "`{}` is measured at {wanted}; {article} has {}",
            metric.word(),
            alternatives(&others)
        ),
    }))
}

/// Whether it is also measured over all that gateways pass on.
pub(super) const fn is_of_requests(metric: ExpectMetric) -> bool {
    use ExpectMetric::{Availability, Dropped, Errors, P50, P95, P99};
    matches!(metric, Availability | Errors | P50 | P95 | P99 | Dropped)
}

/// Where a metric is measured, in words and by kind.
const fn measured_at(metric: ExpectMetric) -> (&'static str, &'static [ThingKind]) {
    use ThingKind::{Cache, Database, Gateway, Queue, Service, Site, Worker};
    match metric {
        metric if is_of_requests(metric) => ("a service, worker, site or gateway", &[Service, Worker, Site, Gateway]),
        ExpectMetric::Connections => ("a database, cache or queue", &[Database, Cache, Queue]),
        ExpectMetric::QueueDepth => ("a queue", &[Queue]),
        ExpectMetric::SessionsLost => ("a service", &[Service]),
        _ => ("a service or worker", &[Service, Worker]),
    }
}
