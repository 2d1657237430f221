//! `pool-near-limit`

use super::sum;
use crate::budget::connections::supply;
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::ThingKind;
use crate::quantity::Ratio;
use crate::rules::{Context, rule};

/// From here on a database counts as nearly full.
pub(super) const NEAR: Ratio = Ratio::percent(90);

rule! {
    /// ## What it checks
    /// The worst case of connections leaves a tenth of what a database accepts.
    /// ## Why
    /// The worst case counts what the spec knows. A dump, an analyst, a monitoring agent or one replica more than planned is
    /// not in it.
    /// ## Source
    /// The threshold is ours: 90 % of what is usable.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   4
    ///   memory  512Mi
    ///   uses    orders-db { pool 22 }
    ///   rollout recreate
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   4
    ///   memory  512Mi
    ///   uses    orders-db { pool 20 }
    ///   rollout recreate
    /// }
    /// ```
    202 "pool-near-limit" Warning, check
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
        let (asked, usable) = (demand.worst.total, supply.usable());
        if usable < asked || asked <= NEAR.floor_of(usable) {
            continue;
        }
        let message = format!(
            "`{}` can be asked for {} connections {}, which leaves {} of {}",
            store.name.value,
            thousands(asked),
            sum::when(context.model, &demand.worst),
            thousands(usable - asked),
            thousands(usable)
        );
        let diagnostic = Diagnostic::new(&RULE, message, supply.span, "")
            .about(store.id)
            .on("connections");
        let diagnostic = sum::explain(diagnostic, &demand.worst, &supply);
        found.push(
            match sum::way_out(context.clients, store, &demand.worst, &[NEAR.floor_of(usable)]) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            },
        );
    }
}
