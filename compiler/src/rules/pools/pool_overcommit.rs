//! `pool-overcommit`

use super::what_if;
use super::{infeasible, sum};
use crate::budget::connections::{Demand, Supply, pooler_demand, reserved, supply};
use crate::diagnostic::{Diagnostic, counted, thousands};
use crate::model::{Store, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The clients of a database together never open more connections than it accepts, in the worst case that a rollout
    /// can bring: every pool full, new instances beside old ones that still drain.
    ///
    /// Behind a pooler, the clients are counted against the pooler and the pooler's own connections against the database. Clients
    /// with `from_reserve` are counted against the reserve of the database, and only against that.
    /// ## Why
    /// Connections beyond the limit are refused, to whoever asks: the new pods of the deploy, the old ones, and the operator who
    /// wants to look. Replicas × pool is not the worst case. Kubernetes does not count terminating pods against the surge,
    /// and they keep their connections until they have drained.
    /// ## Source
    /// Live instances: Deployment controller (`rolling.go`, `deployment_util.go`), KEP-3973 on terminating pods; PM2
    /// `lib/God/Reload.js`. Server defaults: PostgreSQL `max_connections` 100, `superuser_reserved_connections` 3.
    ///
    /// Live instances of a rolling update are `min(2R, R + s + (s+u)·⌈D / (B + mr)⌉)`: R replicas at most, s surge, u
    /// unavailable, D the time a stopping instance holds its connections, B the shortest boot, mr `min_ready`.
    ///
    /// ```loadline,bad
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale    10
    ///   memory   512Mi
    ///   uses     orders-db { pool 25 }
    ///   shutdown { settle 5s; drain 25s; grace 32s }
    ///   rollout  rolling { surge 1; unavailable 0; min_ready 30s }
    ///   load     { boot 20s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale    10
    ///   memory   512Mi
    ///   uses     orders-db { pool 20 }
    ///   shutdown { settle 5s; drain 25s; grace 32s }
    ///   rollout  rolling { surge 1; unavailable 0; min_ready 30s }
    ///   load     { boot 20s }
    /// }
    /// ```
    201 "pool-overcommit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Database)
    {
        found.extend(behind_pooler(store));
        found.extend(reserve(context, store));
        let Some(demand) = context.clients.demand(store.id) else {
            continue;
        };
        let Some(supply) = supply(store) else {
            continue;
        };
        if supply.usable() < demand.worst.total && !super::autoscale_outgrows_pool::explains(context, &demand, &supply)
        {
            found.push(overcommitted(context, store, &demand, &supply));
        }
        found.extend(infeasible::find(context, &RULE, store, &supply));
        found.extend(rollover(context, store, &demand, &supply));
    }
}

fn overcommitted(context: &Context<'_>, store: &Store, demand: &Demand<'_>, supply: &Supply) -> Diagnostic {
    let name = &store.name.value;
    let (asked, usable) = (thousands(demand.worst.total), thousands(supply.usable()));
    let when = sum::when(context.model, &demand.worst);
    let whom = if store.pooler.is_some() {
        format!("the pooler of `{name}`")
    } else {
        format!("`{name}`")
    };
    let message = format!("{whom} can be asked for {asked} connections {when}, but has {usable}");
    let diagnostic = Diagnostic::new(&RULE, message, supply.span, "")
        .about(store.id)
        .on("connections");
    let diagnostic = sum::explain(diagnostic, &demand.worst, supply);
    match sum::way_out(context.clients, store, &demand.worst, &what_if::limits(supply.usable())) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The pooler's own connections are clients of the database.
fn behind_pooler(store: &Store) -> Option<Diagnostic> {
    let pooler = store.pooler.as_ref()?;
    let (asked, supply) = pooler_demand(store)?;
    if asked <= supply.usable() {
        return None;
    }
    let name = &store.name.value;
    let message = format!(
        "the pooler can ask `{name}` for {} connections, but it has {}",
        thousands(asked),
        thousands(supply.usable())
    );
    let (size, pools, processes) = (pooler.size.value, pooler.pools.value, pooler.processes.value);
    let fits = supply.usable() / (pools.saturating_mul(processes)).max(1);
    let diagnostic = Diagnostic::new(&RULE, message, supply.span, supply.terms())
        .label(pooler.size.span, factors(asked, size, pools, processes))
        .about(store.id);
    Some(if fits == 0 {
        diagnostic
    } else {
        diagnostic.help(format!("`size {fits}` fits"))
    })
}

/// `560 = 280 × 2 pools`; a factor of 1 is left out.
fn factors(total: u64, size: u64, pools: u64, processes: u64) -> String {
    let factors = [times(pools, "pool"), times(processes, "process")].concat();
    match factors.as_str() {
        "" => format!("{} of one pool", thousands(total)),
        factors => format!("{} = {size}{factors}", thousands(total)),
    }
}

fn times(count: u64, what: &str) -> String {
    match count {
        1 => String::new(),
        count => format!(" × {}", counted(count, what)),
    }
}

/// Clients that take connections of the reserve are clients of it.
fn reserve(context: &Context<'_>, store: &Store) -> Option<Diagnostic> {
    let demand = context.clients.reserve_demand(store.id)?;
    let (asked, kept) = (demand.worst.total, reserved(store));
    if asked <= kept {
        return None;
    }
    let message = format!(
        "the reserve of `{}` can be asked for {} connections {}, but has {}",
        store.name.value,
        thousands(asked),
        sum::when(context.model, &demand.worst),
        thousands(kept)
    );
    let span = store.reserve.as_ref().map_or(store.span, |reserve| reserve.span);
    let mut diagnostic = Diagnostic::new(&RULE, message, span, format!("{kept} in reserve"))
        .about(store.id)
        .on("reserve");
    for client in &demand.worst.clients {
        diagnostic = diagnostic.label(sum::place(client.client.uses), client.terms());
    }
    Some(diagnostic.help("reserve more, or leave out `from_reserve` where they may be counted with the others"))
}

/// A second revision in the middle of a rollout, where the policy asks for it.
fn rollover(context: &Context<'_>, store: &Store, demand: &Demand<'_>, supply: &Supply) -> Option<Diagnostic> {
    let required = context.model.required(crate::model::Requirement::RolloverSafe)?;
    if supply.usable() < demand.worst.total {
        return None;
    }
    let extra: u64 = demand
        .worst
        .clients
        .iter()
        .map(|client| {
            let workload = client.client.workload;
            let is_rolling = demand.worst.rolling.contains(&workload.id);
            let is_plain = crate::budget::instances::strategy(context.model, workload)
                == crate::budget::instances::Effective::Rolling;
            if !(is_rolling && is_plain) {
                return 0;
            }
            let live = crate::budget::rolling::rolling(context.model, workload, client.client.uses).with_rollover();
            live.saturating_sub(client.live.count)
                .saturating_mul(client.pools)
                .saturating_mul(client.pool)
        })
        .fold(0, u64::saturating_add);
    let total = demand.worst.total.saturating_add(extra);
    if total <= supply.usable() {
        return None;
    }
    let message = format!(
        "`{}` can be asked for {} connections when a rollout is overtaken by another, but has {}",
        store.name.value,
        thousands(total),
        thousands(supply.usable())
    );
    let diagnostic = Diagnostic::new(&RULE, message, supply.span, supply.terms())
        .label(
            required.span,
            format!("{} more than one rollout alone", thousands(extra)),
        )
        .about(store.id);
    Some(diagnostic)
}
