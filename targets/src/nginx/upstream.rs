//! How nginx spreads requests over the instances of a service, and keeps connections to them.

use loadline_compiler::budget::proxy;
use loadline_compiler::model::{Balancing, Listen, Model, Platform, Route, Store, ThingId, Workload};
use loadline_compiler::values::Val;
use serde::Serialize;

use super::{Scope, named, servers, version};
use crate::escape::nginx as escape;
use crate::host;
use crate::output::Output;
use crate::template::Escaped;

/// Servers that 64 KiB of shared memory have room for. Measured with 1.22.1: 63 with IPv4 addresses, 56 with IPv6.
const SERVERS_A_ZONE: usize = 50;

/// `upstream … { … }`
#[derive(Debug, Serialize)]
pub(super) struct Upstream {
    pub(super) name: Escaped,
    comment: Escaped,
    zone_kib: usize,
    is_sticky: bool,
    is_by_least: bool,
    is_single: bool,
    servers: Vec<Escaped>,
    /// Idle connections that each worker process keeps: the most that a route asks for, else the default.
    keepalive: u64,
    #[serde(skip)]
    is_keepalive_written: bool,
    /// Whether `keepalive 0` must be written for none.
    is_kept_unasked: bool,
    idle: Escaped,
    #[serde(skip)]
    key: Key,
    /// Whether nginx must check a certificate.
    #[serde(skip)]
    pub(super) is_tls: bool,
    /// The host that an external service is asked for.
    #[serde(skip)]
    pub(super) host: Option<Escaped>,
}

impl Upstream {
    fn ask_for(&mut self, keepalive: &Val<u64>) {
        self.keepalive = match (self.is_keepalive_written, keepalive.is_written()) {
            (true, false) => self.keepalive,
            (false, true) => keepalive.value,
            _ => self.keepalive.max(keepalive.value),
        };
        self.is_keepalive_written |= keepalive.is_written();
    }
}

/// The workload that a route leads to, and which of its listeners.
pub(super) fn target<'m>(model: &'m Model, route: &Route) -> (Option<&'m Workload>, Option<&'m Listen>) {
    let workload = model.workload(route.target.id);
    let name = route.target.listener.as_deref();
    (workload, workload.and_then(|workload| workload.listener(name)))
}

/// Routes to the same listener share connections, unless they are balanced in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    target: ThingId,
    listener: Option<String>,
    is_sticky: bool,
    is_by_least: bool,
}

impl Key {
    /// What tells upstreams of one listener apart.
    const fn suffix(&self) -> &'static str {
        match (self.is_sticky, self.is_by_least) {
            (true, _) => "_sticky",
            (false, true) => "_least",
            (false, false) => "",
        }
    }
}

/// The upstreams of a gateway, each once.
#[derive(Debug, Default)]
pub(super) struct Upstreams(pub(super) Vec<Upstream>);

impl Upstreams {
    /// The upstream of a route; `None` when its service cannot be reached (reported).
    pub(super) fn of_route(&mut self, scope: &Scope<'_>, route: &Route, out: &mut Output) -> Option<&Upstream> {
        let (workload, listen) = target(scope.model, route);
        let key = Key {
            target: route.target.id,
            listener: listen.map(|listen| listen.name().to_owned()),
            is_sticky: route.sticky.value,
            is_by_least: route.balance.value == Balancing::LeastConnections && !route.sticky.value,
        };
        if route.sticky.value && route.balance.is_written() {
            out.not_expressible(
                route.balance.span,
                "a client that always reaches the same instance is sent to no other",
                "`sticky` decides",
            );
        }
        if let Some(place) = self.0.iter().position(|upstream| upstream.key == key) {
            let known = self.0.get_mut(place)?;
            known.ask_for(&route.keepalive);
            return Some(known);
        }
        let upstream = match (workload, listen, scope.model.store(route.target.id)) {
            (Some(workload), Some(listen), _) => of_workload(scope, route, key, workload, listen, out)?,
            (_, _, Some(external)) => of_external(scope, route, key, external, out)?,
            _ => return None,
        };
        self.0.push(upstream);
        self.0.last()
    }
}

fn of_workload(
    scope: &Scope<'_>,
    route: &Route,
    key: Key,
    workload: &Workload,
    listen: &Listen,
    out: &mut Output,
) -> Option<Upstream> {
    let servers = servers::of_workload(scope, route, workload, listen, out)?;
    let span = route.target.span;
    let count = servers.len();
    if route.sticky.value && is_behind_one_port(scope.model, workload) {
        out.not_expressible(
            route.sticky.span,
            "nginx cannot tell the processes of a PM2 cluster apart: they share one port",
            "a client reaches any of them",
        );
    }
    let idle = listen.idle_timeout.as_ref().map(|idle| idle.value);
    let name = format!(
        "{}_{}_{}{}",
        scope.name(),
        workload.name.value,
        listen.name(),
        key.suffix()
    );
    Some(Upstream {
        name: named(scope, &name, out),
        comment: escape::comment(&format!("{}.{}", workload.name.value, listen.name())),
        zone_kib: zone_kib(count),
        is_sticky: key.is_sticky,
        is_by_least: key.is_by_least,
        is_single: count == 1,
        servers: servers
            .iter()
            .map(|(host, port)| out.escaped(span, escape::server(host, *port)))
            .collect(),
        keepalive: route.keepalive.value,
        is_keepalive_written: route.keepalive.is_written(),
        is_kept_unasked: version::keeps_connections_itself(&scope.version),
        idle: escape::time(proxy::kept_by_nginx(idle)),
        key,
        is_tls: false,
        host: None,
    })
}

fn zone_kib(servers: usize) -> usize {
    servers.div_ceil(SERVERS_A_ZONE).max(1).saturating_mul(64)
}

/// Whether several processes share one port.
fn is_behind_one_port(model: &Model, workload: &Workload) -> bool {
    let processes = loadline_compiler::budget::instances::processes(model, workload);
    matches!(model.platform(workload), Platform::Pm2(_))
        && host::in_pm2_cluster(workload)
        && 1 < processes.saturating_mul(workload.scale.max())
}

/// A service of somebody else, by its `url`.
fn of_external(scope: &Scope<'_>, route: &Route, key: Key, external: &Store, out: &mut Output) -> Option<Upstream> {
    let span = route.target.span;
    let name = &external.name.value;
    let place = servers::of_external(route, external, out)?;
    let is_tls = place.scheme == "https";
    let port = place.port.unwrap_or(if is_tls { 443 } else { 80 });
    let label = format!("{}_{name}{}", scope.name(), key.suffix());
    Some(Upstream {
        name: named(scope, &label, out),
        comment: escape::comment(&format!(
            "{name}: its name is looked up when nginx starts or reloads, not later."
        )),
        zone_kib: zone_kib(1),
        is_sticky: key.is_sticky,
        is_by_least: key.is_by_least,
        is_single: true,
        servers: vec![out.escaped(span, escape::server(&place.host, port))],
        keepalive: route.keepalive.value,
        is_keepalive_written: route.keepalive.is_written(),
        is_kept_unasked: version::keeps_connections_itself(&scope.version),
        idle: escape::time(proxy::kept_by_nginx(None)),
        key,
        is_tls,
        host: Some(out.escaped(span, escape::host_header(&place.host))),
    })
}
