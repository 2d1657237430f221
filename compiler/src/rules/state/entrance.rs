//! How requests from outside come to a workload.

use crate::budget::instances;
use crate::facts::proxies;
use crate::model::{Gateway, Listen, Model, Platform, Route, ThingId, ThingKind, Workload};
use crate::quantity::Bytes;

/// What a gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    /// nginx on a machine.
    Nginx,
    /// An Ingress of ingress-nginx.
    IngressNginx,
    /// An Ingress of another controller, which reads no settings of routes.
    OtherIngress,
}

/// What a gateway is: nginx where it runs on a host, or where nothing says where it runs and none of its services is a pod.
pub(super) fn proxy(model: &Model, gateway: &Gateway) -> Proxy {
    let leads_to_pod = |route: &Route| {
        let workload = model.workload(route.target.id);
        workload.is_some_and(|workload| matches!(model.platform(workload), Platform::Kubernetes(_)))
    };
    let cluster = match gateway.place {
        Some(place) if place.kind == ThingKind::Host => return Proxy::Nginx,
        None if !gateway.route.iter().any(leads_to_pod) => return Proxy::Nginx,
        place => place.and_then(|place| model.cluster(place)),
    };
    let of_cluster = cluster
        .and_then(|cluster| cluster.ingress_class.as_ref())
        .map(|class| class.value.0.as_str());
    let class = gateway
        .class
        .as_ref()
        .map(|class| class.value.0.as_str())
        .or(of_cluster);
    // Every installation of ingress-nginx has `nginx` in the name of its class; without a class it is the one written for.
    if class.unwrap_or("nginx").contains("nginx") {
        Proxy::IngressNginx
    } else {
        Proxy::OtherIngress
    }
}

/// The largest request body that a gateway lets through to a listener; `None` where it is not known, or follows the listener.
pub(super) fn largest_body(model: &Model, gateway: &Gateway) -> Option<Bytes> {
    let written = gateway.body.as_ref().map(|body| body.value);
    match proxy(model, gateway) {
        Proxy::Nginx => written,
        Proxy::IngressNginx => Some(written.unwrap_or(proxies::NGINX_BODY)),
        Proxy::OtherIngress => None,
    }
}

/// The routes that lead to a listener, each with its gateway.
pub(super) fn routes<'m>(
    model: &'m Model,
    workload: &'m Workload,
    listen: &'m Listen,
) -> impl Iterator<Item = (&'m Gateway, &'m Route)> {
    let leads_here = |route: &Route| {
        let listener = workload.listener(route.target.listener.as_deref());
        route.target.id == workload.id && listener.is_some_and(|listener| listener.name() == listen.name())
    };
    let gateways = model.gateways.iter();
    gateways
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
