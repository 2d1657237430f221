//! What things have to do with each other: where they run, whom they call, and the graph of it.

use loadline_grammar::Span;

use crate::diagnostic::{Diagnostic, alternatives};
use crate::lower::{Cx, Lower};
use crate::model::{
    Build, Callee, Edge, EdgeKind, Graph, Language, Model, Platform, PortName, ThingId, ThingKind, Workload,
    language_of,
};
use crate::rules::syntax;
use crate::suggest;

pub(crate) fn connect(model: &mut Model, cx: &mut Cx<'_>) {
    places(model, cx);
    builds(model, cx);
    for workload in &model.workloads {
        cx.subject = Some(workload.id);
        needs(model, workload, cx);
        for call in &workload.calls {
            listener_exists(model, &call.callee.value, call.callee.span, cx);
        }
        let health = &workload.health;
        for probe in [&health.startup, &health.ready, &health.live].into_iter().flatten() {
            if let Some(port) = &probe.port
                && let PortName::Name(name) = &port.value
                && workload.listener(Some(name)).is_none()
            {
                cx.report(no_listener(workload, name, port.span));
            }
        }
    }
    for gateway in &model.gateways {
        cx.subject = Some(gateway.id);
        for route in &gateway.route {
            listener_exists(model, &route.target.value, route.target.span, cx);
        }
    }
    cx.subject = None;
    changes(model, cx);
    model.graph = graph(model);
}

/// `runs_on`, or the only host or cluster that there is.
fn places(model: &mut Model, cx: &mut Cx<'_>) {
    let hosts: Vec<ThingId> = model.hosts.iter().map(|host| host.id).collect();
    let clusters: Vec<ThingId> = model.clusters.iter().map(|cluster| cluster.id).collect();
    let all: Vec<ThingId> = hosts.iter().chain(&clusters).copied().collect();
    let names: Vec<String> = all
        .iter()
        .map(|place| format!("`runs_on {}`", model.name(*place)))
        .collect();
    for workload in &mut model.workloads {
        let written = workload.runs_on.as_ref().map(|runs_on| runs_on.place.id);
        workload.place = match (written, all.as_slice()) {
            (Some(place), _) => Some(place),
            (None, [only]) => Some(*only),
            (None, []) => None,
            (None, [..]) => {
                let name = &workload.name.value;
                let message = format!(
                    "`{name}` does not say where it runs, and there are {} places",
                    all.len()
                );
                let found = Diagnostic::new(
                    &syntax::missing_setting::RULE,
                    message,
                    workload.span,
                    "needs `runs_on`",
                );
                cx.report(found.help(format!("write {}", alternatives(&names))).about(workload.id));
                None
            }
        };
    }
    for gateway in &mut model.gateways {
        let written = gateway.runs_on.as_ref().map(|runs_on| runs_on.place.id);
        // A gateway is nginx on a host where there is one, and an Ingress of the cluster elsewhere.
        gateway.place = match (written, hosts.as_slice(), clusters.as_slice()) {
            (Some(place), _, _) => Some(place),
            (None, [only], _) | (None, [], [only]) => Some(*only),
            (None, [_, ..], _) => {
                let message = format!("`{}` does not say on which host it runs", gateway.name.value);
                let found = Diagnostic::new(&syntax::missing_setting::RULE, message, gateway.span, "needs `runs_on`");
                cx.report(found.help(format!("write {}", alternatives(&names))).about(gateway.id));
                None
            }
            (None, [], _) => None,
        };
    }
}

const fn version_example(language: Language) -> &'static str {
    match language {
        Language::Node => "24",
        Language::Python => "3.13",
        Language::Jvm => "21",
        _ => "9",
    }
}

/// In a container, what has a program and no image is built here, as by an empty `build { }`.
fn builds(model: &mut Model, cx: &mut Cx<'_>) {
    let in_container: Vec<bool> = model
        .workloads
        .iter()
        .map(|workload| matches!(model.platform(workload), Platform::Kubernetes(_)))
        .collect();
    for (workload, in_container) in model.workloads.iter_mut().zip(in_container) {
        if in_container && workload.image.is_none() && workload.build.is_none() && workload.run.is_some() {
            workload.settings.build = Build::lower(&[], workload.span, cx);
        }
    }
}

/// What a workload cannot do without.
fn needs(model: &Model, workload: &Workload, cx: &mut Cx<'_>) {
    let name = &workload.name.value;
    let on_host = matches!(model.platform(workload), Platform::Systemd(_) | Platform::Pm2(_));
    let found = if workload.run.is_none() && on_host {
        let message = format!("`{name}` runs on a host and does not say what to run");
        Some(
            Diagnostic::new(&syntax::missing_setting::RULE, message, workload.span, "needs `run`")
                .help("write `run \"dist/server.mjs\"`"),
        )
    } else if workload.run.is_none() && (workload.image.is_none() || workload.build.is_some()) {
        let message = format!("`{name}` does not say what to run");
        let found = Diagnostic::new(
            &syntax::missing_setting::RULE,
            message,
            workload.span,
            "needs `run`, or an `image` with an entry point",
        );
        Some(found.help(if workload.build.is_some() {
            "write `run \"dist/server.mjs\"`"
        } else {
            "write `image \"ghcr.io/acme/api:1.4.2\"` for one that is built elsewhere, or `run \"dist/server.mjs\"`"
        }))
    } else {
        None
    };
    found.into_iter().for_each(|found| cx.report(found));
    if let (Some(_), None, Some(run)) = (&workload.build, &workload.runtime, &workload.run)
        && let Some(language) = language_of(&run.value)
    {
        let word = language.word();
        let message = format!("`{name}` is built, started by {word}, and has no `runtime`");
        let found = Diagnostic::new(
            &syntax::missing_setting::RULE,
            message,
            run.span,
            "the image needs it, in some version",
        );
        cx.report(found.help(format!("write `runtime {word} {}`", version_example(language))));
    }
    if let Some(runtime) = &workload.runtime
        && runtime.version.is_none()
        && matches!(
            runtime.language.value,
            Language::Node | Language::Python | Language::Jvm | Language::Dotnet
        )
    {
        let language = runtime.language.value;
        let word = language.word();
        let message = format!("`runtime {word}` does not say which version");
        let found = Diagnostic::new(
            &syntax::missing_setting::RULE,
            message,
            runtime.span,
            "memory, signals and base image depend on it",
        );
        cx.report(found.help(format!("write `runtime {word} {}`", version_example(language))));
    }
}

fn listener_exists(model: &Model, callee: &Callee, span: Span, cx: &mut Cx<'_>) {
    let Some(workload) = model.workload(callee.id) else {
        if let Some(listener) = &callee.listener {
            let message = format!("`{}` has no listeners, so no `{listener}`", callee.name);
            cx.report(Diagnostic::new(
                &syntax::unknown_reference::RULE,
                message,
                span,
                "only services listen",
            ));
        }
        return;
    };
    match &callee.listener {
        Some(listener) if workload.listener(Some(listener)).is_none() => {
            cx.report(no_listener(workload, listener, span))
        }
        None if workload.listen.is_empty() => {
            let message = format!("`{}` listens on nothing", callee.name);
            let found = Diagnostic::new(&syntax::unknown_reference::RULE, message, span, "cannot be reached");
            cx.report(
                found
                    .label(workload.span, "declared here")
                    .help("give it a listener: `listen http 3000`"),
            );
        }
        _ => {}
    }
}

fn no_listener(workload: &Workload, name: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` has no listener `{name}`", workload.name.value);
    let found = Diagnostic::new(&syntax::unknown_reference::RULE, message, span, "not declared");
    match suggest::nearest(name, workload.listen.iter().map(crate::model::Listen::name)) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.label(workload.span, "declared here"),
    }
}

/// A change needs its database, and each service that it deploys a first revision.
fn changes(model: &Model, cx: &mut Cx<'_>) {
    for change in &model.changes {
        if change.on.is_none() {
            let message = format!("change `{}` does not say which database it changes", change.name.value);
            let found = Diagnostic::new(&syntax::missing_setting::RULE, message, change.span, "needs `on`");
            cx.report(found.help("write `on NAME`"));
        }
        let mut reported: Vec<ThingId> = Vec::new();
        for deploy in &change.deploy {
            let service = deploy.service.id;
            let known = change.from.iter().any(|from| from.service.id == service) || reported.contains(&service);
            if known {
                continue;
            }
            reported.push(service);
            let name = &deploy.service.name;
            let message = format!(
                "change `{}` deploys `{name}` but does not say which revision runs before",
                change.name.value
            );
            let found = Diagnostic::new(
                &syntax::missing_first_revision::RULE,
                message,
                deploy.span,
                "the first deploy",
            );
            cx.report(
                found
                    .help(format!(
                        "add `from {name} VERSION {{ reads …; writes … }}` before the first step"
                    ))
                    .about(service),
            );
        }
    }
}

fn graph(model: &Model) -> Graph {
    let mut things: Vec<ThingId> = model.workloads.iter().map(|thing| thing.id).collect();
    things.extend(model.stores.iter().map(|thing| thing.id));
    things.extend(model.sites.iter().map(|thing| thing.id));
    things.extend(model.gateways.iter().map(|thing| thing.id));
    let mut edges: Vec<Edge> = Vec::new();
    for workload in &model.workloads {
        let from = workload.id;
        edges.extend(workload.calls.iter().map(|call| Edge {
            from,
            to: call.callee.id,
            kind: EdgeKind::Call {
                kind: call.kind.value,
                optional: call.optional.value,
            },
            span: call.span,
        }));
        let beside = workload.sidecar.iter().flat_map(|sidecar| &sidecar.uses);
        let migration = workload.migrate.iter().flat_map(|migrate| &migrate.uses);
        for uses in workload.uses.iter().chain(beside).chain(migration) {
            let edge = Edge {
                from,
                to: uses.store.id,
                kind: EdgeKind::Uses,
                span: uses.span,
            };
            if !edges
                .iter()
                .rev()
                .take_while(|other| other.from == from)
                .any(|other| other.to == edge.to && other.kind == edge.kind)
            {
                edges.push(edge);
            }
        }
        let published = workload
            .publishes
            .iter()
            .map(|publishes| (publishes.queue.id, EdgeKind::Publishes, publishes.span));
        let consumed = workload
            .consumes
            .iter()
            .map(|consumes| (consumes.queue.id, EdgeKind::Consumes, consumes.span));
        edges.extend(
            published
                .chain(consumed)
                .map(|(to, kind, span)| Edge { from, to, kind, span }),
        );
    }
    for gateway in &model.gateways {
        let routes = gateway.route.iter();
        edges.extend(routes.map(|route| Edge {
            from: gateway.id,
            to: route.target.id,
            kind: EdgeKind::Routes,
            span: route.span,
        }));
    }
    for store in &model.stores {
        let dead = store.dead_letter.as_ref().map(|queue| Edge {
            from: store.id,
            to: queue.id,
            kind: EdgeKind::DeadLetter,
            span: queue.span,
        });
        let on = store.on.as_ref().filter(|on| on.id.kind != ThingKind::Host);
        let on = on.map(|on| Edge {
            from: store.id,
            to: on.id,
            kind: EdgeKind::On,
            span: on.span,
        });
        edges.extend(dead.into_iter().chain(on));
    }
    Graph::new(&things, &edges)
}
