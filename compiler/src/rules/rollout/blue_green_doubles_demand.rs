//! `blue-green-doubles-demand`

use super::connections::{Overcommitted, overcommitted};
use crate::budget::instances::{Effective, strategy};
use crate::diagnostic::{Diagnostic, thousands};
use crate::model::Strategy;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The second set of a blue-green rollout, or of a canary whose traffic a gateway splits, is not what asks a database for more
    /// connections than it accepts.
    ///
    /// It is reported as a note of `pool-overcommit` or `autoscale-outgrows-pool`, which has the whole sum.
    /// ## Why
    /// Both sets are complete for as long as the old one is held, and each instance of both has its pool. What fits every day is
    /// twice as much in a deploy.
    /// ## Source
    /// Argo Rollouts: the old set is scaled down 30 s after the switch, or after `hold`; with a gateway that splits traffic
    /// the stable set stays whole until the last step.
    ///
    /// ```loadline,bad
    /// cluster prod { rollouts argo }
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    ///   uses    orders-db { pool 20 }
    ///   rollout blue-green
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { rollouts argo }
    /// database orders-db { engine postgres 16; max_connections 300; reserve 30 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   listen  http 3000
    ///   health  { ready "/readyz" }
    ///   uses    orders-db { pool 12 }
    ///   rollout blue-green
    /// }
    /// ```
    707 "blue-green-doubles-demand" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for Overcommitted { store, supply, worst } in overcommitted(context) {
        let rolling = worst.rolling.iter().filter_map(|id| context.model.workload(*id));
        for workload in rolling.filter(|workload| strategy(context.model, workload) == Effective::TwoSets) {
            // The same with one set: what the rollout costs beyond every day.
            let single = context.clients.worst_with(store.id, |other| {
                if let Some(rollout) = other.settings.rollout.as_mut().filter(|_| other.id == workload.id) {
                    rollout.strategy.value = Strategy::Recreate;
                }
            });
            let Some(single) = single.filter(|single| *single <= supply.usable()) else {
                continue;
            };
            let message = format!(
                "with one set of `{}` instead of two, {} of {} would be asked for",
                workload.name.value,
                thousands(single),
                thousands(supply.usable())
            );
            let span = workload
                .rollout
                .as_ref()
                .map_or(workload.span, |rollout| rollout.strategy.span);
            found.push(
                Diagnostic::new(&RULE, message, supply.span, supply.terms())
                    .label(span, "two complete sets")
                    .help("make the pool half as large, or write `rollout rolling`")
                    .about(store.id)
                    .on("connections"),
            );
        }
    }
}
