//! `event-cannot-happen`

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, counted};
use crate::model::{At, Change, DrainNode, Model, Partition, Scenario, ThingKind, TrafficEvent};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What a scenario says to happen can happen.
    /// A node that is drained exists and runs something, a rollback follows a rollout, a change has a step left, traffic has a
    /// listener, and what is parted are two things that talk.
    /// ## Why
    /// An event that does nothing leaves the system well, and the test passes for the wrong reason.
    /// ## Source
    /// The events of [the scenario reference](../language/scenario.md).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario back {
    ///   at 0s  { traffic api 200/s }
    ///   at 30s { rollback api }
    ///   expect availability api >= 99%
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario back {
    ///   at 0s  { traffic api 200/s }
    ///   at 30s { rollout api { to 2.2; errors 5% } }
    ///   at 5m  { rollback api }
    ///   expect availability api >= 99%
    /// }
    /// ```
    1002 "event-cannot-happen" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for scenario in &model.scenarios {
        for at in &scenario.at {
            found.extend(at.traffic.iter().filter_map(|traffic| received(traffic, model)));
            found.extend(at.drain_node.iter().filter_map(|drain| drained(drain, model)));
            found.extend(at.partition.iter().filter_map(parted));
        }
        rolled_back(scenario, found);
        migrated(scenario, model, found);
    }
}

/// A worker without a listener gets its messages from its queue.
fn received(traffic: &TrafficEvent, model: &Model) -> Option<Diagnostic> {
    let worker = model.workload(traffic.target.id)?;
    if worker.id.kind != ThingKind::Worker || !worker.listen.is_empty() {
        return None;
    }
    let message = format!(
        "`{}` does not listen, so nobody can send it requests",
        traffic.target.name
    );
    let found = Diagnostic::new(&RULE, message, traffic.target.span, "without a listener");
    let found = found.label(worker.name.span, "a worker");
    Some(match worker.consumes.first() {
        Some(consumes) => {
            let queue = &consumes.queue.name;
            found.help(format!("send messages to its queue: `traffic {queue} 50/s`"))
        }
        None => found.help("write `listen http 3000` in it, or send traffic to what calls it"),
    })
}

fn drained(drain: &DrainNode, model: &Model) -> Option<Diagnostic> {
    let (place, name) = (drain.place.id, &drain.place.name);
    let nodes = match (model.cluster(place), model.host(place)) {
        (Some(cluster), _) => cluster.nodes.as_ref().map(|nodes| (nodes.value, nodes.span, "nodes")),
        (_, Some(host)) => Some((host.count.value, host.count.span, "count")),
        (None, None) => return None,
    };
    let Some((nodes, span, setting)) = nodes else {
        let message = format!("`{name}` does not say how many nodes it has, so none can be drained");
        let found = Diagnostic::new(&RULE, message, drain.place.span, "of how many?");
        return Some(found.help(format!("write `nodes 3` in cluster `{name}`")));
    };
    if model.workloads.iter().all(|workload| workload.place != Some(place)) {
        let message = format!("nothing runs on `{name}`, so draining a node of it changes nothing");
        return Some(Diagnostic::new(&RULE, message, drain.place.span, "empty"));
    }
    let node = &drain.node;
    if (1..=nodes).contains(&node.value) {
        return None;
    }
    let message = format!("`{name}` has no node {}: it has {}", node.value, counted(nodes, "node"));
    let found = Diagnostic::new(&RULE, message, node.span, "counted from 1");
    Some(
        found
            .label(span, format!("`{setting}`"))
            .help(format!("write a number from 1 to {nodes}")),
    )
}

fn parted(partition: &Partition) -> Option<Diagnostic> {
    let (one, other) = (&partition.one, &partition.other);
    if one.id == other.id {
        let message = format!("`{}` cannot be parted from itself", one.name);
        let found = Diagnostic::new(&RULE, message, other.span, "the same thing");
        return Some(found.help("name two things, as in `partition api orders-db`"));
    }
    let silent = [one, other]
        .into_iter()
        .find(|thing| thing.id.kind == ThingKind::ConfigSet)?;
    let message = format!("`{}` is configuration, and talks to nobody", silent.name);
    Some(Diagnostic::new(
        &RULE,
        message,
        silent.span,
        "has no connection to lose",
    ))
}

/// Events by time; those of one time in the order they are written.
fn in_order(scenario: &Scenario) -> Vec<&At> {
    let mut all: Vec<&At> = scenario.at.iter().collect();
    all.sort_by_key(|at| at.time.value);
    all
}

fn rolled_back(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    let mut rolled_out = Vec::new();
    for at in in_order(scenario) {
        rolled_out.extend(at.rollout.iter().map(|rollout| rollout.service.id));
        for back in at.rollback.iter().filter(|back| !rolled_out.contains(&back.service.id)) {
            let name = &back.service.name;
            let message = format!("`{name}` cannot go back: no rollout of it comes before");
            let diagnostic = Diagnostic::new(&RULE, message, back.service.span, "still at its first revision");
            found.push(diagnostic.help(format!(
                "write a rollout before it: `at 30s {{ rollout {name} {{ errors 5% }} }}`"
            )));
        }
    }
}

fn migrated(scenario: &Scenario, model: &Model, found: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for migrate in in_order(scenario).into_iter().flat_map(|at| &at.migrate) {
        let known = model
            .changes
            .iter()
            .find(|change| *change.name.value == *migrate.change.0);
        let Some(change): Option<&Change> = known else { continue };
        let steps = change.steps().len();
        let count = taken.entry(&change.name.value).or_default();
        *count = count.saturating_add(1);
        if *count == steps.saturating_add(1) {
            let message = format!("change `{}` has no step left", migrate.change.0);
            let steps = counted(u64::try_from(steps).unwrap_or(u64::MAX), "step");
            let diagnostic = Diagnostic::new(&RULE, message, migrate.change.span, "after the last one")
                .label(change.name.span, format!("{steps}, all of them taken before"))
                .help("remove it, or name the step: `migrate CHANGE.STEP`");
            found.push(diagnostic);
        }
    }
}
