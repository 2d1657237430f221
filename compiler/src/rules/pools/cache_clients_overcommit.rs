//! `cache-clients-overcommit`

use super::{infeasible, sum};
use crate::budget::connections::supply;
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The clients of a cache together never open more connections than it accepts, in the worst case that a rollout can
    /// bring.
    /// ## Why
    /// A cache that refuses clients takes sessions and rate limits with it, and the services fall through to the database.
    /// ## Source
    /// Redis 7: `maxclients` is 10000, and less where the process may open fewer files.
    ///
    /// ```loadline,bad
    /// cache sessions { engine redis 7; max_clients 50 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   uses    sessions { pool 4 }
    ///   rollout rolling
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cache sessions { engine redis 7; max_clients 100 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   uses    sessions { pool 4 }
    ///   rollout rolling
    /// }
    /// ```
    211 "cache-clients-overcommit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Cache)
    {
        let (Some(demand), Some(supply)) = (context.clients.demand(store.id), supply(store)) else {
            continue;
        };
        found.extend(infeasible::find(context, &RULE, store, &supply));
        if demand.worst.total <= supply.usable() {
            continue;
        }
        let message = format!(
            "`{}` can be asked for {} connections {}, but accepts {}",
            store.name.value,
            thousands(demand.worst.total),
            sum::when(context.model, &demand.worst),
            thousands(supply.usable())
        );
        let diagnostic = Diagnostic::new(&RULE, message, supply.span, "")
            .about(store.id)
            .on("connections");
        let diagnostic = sum::explain(diagnostic, &demand.worst, &supply);
        found.push(
            match sum::way_out(context.clients, store, &demand.worst, &[supply.usable()]) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            },
        );
    }
}
