//! `reconnect-storm`

use super::sum;
use crate::budget::connections::{Opener, supply};
use crate::diagnostic::{Diagnostic, counted};
use crate::facts::engines::connect_cost;
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// When a database comes back, it can let all its clients in again before the first of them gives up waiting. Asked where
    /// `capacity` and `acquire_timeout` are declared, and no pooler stands between.
    /// ## Why
    /// After a failover or a restart every pool opens its connections at the same time. For each of them PostgreSQL forks a
    /// process and checks a password, and it does so for those as well who have given up and try again. When that takes
    /// longer than they wait, it never ends: the database is busy, and nobody is connected.
    /// ## Source
    /// Measured on PostgreSQL 15: 8 to 9 ms of processor time for a connection with a password (SCRAM) and one query, on a
    /// virtual machine; 2 ms are counted, so that the time that is told is the least.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 3000; reserve 50; capacity 4; failover 30s }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   100
    ///   memory  512Mi
    ///   uses    orders-db { pool 24; acquire_timeout 1s }
    ///   rollout recreate
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 3000; reserve 50; capacity 4; failover 30s }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   100
    ///   memory  512Mi
    ///   uses    orders-db { pool 24; acquire_timeout 3s }
    ///   rollout recreate
    /// }
    /// ```
    212 "reconnect-storm" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in &context.model.stores {
        let (Some(capacity), Some(cost), None) = (&store.capacity, connect_cost(store.engine_name()), &store.pooler)
        else {
            continue;
        };
        let clients = context
            .clients
            .of_store(store.id)
            .iter()
            .filter(|client| client.opener == Opener::Main);
        let waits = clients.filter_map(|client| Some((client, client.uses.acquire_timeout.as_ref()?)));
        let (Some((client, shortest)), Some(demand)) = (
            waits.min_by_key(|(_, timeout)| timeout.value),
            context.clients.demand(store.id),
        ) else {
            continue;
        };
        let all = demand
            .steady
            .min(supply(store).map_or(u64::MAX, |supply| supply.usable()));
        let takes = Duration::micros(cost.times(all).in_micros() / capacity.value.max(1));
        if takes <= shortest.value {
            continue;
        }
        let (name, database) = (&client.workload.name.value, &store.name.value);
        let connections = counted(all, "connection");
        let message = format!(
            "`{database}` takes {takes} to let {connections} in again, and `{name}` waits {} for one",
            shortest.value
        );
        let found_here = Diagnostic::new(&RULE, message, shortest.span, "gives up and tries again")
            .label(capacity.span, format!("{all} × {cost} ÷ {}", capacity.value))
            .label(
                sum::place(client.uses),
                format!("{connections} of all clients at full scale"),
            )
            .help(format!(
                "wait longer than {takes}, or put a pooler in front of `{database}`: it stays connected"
            ))
            .about(client.workload.id);
        found.push(found_here);
    }
}
