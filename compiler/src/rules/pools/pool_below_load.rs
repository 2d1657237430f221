//! `pool-below-load`

use super::what_if;
use crate::budget::connections::{Busy, Client, supply};
use crate::diagnostic::{Diagnostic, counted, thousands};
use crate::model::Store;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// At the declared peak no more than 80 % of a client's connections are busy, or than `require pool_utilization` asks for:
    /// requests of all replicas × the time that each holds a connection.
    /// ## Why
    /// Near 100 % requests wait for a connection longer than they use it, and a little above the peak the queue only grows.
    /// The service then looks slow, and its processors idle.
    /// ## Source
    /// Little's law: busy connections = rate × hold. Erlang C for ten connections held 20 ms: a request waits 1.5 ms at 70 %,
    /// 13 ms at 90 %, 93 ms at 98 %. The threshold of 80 % is ours.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200; reserve 20 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  4
    ///   memory 512Mi
    ///   uses   orders-db { pool 5; hold 20ms }
    ///   load   { peak 900/s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 20 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale  4
    ///   memory 512Mi
    ///   uses   orders-db { pool 6; hold 20ms }
    ///   load   { peak 900/s }
    /// }
    /// ```
    205 "pool-below-load" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in &context.model.stores {
        for client in context.clients.of_store(store.id) {
            if let Some(busy) = context.clients.busy(client).filter(Busy::is_over) {
                found.extend(report(context, store, client, &busy));
            }
        }
    }
}

fn report(context: &Context<'_>, store: &Store, client: &Client<'_>, busy: &Busy) -> Option<Diagnostic> {
    let (uses, workload) = (client.uses, client.workload);
    let (peak, hold) = (workload.load.peak.as_ref()?, uses.hold.as_ref()?);
    let message = format!(
        "at its peak `{}` keeps {} of {} to `{}` busy: more than {}",
        workload.name.value,
        tenths(busy.busy),
        counted(busy.all(), "connection"),
        store.name.value,
        busy.allowed
    );
    let span = uses.pool.as_ref().map_or(uses.span, |pool| pool.span);
    let per_request = match uses.per_request.to_string().as_str() {
        "1" => String::new(),
        several => format!(" × {several} for each"),
    };
    let all = format!(
        "{} = {} × {}",
        thousands(busy.all()),
        counted(busy.pools, "pool"),
        busy.pool
    );
    let found = Diagnostic::new(&RULE, message, span, all)
        .label(peak.span, format!("{} requests, of all instances", peak.value))
        .label(
            hold.span,
            format!("× {}{per_request} = {} busy", hold.value, tenths(busy.busy)),
        )
        .about(workload.id);
    let enough = busy.enough();
    let size = enough.saturating_sub(uses.overflow.value);
    let usable = supply(store).map_or(u64::MAX, |supply| supply.usable());
    let total = what_if::with_pool(context.clients, store, client, size);
    let name = &store.name.value;
    let other = match &store.pooler {
        Some(_) => "let its pooler accept more",
        None => "put a pooler in front",
    };
    Some(found.help(match total {
        Some(total) if total <= usable => format!("`pool {size}` is enough, and `{name}` has room for it"),
        _ => format!(
            "`pool {size}` would be enough, but `{name}` has no room for it: hold connections shorter, or {other}"
        ),
    }))
}

/// Millionths with one decimal place, rounded up.
fn tenths(millionths: u64) -> String {
    let tenths = millionths.div_ceil(100_000);
    match tenths % 10 {
        0 => thousands(tenths / 10),
        rest => format!("{}.{rest}", thousands(tenths / 10)),
    }
}
