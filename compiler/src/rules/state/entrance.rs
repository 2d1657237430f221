//! How requests from outside come to a workload.

use crate::budget::instances;
use crate::budget::proxy::{self, Proxy};
use crate::facts::proxies;
use crate::model::{Gateway, Listen, Model, Platform, Route, ThingId, ThingKind, Workload};
use crate::quantity::Bytes;

/// The largest request body that a gateway lets through to a listener; `None` where it is not known, or follows the listener.
pub(super) fn largest_body(model: &Model, gateway: &Gateway) -> Option<Bytes> {
    let written = gateway.body.as_ref().map(|body| body.value);
    match proxy::of(model, gateway) {
        Proxy::Nginx => written,
        Proxy::IngressNginx => Some(written.unwrap_or(proxies::NGINX_BODY)),
        Proxy::Other => None,
    }
}

/// The routes that lead to a listener, each with its gateway.
pub(super) fn routes<'m>(
    model: &'m Model,
    workload: &'m Workload,
    listen: &'m Listen,
) -> impl Iterator<Item = (&'m Gateway, &'m Route)> {
    let leads_here = |route: &Route| {
        let listener = proxy::listener(workload, &route.target);
        route.target.id == workload.id && listener.is_some_and(|listener| listener.name() == listen.name())
    };
    model
        .entrances(workload.id)
        .flat_map(|gateway| gateway.route.iter().map(move |route| (gateway, route)))
        .filter(move |(_, route)| leads_here(route))
}

/// Processes that answer requests side by side, at the most.
pub(super) fn siblings(model: &Model, workload: &Workload) -> u64 {
    instances::replicas_max(model, workload).saturating_mul(instances::processes(model, workload))
}

/// Whether a client that comes through a gateway always reaches the same process: all routes are sticky, and the processes
/// have an address each. Those of one instance share its port, and so do all of a PM2 cluster on a machine.
pub(super) fn is_pinned(model: &Model, workload: &Workload, listen: &Listen) -> bool {
    let mut routes = routes(model, workload, listen).peekable();
    let is_cluster = match model.platform(workload) {
        Platform::Pm2(_) => workload.runtime.as_ref().is_some_and(crate::model::Runtime::is_node),
        _ => false,
    };
    let per_port =
        instances::processes(model, workload).saturating_mul(if is_cluster { workload.scale.max() } else { 1 });
    per_port <= 1 && routes.peek().is_some() && routes.all(|(_, route)| route.sticky.value)
}

/// `12 = 3 instances × 4 processes`
pub(super) fn siblings_text(model: &Model, workload: &Workload) -> String {
    use crate::diagnostic::counted;
    let instances = instances::replicas_max(model, workload);
    let processes = instances::processes(model, workload);
    match (instances, processes) {
        (instances, 1) => counted(instances, "instance"),
        (1, processes) => counted(processes, "process"),
        (instances, processes) => format!(
            "{} = {} × {}",
            instances.saturating_mul(processes),
            counted(instances, "instance"),
            counted(processes, "process")
        ),
    }
}

/// Where the number of siblings is written: the processes if there are several, else the replicas.
pub(super) fn siblings_span(model: &Model, workload: &Workload) -> loadline_grammar::Span {
    if 1 < instances::processes(model, workload) {
        workload.processes.span
    } else {
        workload.scale.replicas.span
    }
}

/// The first cache of the model that a workload is a client of, else any: where its state could go.
pub(super) fn cache(model: &Model, workload: &Workload) -> Option<ThingId> {
    let caches = || {
        model
            .stores
            .iter()
            .filter(|store| store.id.kind == ThingKind::Cache)
            .map(|store| store.id)
    };
    caches()
        .find(|cache| workload.uses.iter().any(|uses| uses.store.id == *cache))
        .or_else(|| caches().next())
}
