//! `pool auto` that comes out below 1: said so, never raised to 1.

use super::what_if;
use crate::budget::connections::{Clients, Supply};
use crate::diagnostic::{Diagnostic, counted, thousands};
use crate::model::{Model, Store};
use crate::rules::{Context, Rule};

/// Each client of a store that left its pool to us and gets none.
pub(super) fn find(context: &Context<'_>, rule: &'static Rule, store: &Store, supply: &Supply) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for client in context.clients.of_store(store.id) {
        let Some(pool) = client
            .uses
            .pool
            .as_ref()
            .filter(|pool| pool.is_auto() && pool.get().is_none())
        else {
            continue;
        };
        let workload = client.workload;
        let live = crate::budget::instances::rolling_out(context.model, workload, client.uses);
        let processes = crate::budget::instances::processes(context.model, workload);
        let message = format!(
            "`{}` has {} connections, too few for one in each pool of `{}`",
            store.name.value,
            thousands(supply.usable()),
            workload.name.value
        );
        let diagnostic = Diagnostic::new(rule, message, pool.span, "no pool fits, not even of 1")
            .label(supply.span, supply.terms())
            .label(
                workload.scale.span,
                [live.terms(), times(processes, "process")].concat(),
            )
            .about(store.id);
        let one_each = |model: &Model| {
            let clients = Clients::of(model);
            let pools = clients.automatic_pools(store);
            let mut own = pools.iter().filter(|(client, _)| client.workload.id == workload.id);
            own.all(|(_, size)| size.is_some())
        };
        let help = match what_if::most_replicas(context.model, workload, one_each) {
            Some(replicas) => format!("at most `scale {replicas}` leaves one connection for each pool"),
            None if store.is_database() => "raise `max_connections`, or put a pooler in front".to_owned(),
            None => "raise `max_clients`".to_owned(),
        };
        found.push(diagnostic.help(help));
    }
    found
}

fn times(count: u64, what: &str) -> String {
    match count {
        1 => String::new(),
        count => format!(" × {}", counted(count, what)),
    }
}
