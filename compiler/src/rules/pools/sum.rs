//! How the sum of a store's connections is shown: every label a term.

use std::collections::BTreeMap;

use super::what_if;
use crate::budget::connections::{ClientDemand, Clients, Opener, Situation, Supply, supply};
use crate::budget::instances::LiveHow;
use crate::diagnostic::{Diagnostic, counted, listed, thousands};
use crate::model::{Model, Store, Uses};

/// Most clients that are shown with a label of their own.
const LABELS_MAX: usize = 12;

/// Labels the supply, then each client's term, then what each rollout adds.
pub(super) fn explain(mut found: Diagnostic, situation: &Situation<'_>, supply: &Supply) -> Diagnostic {
    if let Some(label) = found.labels.first_mut() {
        label.text = supply.terms();
    }
    // A template or an extended service writes one pool for several clients: their terms share a label.
    let mut by_place: BTreeMap<loadline_grammar::Span, Vec<&ClientDemand<'_>>> = BTreeMap::new();
    for demand in &situation.clients {
        by_place.entry(place(demand.client.uses)).or_default().push(demand);
    }
    let left_out: Vec<&ClientDemand<'_>> = by_place.values().skip(LABELS_MAX).flatten().copied().collect();
    for (span, demands) in by_place.into_iter().take(LABELS_MAX) {
        let several = 1 < demands.len();
        let text = |demand: &&ClientDemand<'_>| match several {
            true => format!("{}: {}", demand.client.workload.name.value, demand.terms()),
            false => demand.terms(),
        };
        found = found.label(span, demands.iter().map(text).collect::<Vec<_>>().join("; "));
        for demand in demands {
            if let Some(span) = why(demand) {
                found = found.label(span, demand.live.terms());
            }
        }
    }
    if !left_out.is_empty() {
        let sum: u64 = left_out.iter().map(|demand| demand.connections).sum();
        found = found.note(format!("{} of {} further clients", thousands(sum), left_out.len()));
    }
    found
}

/// Who rolls out in the situation, in words.
pub(super) fn when(model: &Model, situation: &Situation<'_>) -> String {
    let rolling: Vec<String> = situation
        .rolling
        .iter()
        .filter(|thing| {
            situation
                .clients
                .iter()
                .any(|demand| demand.client.workload.id == **thing)
        })
        .map(|thing| format!("`{}`", model.name(*thing)))
        .collect();
    match rolling.as_slice() {
        [] => "with everything at full scale".to_owned(),
        few if few.len() <= 3 => format!(
            "while {} {} out",
            listed(few),
            if few.len() == 1 { "rolls" } else { "roll" }
        ),
        many => format!("while {} roll out", counted(many.len() as u64, "client")),
    }
}

/// Where a client's pool is written.
pub(super) fn place(uses: &Uses) -> loadline_grammar::Span {
    uses.pool.as_ref().map_or(uses.span, |pool| pool.span)
}

/// Where the number of live instances is written, if it is not simply the scale.
fn why(demand: &ClientDemand<'_>) -> Option<loadline_grammar::Span> {
    match demand.live.how {
        LiveHow::Steady | LiveHow::Job => None,
        LiveHow::Swinging { .. } => Some(demand.client.workload.scale.span),
        LiveHow::Rolling { .. }
        | LiveHow::OneSet
        | LiveHow::Tried { .. }
        | LiveHow::TwoSets
        | LiveHow::Reload { .. } => {
            let workload = demand.client.workload;
            Some(
                workload
                    .rollout
                    .as_ref()
                    .map_or(workload.scale.span, |rollout| rollout.span),
            )
        }
    }
}

/// The smallest change of one number after which no more than the first limit is asked for, else the next, tried from
/// the client that takes most.
pub(super) fn way_out(
    clients: &Clients<'_>,
    store: &Store,
    situation: &Situation<'_>,
    limits: &[u64],
) -> Option<String> {
    // What a queue's client needs is not a matter of taste.
    let chosen = situation
        .clients
        .iter()
        .filter(|demand| demand.client.opener != Opener::Queue);
    let mut by_size: Vec<&ClientDemand<'_>> = chosen.collect();
    by_size.sort_by_key(|demand| (std::cmp::Reverse(demand.connections), demand.client.workload.id));
    let usable = supply(store)?.usable();
    let shrunk = limits.iter().find_map(|&limit| {
        by_size.iter().find_map(|demand| {
            let pools = demand.live.count.saturating_mul(demand.pools);
            let least = pools.saturating_mul(demand.client.uses.overflow.value.saturating_add(1));
            if limit < situation.total.saturating_sub(demand.connections).saturating_add(least) {
                return None;
            }
            let smaller = what_if::smaller_pool(clients, store, demand, limit)?;
            Some(format!(
                "`pool {}` in `{}` needs {} of {}",
                smaller.size,
                demand.client.workload.name.value,
                thousands(smaller.total),
                thousands(usable)
            ))
        })
    });
    let pooler = match &store.pooler {
        None if store.is_database() => Some(format!("put a pooler in front of `{}`", store.name.value)),
        Some(_) if supply(store)?.session => {
            Some("let the pooler share its connections: `mode transaction`, if no client needs a session".to_owned())
        }
        _ => None,
    };
    match (shrunk, pooler) {
        (Some(shrunk), Some(pooler)) => Some(format!("{shrunk}; or {pooler}")),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}
