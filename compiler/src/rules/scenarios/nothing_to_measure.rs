//! `nothing-to-measure`

use std::collections::BTreeSet;

use super::metric_does_not_fit::is_of_requests;
use crate::diagnostic::Diagnostic;
use crate::model::{CallKind, EdgeKind, Expect, ExpectMetric, Model, Scenario, ThingId};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// In a scenario something happens that its expectations measure.
    /// Requests reach the thing whose availability or latency is expected, messages the queue whose depth is, and there is a
    /// rollout of the thing whose rollout may take so long.
    /// ## Why
    /// All of no requests succeed, and the slowest of none is fast.
    /// ## Source
    /// Requests come from `traffic` of the scenario and from `load { rate }`, and follow calls, routes and queues.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 30s { kill api }
    ///   expect availability api >= 99%
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 0s  { traffic api 200/s }
    ///   at 30s { kill api }
    ///   expect availability api >= 99%
    /// }
    /// ```
    1004 "nothing-to-measure" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for scenario in &model.scenarios {
        let asked = asked(model, scenario);
        found.extend(
            scenario
                .expect
                .iter()
                .filter_map(|expect| judge(expect, scenario, &asked, model)),
        );
    }
}

fn judge(expect: &Expect, scenario: &Scenario, asked: &BTreeSet<ThingId>, model: &Model) -> Option<Diagnostic> {
    let metric = expect.metric.value;
    let Some(thing) = &expect.thing.0 else {
        let reached = model.gateways.iter().any(|gateway| asked.contains(&gateway.id));
        if !is_of_requests(metric) || reached {
            return None;
        }
        let message = format!("`{}` is that of all gateways, and none gets a request", metric.word());
        let help = match model.gateways.first() {
            Some(gateway) => format!("write `at 0s {{ traffic {} 200/s }}`", gateway.name.value),
            None => format!(
                "there is no gateway: name what is measured, as in `{}`",
                metric.example()
            ),
        };
        return Some(Diagnostic::new(&RULE, message, expect.metric.span, "of no requests").help(help));
    };
    let name = &thing.name;
    if metric == ExpectMetric::Duration {
        let is_rolled_out = |id: ThingId| {
            let mut events = scenario.at.iter();
            events.any(|at| {
                at.rollout.iter().any(|rollout| rollout.service.id == id)
                    || at.rollback.iter().any(|rollback| rollback.service.id == id)
                    || !at.migrate.is_empty()
            })
        };
        if is_rolled_out(thing.id) {
            return None;
        }
        let message = format!("no rollout of `{name}` is in this scenario, so none takes long");
        let help = format!("write `at 30s {{ rollout {name} }}`");
        return Some(Diagnostic::new(&RULE, message, thing.span, "stays as it is").help(help));
    }
    let is_met = is_of_requests(metric) || matches!(metric, ExpectMetric::QueueDepth | ExpectMetric::SessionsLost);
    if !is_met || asked.contains(&thing.id) {
        return None;
    }
    let message = format!("nothing asks `{name}` for anything in this scenario");
    let help = format!("write `at 0s {{ traffic {name} 200/s }}`, or `rate` in the `load` of who calls it");
    Some(Diagnostic::new(&RULE, message, thing.span, format!("`{}` of nothing", metric.word())).help(help))
}

/// What gets requests or messages, from outside or by others.
fn asked(model: &Model, scenario: &Scenario) -> BTreeSet<ThingId> {
    let traffic = scenario
        .at
        .iter()
        .flat_map(|at| &at.traffic)
        .map(|traffic| traffic.target.id);
    let loaded = model.workloads.iter().filter(|workload| workload.load.rate.is_some());
    let mut asked: BTreeSet<ThingId> = traffic.chain(loaded.map(|workload| workload.id)).collect();
    let mut fresh: Vec<ThingId> = asked.iter().copied().collect();
    while let Some(thing) = fresh.pop() {
        for edge in model.graph.edges() {
            // A worker is asked by the queue that it depends on.
            let (from, to) = match edge.kind {
                EdgeKind::Consumes => (edge.to, edge.from),
                EdgeKind::Call {
                    kind: CallKind::Health, ..
                } => continue,
                _ => (edge.from, edge.to),
            };
            if from == thing && asked.insert(to) {
                fresh.push(to);
            }
        }
    }
    asked
}
