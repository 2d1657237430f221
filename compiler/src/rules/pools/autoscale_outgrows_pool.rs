//! `autoscale-outgrows-pool`

use super::{sum, what_if};
use crate::budget::connections::{Clients, Demand, Supply, supply};
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::{ThingId, ThingKind};
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
    ///   cpu     250m..1
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
    ///   cpu     250m..1
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
        let least = at_minimum(context.clients, store.id).unwrap_or(demand.least);
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
        let help = fitting(context.clients, store.id, &demand, supply.usable());
        found.push(
            match help
                .or_else(|| sum::way_out(context.clients, store, &demand.worst, &what_if::limits(supply.usable())))
            {
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
            .and_then(|store| at_minimum(context.clients, store))
            .is_some_and(|least| least <= supply.usable())
}

/// The worst case with every range at its lower end.
fn at_minimum(clients: &Clients<'_>, store: ThingId) -> Option<u64> {
    clients.worst_with(store, |workload| {
        workload.settings.scale.replicas.value = Bounds::exactly(workload.scale.min());
    })
}

/// The most replicas of the largest automatic client for which everything fits, and for which something is to spare.
fn fitting(clients: &Clients<'_>, store: ThingId, demand: &Demand<'_>, usable: u64) -> Option<String> {
    let automatic = demand
        .worst
        .clients
        .iter()
        .filter(|client| client.client.workload.scale.is_automatic());
    let largest = automatic.max_by_key(|client| client.connections)?.client.workload;
    let most = |limit: u64| {
        what_if::most_replicas_within(clients, store, largest, limit).filter(|most| largest.scale.min() <= *most)
    };
    let [spare, full] = what_if::limits(usable).map(most);
    let full = full?;
    let spare = match spare {
        Some(spare) if spare < full => format!(", {spare} with a tenth to spare"),
        _ => String::new(),
    };
    let name = &largest.name.value;
    Some(format!(
        "at most {full} replicas of `{name}` fit{spare}; or make its pool smaller"
    ))
}
