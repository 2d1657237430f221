//! Numbers that their setting cannot have, though they are numbers.
//!
//! `scale 0` is no mistake: a workload may be switched off.

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Val};
use crate::model::{Model, Processes, Uses};
use crate::rules::syntax;

pub(crate) fn check(model: &Model, cx: &mut Cx<'_>) {
    for workload in &model.workloads {
        cx.subject = Some(workload.id);
        let beside = workload.sidecar.iter().flat_map(|sidecar| &sidecar.uses);
        let migration = workload.migrate.iter().flat_map(|migrate| &migrate.uses);
        for uses in workload.uses.iter().chain(beside).chain(migration) {
            pool(uses, cx);
        }
        if workload.processes.value == Processes::Count(0) {
            nothing(
                "processes",
                "an instance without a process does nothing",
                workload.processes.span,
                cx,
            );
        }
        one_at_least("parallel", &workload.parallel, cx);
        let load = &workload.load;
        load.users.iter().for_each(|users| one_at_least("users", users, cx));
        let parts = [("errors", &load.errors), ("reads", &load.reads)];
        for (name, part) in parts
            .into_iter()
            .filter_map(|(name, part)| Some((name, part.as_ref()?)))
        {
            super::scenarios::at_most_all(name, part, cx);
        }
    }
    for store in &model.stores {
        cx.subject = Some(store.id);
        let limits = [
            ("max_connections", &store.max_connections),
            ("max_clients", &store.max_clients),
        ];
        for (name, limit) in limits {
            limit.iter().for_each(|limit| one_at_least(name, limit, cx));
        }
        if let (Some(limit), Some(reserve)) = (&store.max_connections, &store.reserve)
            && 0 < limit.value
            && limit.value <= reserve.value
        {
            let message = format!(
                "`reserve {}` leaves none of the {} connections of `{}` to clients",
                reserve.value, limit.value, store.name.value
            );
            let rule = &syntax::value_out_of_range::RULE;
            let found = Diagnostic::new(rule, message, reserve.span, "as many as there are, or more");
            cx.report(found.label(limit.span, "all of them").about(store.id));
        }
        if let Some(pooler) = &store.pooler {
            let counts = [
                ("size", &pooler.size),
                ("max_clients", &pooler.max_clients),
                ("processes", &pooler.processes),
                ("pools", &pooler.pools),
            ];
            counts
                .into_iter()
                .for_each(|(name, count)| one_at_least(name, count, cx));
        }
    }
    for host in &model.hosts {
        cx.subject = Some(host.id);
        one_at_least("count", &host.count, cx);
    }
    cx.subject = None;
}

/// To some libraries 0 is "no limit", to others an error: it says nothing.
fn pool(uses: &Uses, cx: &mut Cx<'_>) {
    if let Some(pool) = uses.pool.as_ref().filter(|pool| pool.get() == Some(0)) {
        nothing("pool", "a pool has a connection at least", pool.span, cx);
    }
}

fn one_at_least(name: &str, count: &Val<u64>, cx: &mut Cx<'_>) {
    if count.value == 0 {
        nothing(name, "one at least", count.span, cx);
    }
}

fn nothing(name: &str, label: &str, span: loadline_grammar::Span, cx: &mut Cx<'_>) {
    let rule = &syntax::value_out_of_range::RULE;
    cx.report(Diagnostic::new(rule, format!("`{name}` cannot be 0"), span, label));
}
