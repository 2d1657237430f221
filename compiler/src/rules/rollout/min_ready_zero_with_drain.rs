//! `min-ready-zero-with-drain`

use super::connections::{Overcommitted, overcommitted};
use crate::budget::instances::{Effective, strategy};
use crate::budget::rolling::{MIN_READY_TRUNCATED, rolling};
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::Workload;
use crate::quantity::Duration;
use crate::rules::{Context, rule};
use crate::values::{Bounds, Val};

rule! {
    /// ## What it checks
    /// Where a database is asked for too many connections, a rolling update does not go on the moment a new instance is ready while
    /// old ones still drain.
    ///
    /// It speaks only where a longer `min_ready` would make everything fit, and is reported as a note of `pool-overcommit` or
    /// `autoscale-outgrows-pool`.
    /// ## Why
    /// Terminating pods are not counted by the controller. With no `min_ready` it replaces the next one as soon as the last is
    /// ready, and those that drain pile up, each with its pool, to as many as there are replicas.
    /// ## Source
    /// The bound of `pool-overcommit`: `(s+u)·⌈D / (B + mr)⌉` instances drain at once.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale    10
    ///   memory   512Mi
    ///   uses     orders-db { pool 20 }
    ///   shutdown { settle 5s; drain 25s; grace 32s }
    ///   rollout  rolling
    ///   load     { boot 5s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale    10
    ///   memory   512Mi
    ///   uses     orders-db { pool 20 }
    ///   shutdown { settle 5s; drain 25s; grace 32s }
    ///   rollout  rolling { min_ready 30s }
    ///   load     { boot 5s }
    /// }
    /// ```
    711 "min-ready-zero-with-drain" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for Overcommitted { store, supply, worst } in overcommitted(context) {
        let rolling_out = worst.rolling.iter().filter_map(|id| model.workload(*id));
        for workload in rolling_out.filter(|workload| strategy(model, workload) == Effective::Rolling) {
            let written = workload.rollout.as_ref().map(|rollout| rollout.min_ready);
            if written.is_some_and(|min_ready| !min_ready.is_zero()) {
                continue;
            }
            // As long as the longest of its clients drains: then only one wave drains at a time.
            let clients = context.clients.of_store(store.id).iter();
            let own = clients.filter(|client| client.workload.id == workload.id);
            let holding = own.map(|client| rolling(model, workload, client.uses).holding).max();
            let Some(holding) = holding.filter(|holding| !holding.is_zero()) else {
                continue;
            };
            let longer = holding.plus(MIN_READY_TRUNCATED);
            let calm = context.clients.worst_with(store.id, |other| {
                if other.id == workload.id {
                    delay(other, holding);
                }
            });
            let Some(calm) = calm.filter(|calm| *calm <= supply.usable()) else {
                continue;
            };
            let message = format!(
                "with `min_ready {longer}` in `{}`, {} of {} would be asked for",
                workload.name.value,
                thousands(calm),
                thousands(supply.usable())
            );
            let span = workload.rollout.as_ref().map_or(workload.span, |rollout| rollout.span);
            found.push(
                Diagnostic::new(&RULE, message, supply.span, supply.terms())
                    .label(span, format!("the next one goes while the last drains for {holding}"))
                    .help(format!("write `min_ready {longer}`"))
                    .about(store.id)
                    .on("connections"),
            );
        }
    }
}

/// Available later by so much: to the bound, boot and `min_ready` are one time.
fn delay(workload: &mut Workload, by: Duration) {
    let boot = workload.load.boot.as_ref().map_or(Duration::ZERO, |boot| boot.low);
    let span = workload.load.span;
    workload.settings.load.boot = Some(Val::written(Bounds::exactly(boot.plus(by)), span).into());
}
