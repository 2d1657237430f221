//! `autoscale-outgrows-pool`

use super::sum;
use crate::budget::connections::{Clients, Demand, Supply, supply};
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::{Model, ThingKind, Workload};
use crate::rules::{Context, rule};
use crate::values::Bounds;

rule! {
    /// ## What it checks
    /// Connections fit not only at the fewest replicas but also when the autoscaler has brought the most.
    /// ## Why
    /// The day of the load test and the day of the launch differ by the autoscaler: it adds replicas when the database is
    /// already busy, and each of them opens its pool.
    /// ## Source
    /// The worst case of `pool-overcommit`, once with every range at its lower end and once at its upper end.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200; reserve 20 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   2..20 { cpu 70% }
    ///   memory  512Mi
    ///   uses    orders-db { pool 10 }
    ///   rollout rolling
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 20 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   2..8 { cpu 70% }
    ///   memory  512Mi
    ///   uses    orders-db { pool 10 }
    ///   rollout rolling
    /// }
    /// ```
    210 "autoscale-outgrows-pool" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Database)
    {
        let (Some(demand), Some(supply)) = (context.clients.demand(store.id), supply(store)) else {
            continue;
        };
        if demand.worst.total <= supply.usable() || !explains(context, &demand, &supply) {
            continue;
        }
        let least = at_minimum(context.model, store.id).unwrap_or(demand.least);
        let message = format!(
            "`{}` can be asked for {} connections at full scale, but has {}",
            store.name.value,
            thousands(demand.worst.total),
            thousands(supply.usable())
        );
        let mut diagnostic = Diagnostic::new(&RULE, message, supply.span, "")
            .about(store.id)
            .on("connections");
        diagnostic = sum::explain(diagnostic, &demand.worst, &supply);
        diagnostic = diagnostic.note(format!("at the fewest replicas it is {} and fits", thousands(least)));
        let help = fitting(context.model, store.id, &demand, supply.usable()).map(|(name, replicas)| {
            format!(
                "at most {replicas} replicas of `{name}` fit; or {}",
                "make its pool smaller"
            )
        });
        found.push(
            match help.or_else(|| sum::way_out(store, &demand.worst, supply.usable())) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            },
        );
    }
}

/// Whether the demand fits with every autoscaler at its minimum: then it is the autoscaler that outgrows the pool.
pub(super) fn explains(context: &Context<'_>, demand: &Demand<'_>, supply: &Supply) -> bool {
    let store = demand.worst.clients.first().map(|client| client.client.uses.store.id);
    let scales = demand
        .worst
        .clients
        .iter()
        .any(|client| client.client.workload.scale.is_automatic());
    scales
        && store
            .and_then(|store| at_minimum(context.model, store))
            .is_some_and(|least| least <= supply.usable())
}

/// The worst case with every range at its lower end.
fn at_minimum(model: &Model, store: crate::model::ThingId) -> Option<u64> {
    let smaller = with_scale(model, |workload| workload.scale.min());
    Clients::of(&smaller).demand(store).map(|demand| demand.worst.total)
}

/// The most replicas of the largest automatic client for which everything fits.
fn fitting(model: &Model, store: crate::model::ThingId, demand: &Demand<'_>, usable: u64) -> Option<(String, u64)> {
    let automatic = demand
        .worst
        .clients
        .iter()
        .filter(|client| client.client.workload.scale.is_automatic());
    let largest = automatic.max_by_key(|client| client.connections)?.client.workload;
    let fits = |replicas: u64| {
        let changed = with_scale(model, |workload| {
            if workload.id == largest.id {
                replicas
            } else {
                workload.scale.max()
            }
        });
        Clients::of(&changed)
            .demand(store)
            .is_some_and(|demand| demand.worst.total <= usable)
    };
    // More replicas never need fewer connections, so the border can be found by halving.
    let (mut low, mut high) = (largest.scale.min(), largest.scale.max());
    if !fits(low) {
        return None;
    }
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some((largest.name.value.0.clone(), low))
}

/// The same model with other replica counts.
fn with_scale(model: &Model, replicas: impl Fn(&Workload) -> u64) -> Model {
    let mut changed = model.clone();
    for (workload, original) in changed.workloads.iter_mut().zip(&model.workloads) {
        workload.settings.scale.replicas.value = Bounds::exactly(replicas(original));
    }
    changed
}
