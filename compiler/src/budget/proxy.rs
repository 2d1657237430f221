//! What the proxy in front of a service does with its connections and requests.

use crate::budget::shutdown::DRAIN_FACTOR;
use crate::facts::{node, proxies};
use crate::model::{Callee, Gateway, Listen, Model, Platform, Route, ThingKind, Workload};
use crate::quantity::Duration;

/// What stands between clients and a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// nginx on a host, configured by what is written here.
    Nginx,
    /// ingress-nginx: what no annotation says is its own.
    IngressNginx,
    /// Another ingress controller, of which nothing is known.
    Other,
}

/// Connections that nginx keeps are closed this much before the service closes them: a request on a connection that is
/// just being closed is lost.
const KEEPALIVE_MARGIN: Duration = Duration::seconds(5);

/// What a gateway is, judged as the targets write it.
#[must_use]
pub fn of(model: &Model, gateway: &Gateway) -> Proxy {
    let leads_to_pod = |route: &Route| {
        let workload = model.workload(route.target.id);
        workload.is_some_and(|workload| matches!(model.platform(workload), Platform::Kubernetes(_)))
    };
    let on_cluster = match gateway.place {
        Some(place) => place.kind == ThingKind::Cluster,
        None => gateway.route.iter().any(leads_to_pod),
    };
    if !on_cluster {
        return Proxy::Nginx;
    }
    let cluster = gateway.place.and_then(|place| model.cluster(place));
    let of_cluster = cluster.and_then(|cluster| cluster.ingress_class.as_ref());
    let class = gateway.class.as_ref().map(|class| class.value.0.as_str());
    let class = class.or_else(|| of_cluster.map(|class| class.value.0.as_str()));
    // Every installation of ingress-nginx has `nginx` in the name of its class, which is also the default.
    if class.is_none_or(|class| class.contains("nginx")) {
        Proxy::IngressNginx
    } else {
        Proxy::Other
    }
}

/// The listener that a reference leads to.
#[must_use]
pub fn listener<'m>(workload: &'m Workload, callee: &Callee) -> Option<&'m Listen> {
    workload.listener(callee.listener.as_deref())
}

/// How long a service keeps an idle connection: as it says, or as its runtime does.
#[must_use]
pub fn kept_by_service(workload: &Workload, listen: &Listen) -> Option<Duration> {
    let is_node = workload.runtime.as_ref().is_some_and(crate::model::Runtime::is_node);
    let written = listen.idle_timeout.as_ref().map(|idle| idle.value);
    written.or_else(|| is_node.then_some(Duration::seconds(node::KEEP_ALIVE_SECONDS)))
}

/// When a service really closes an idle connection: Node does so a little later than it says.
#[must_use]
pub fn closed_by_service(workload: &Workload, listen: &Listen) -> Option<Duration> {
    let node = workload.runtime.as_ref().filter(|runtime| runtime.is_node());
    let later = node.map_or(Duration::ZERO, |runtime| node::keep_alive_buffer(runtime.major()));
    kept_by_service(workload, listen).map(|kept| kept.plus(later))
}

/// How long the proxy keeps an idle connection to a service; `None` when it keeps none, or nobody knows.
#[must_use]
pub fn kept_by_proxy(proxy: Proxy, route: &Route, listen: &Listen) -> Option<Duration> {
    match proxy {
        Proxy::Nginx if route.keepalive.value == 0 => None,
        Proxy::Nginx => Some(kept_by_nginx(listen.idle_timeout.as_ref().map(|idle| idle.value))),
        Proxy::IngressNginx => Some(proxies::INGRESS_NGINX_KEEPALIVE),
        Proxy::Other => None,
    }
}

/// 5 s less than the service keeps them, at least one; 4 s when it does not say, since Node closes after 5.
#[must_use]
pub fn kept_by_nginx(idle: Option<Duration>) -> Duration {
    match idle {
        Some(idle) => idle.minus(KEEPALIVE_MARGIN).max(Duration::seconds(1)),
        None => Duration::seconds(node::KEEP_ALIVE_SECONDS.saturating_sub(1)),
    }
}

/// How long a route waits for an answer; `None` when nobody knows.
#[must_use]
pub fn answer_within(proxy: Proxy, route: &Route, workload: &Workload) -> Option<Duration> {
    let written = route.timeout.as_ref().map(|timeout| timeout.value);
    match proxy {
        // Written so that the longest request fits into it.
        Proxy::Nginx => written.or_else(|| {
            let longest = workload.load.longest.as_ref();
            let needed = longest.map(|longest| longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1));
            needed.max(Some(proxies::NGINX_ANSWER))
        }),
        Proxy::IngressNginx => Some(written.unwrap_or(proxies::NGINX_ANSWER)),
        Proxy::Other => None,
    }
}
