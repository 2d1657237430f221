//! `surge-unplaceable`

use loadline_grammar::Span;

use crate::budget::placement::{Instances, Resource, Unplaceable, unplaceable};
use crate::diagnostic::{Diagnostic, Severity, counted};
use crate::model::{Cluster, Model, Strategy, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The nodes of a cluster have room for the requests of all instances, and of those that a rollout cannot do without: one
    /// more when none may be unavailable, a second set for blue-green and a canary behind a gateway.
    ///
    /// It is an error when that is so with every autoscaler at its minimum, and a warning when at the maximum.
    /// ## Why
    /// A pod that fits on no node stays `Pending`. When no old one may go before a new one is ready, the rollout stands still
    /// until its deadline, and so does the next one that would mend it.
    /// ## Source
    /// The scheduler compares requests with what is allocatable (kube-scheduler, `NodeResourcesFit`). The verdict is a proof by
    /// lower bounds on bin packing (Martello and Toth; Fekete and Schepers), exact when all instances are alike. Silence
    /// is none: the scheduler does not move what it has placed, and spreads it first.
    ///
    /// ```loadline,bad
    /// cluster prod { nodes 3; cpu 4; memory 16Gi; reserve 10% }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   6
    ///   cpu     500m
    ///   memory  6Gi
    ///   rollout rolling
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { nodes 4; cpu 4; memory 16Gi; reserve 10% }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   6
    ///   cpu     500m
    ///   memory  6Gi
    ///   rollout rolling
    /// }
    /// ```
    310 "surge-unplaceable" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for cluster in &context.model.clusters {
        let at_least = unplaceable(context.model, cluster, |workload| workload.scale.min());
        let why = match at_least {
            Some(why) => Some((why, Severity::Error)),
            None => {
                unplaceable(context.model, cluster, |workload| workload.scale.max()).map(|why| (why, Severity::Warning))
            }
        };
        if let Some((why, severity)) = why {
            found.push(report(context.model, cluster, &why).at(severity));
        }
    }
}

fn report(model: &Model, cluster: &Cluster, why: &Unplaceable) -> Diagnostic {
    let rolling = why.rolling.and_then(|id| model.workload(id));
    let (name, what, node) = (&cluster.name.value, why.resource.word(), why.resource.text(why.node));
    let written = match why.resource {
        Resource::Cpu => cluster.cpu.as_ref().map(|cpu| cpu.span),
        Resource::Memory => cluster.memory.as_ref().map(|memory| memory.span),
    };
    let size = written.unwrap_or(cluster.span);
    let Some(needed) = why.nodes else {
        return too_large(model, cluster, why, size);
    };
    let who = match rolling {
        Some(workload) => format!("a rollout of `{}`", workload.name.value),
        None => format!("what runs on `{name}`"),
    };
    let nodes = cluster.nodes.as_ref();
    let message = format!(
        "{who} needs {} of `{name}` for its requests of {what}, and there are {}",
        counted(needed, "node"),
        nodes.map_or(0, |nodes| nodes.value)
    );
    let span = nodes.map_or(cluster.span, |nodes| nodes.span);
    let mut found = Diagnostic::new(&RULE, message, span, format!("each with {node} for instances")).about(cluster.id);
    for one in &why.instances {
        if let Some(workload) = model.workload(one.workload) {
            found = found.label(place(workload, why.resource), term(workload, one, why.resource));
        }
    }
    let more = format!("{} have room", counted(needed, "node"));
    let takes_one = |workload: &&Workload| {
        let strategy = workload.rollout.as_ref().map(|rollout| rollout.strategy.value);
        strategy.is_none_or(|strategy| strategy == Strategy::Rolling)
    };
    found.help(match rolling.filter(takes_one) {
        Some(_) => format!("`rollout rolling {{ surge 0; unavailable 1 }}` needs no further room; at least {more}"),
        None => format!("at least {more}; or ask for less"),
    })
}

fn too_large(model: &Model, cluster: &Cluster, why: &Unplaceable, size: Span) -> Diagnostic {
    let largest = why.instances.iter().max_by_key(|one| one.each);
    let workload = largest.and_then(|one| model.workload(one.workload));
    let each = largest.map_or_else(String::new, |one| why.resource.text(one.each));
    let node = why.resource.text(why.node);
    let message = format!(
        "an instance of `{}` asks for {each} of {}, and a node of `{}` has {node}",
        workload.map_or("", |workload| &workload.name.value),
        why.resource.word(),
        cluster.name.value
    );
    let asked = workload.map_or(cluster.span, |workload| place(workload, why.resource));
    Diagnostic::new(&RULE, message, size, format!("{node} for instances"))
        .label(asked, "fits on no node")
        .help(format!("ask for {node} at most, its sidecars included"))
        .about(cluster.id)
}

/// Where the request is written.
fn place(workload: &Workload, resource: Resource) -> Span {
    let written = match resource {
        Resource::Cpu => workload.cpu.as_ref().map(|cpu| cpu.span),
        Resource::Memory => workload.memory.as_ref().map(crate::model::Memory::limit_span),
    };
    written.unwrap_or(workload.span)
}

/// `api: 7 × 6Gi, one of them only in the rollout`
fn term(workload: &Workload, one: &Instances, resource: Resource) -> String {
    let extra = match one.extra {
        0 => String::new(),
        extra => format!(", {extra} of them only in the rollout"),
    };
    format!(
        "{}: {} × {}{extra}",
        workload.name.value,
        one.count,
        resource.text(one.each)
    )
}
