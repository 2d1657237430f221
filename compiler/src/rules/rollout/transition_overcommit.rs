//! `transition-overcommit`

use super::counterpart;
use crate::budget::connections::{Moment, Supply, supply};
use crate::diagnostic::{Diagnostic, Severity, counted, listed, thousands};
use crate::model::{Store, Workload};
use crate::rules::{Context, Running, rule};

rule! {
    /// ## What it checks
    /// While this revision of the spec replaces the one that runs, a database or cache is never asked for more connections
    /// than it accepts: old instances hold pools of the old size, new ones of the new size, at the same time.
    ///
    /// Judged with `check --against REVISION` only.
    /// ## Why
    /// Both revisions fit, and the way from one to the other does not: connections move from one service to another whose
    /// rollout comes first, or a service that was renamed runs twice until the old one is deleted.
    /// ## Source
    /// Live instances as in `pool-overcommit`, with the surge, `min_ready` and boot of the new revision and the shutdown of
    /// the old one. A Deployment whose replicas change too is scaled before it is rolled (Deployment controller, `sync.go`).
    /// Waves go callees first; earlier ones are counted as new, later ones as old. Nothing that applies manifests deletes what is
    /// not in them, unless told to.
    ///
    /// ```loadline,bad
    /// project shop { deploys sequential }
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// template program {
    ///   memory   512Mi
    ///   scale    4
    ///   rollout  recreate
    /// }
    /// service api {
    ///   extends program
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 30 }
    /// }
    /// worker mailer {
    ///   extends program
    ///   image   "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 10 }
    /// }
    /// ```
    /// ```loadline,running
    /// project shop { deploys sequential }
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// template program {
    ///   memory   512Mi
    ///   scale    4
    ///   rollout  recreate
    /// }
    /// service api {
    ///   extends program
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 10 }
    /// }
    /// worker mailer {
    ///   extends program
    ///   image   "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 30 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { deploys sequential }
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// template program {
    ///   memory   512Mi
    ///   scale    4
    ///   rollout  recreate
    /// }
    /// service api {
    ///   extends program
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 10 }
    /// }
    /// worker mailer {
    ///   extends program
    ///   image   "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 10 }
    /// }
    /// ```
    /// ```loadline,running
    /// project shop { deploys sequential }
    /// cluster prod { version 1.33 }
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// template program {
    ///   memory   512Mi
    ///   scale    4
    ///   rollout  recreate
    /// }
    /// service api {
    ///   extends program
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 10 }
    /// }
    /// worker mailer {
    ///   extends program
    ///   image   "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   uses    orders-db { pool 30 }
    /// }
    /// ```
    721 "transition-overcommit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(running) = context.running else {
        return;
    };
    for store in &context.model.stores {
        let (Some(moment), Some(supply)) = (running.transition.worst(store.id), supply(store)) else {
            continue;
        };
        // What does not fit when the rollout has ended is another rule's finding.
        let alone = context.clients.demand(store.id).map_or(0, |demand| demand.worst.total);
        let asked = moment.total.max(alone);
        if supply.usable() < alone {
            continue;
        }
        if supply.usable() < moment.total {
            let when = when(context, running, &moment);
            found.push(overcommitted(store, &when, &moment, &supply));
        } else if let Some(before) = raised(running, store, &supply).filter(|before| before.usable() < asked) {
            found.push(must_be_raised_first(store, asked, &supply, &before));
        }
    }
}

fn overcommitted(store: &Store, when: &str, moment: &Moment<'_>, supply: &Supply) -> Diagnostic {
    let name = &store.name.value;
    let (asked, usable) = (thousands(moment.total), thousands(supply.usable()));
    let message = format!("`{name}` can be asked for {asked} connections {when}, but has {usable}");
    let mut found = Diagnostic::new(&RULE, message, supply.span, supply.terms()).about(store.id);
    for holder in &moment.holders {
        let workload = holder.workload().map_or("", |workload| workload.name.value.0.as_str());
        found = match &holder.new {
            Some(share) => {
                let uses = share.client.uses;
                let span = uses.pool.as_ref().map_or(uses.span, |pool| pool.span);
                found.label(span, holder.terms())
            }
            None if holder.removed => found.note(format!(
                "`{workload}` is not in the spec any more, and holds {} until it is deleted",
                holder.terms()
            )),
            None => found.note(format!("`{workload}`, not replaced yet, holds {}", holder.terms())),
        };
    }
    let missing = moment.total - supply.usable();
    let enough = thousands(supply.accepted.saturating_add(missing));
    found.help(format!(
        "accept {enough} connections until the rollout has ended; or first release what holds fewer, and the rest in a second step"
    ))
}

/// What is started for the first time replaces nothing.
fn when(context: &Context<'_>, running: Running<'_>, moment: &Moment<'_>) -> String {
    let holds = |workload: &&Workload| {
        let mut holders = moment.holders.iter().filter_map(|holder| holder.workload());
        holders.any(|holder| holder.name.value == workload.name.value)
    };
    let workloads = moment.rolling.iter().filter_map(|thing| context.model.workload(*thing));
    let rolling: Vec<String> = workloads
        .filter(|workload| counterpart(running.model, workload).is_some())
        .filter(holds)
        .map(|workload| format!("`{}`", workload.name.value))
        .collect();
    match rolling.as_slice() {
        [] => "beside what is left of the revision that runs".to_owned(),
        few if few.len() <= 3 => format!(
            "while {} {} replaced",
            listed(few),
            if few.len() == 1 { "is" } else { "are" }
        ),
        many => format!("while {} are replaced", counted(many.len() as u64, "client")),
    }
}

/// What the store gave before this revision raised it.
fn raised(running: Running<'_>, store: &Store, now: &Supply) -> Option<Supply> {
    let same = |other: &&Store| other.id.kind == store.id.kind && other.name.value == store.name.value;
    let before = supply(running.model.stores.iter().find(same)?)?;
    (before.usable() < now.usable()).then_some(before)
}

fn must_be_raised_first(store: &Store, asked: u64, supply: &Supply, before: &Supply) -> Diagnostic {
    let name = &store.name.value;
    let (asked, usable) = (thousands(asked), thousands(before.usable()));
    let message = format!(
        "the rollout can ask `{name}` for {asked} connections, and what runs of it has {usable} until it is raised"
    );
    Diagnostic::new(&RULE, message, supply.span, supply.terms())
        .at(Severity::Warning)
        .about(store.id)
        .help(format!("raise the limit of `{name}` before the rollout begins"))
}
