//! `orphan-datastore`

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::model::{Model, Template, TemplatePart, ThingId, ThingKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every database, cache, queue and external is used by something.
    /// ## Why
    /// Either it is left over, or whoever uses it does not say so: then its connections, its quota and its outages are in no
    /// sum. Most of what is checked hangs on these edges.
    /// ## Source
    /// The spec itself.
    ///
    /// ```loadline,bad
    /// cache sessions { engine redis 7; max_clients 1_000 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cache sessions { engine redis 7; max_clients 1_000 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   sessions { pool 2 }
    /// }
    /// ```
    102 "orphan-datastore" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let named = named(context.model);
    for store in context.model.stores.iter().filter(|store| !named.contains(&store.id)) {
        let name = &store.name.value;
        let message = format!("nothing uses `{name}`");
        let edge = match store.id.kind {
            ThingKind::Queue => format!("`publishes {name}` and `consumes {name}`"),
            ThingKind::External => format!("`calls {name} {{ timeout 3s }}`"),
            _ => format!("`uses {name} {{ pool 10 }}`"),
        };
        let diagnostic = Diagnostic::new(&RULE, message, store.span, "in no sum")
            .help(format!("say so in its clients, {edge}; or remove it"))
            .about(store.id);
        found.push(diagnostic);
    }
}

/// Everything that something else names: by an edge of the graph, or in any other setting.
fn named(model: &Model) -> BTreeSet<ThingId> {
    let mut named: BTreeSet<ThingId> = model.graph.edges().map(|edge| edge.to).collect();
    for workload in &model.workloads {
        by_workload(workload, &mut named);
    }
    named.extend(
        model
            .changes
            .iter()
            .filter_map(|change| change.on.as_ref().map(|on| on.id)),
    );
    let sets = model.config_sets.iter().flat_map(|set| set.env.iter());
    sets.for_each(|pair| by_template(&pair.value.value, &mut named));
    named
}

fn by_workload(workload: &Workload, named: &mut BTreeSet<ThingId>) {
    named.extend(
        workload
            .listen
            .iter()
            .filter_map(|listen| listen.pubsub.as_ref().map(|pubsub| pubsub.id)),
    );
    let sessions = workload.sessions.as_ref().and_then(|sessions| sessions.cache.as_ref());
    named.extend(sessions.map(|cache| cache.id));
    named.extend(
        workload
            .before
            .iter()
            .filter_map(|before| before.wait_for.as_ref().map(|thing| thing.id)),
    );
    named.extend(workload.scale.queue.iter().map(|target| target.queue.id));
    let health = &workload.health;
    for probe in [&health.startup, &health.ready, &health.live].into_iter().flatten() {
        named.extend(
            probe
                .checks
                .iter()
                .flat_map(|checks| checks.value.iter().map(|thing| thing.id)),
        );
    }
    let beside = workload.sidecar.iter().map(|sidecar| &sidecar.env);
    let before = workload.before.iter().map(|before| &before.env);
    for env in std::iter::once(&workload.env).chain(beside).chain(before) {
        env.iter().for_each(|pair| by_template(&pair.value.value, named));
    }
}

fn by_template(template: &Template, named: &mut BTreeSet<ThingId>) {
    named.extend(template.parts.iter().filter_map(|part| match part {
        TemplatePart::Address(address) => Some(address.thing),
        _ => None,
    }));
}
