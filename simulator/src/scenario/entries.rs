//! Where clients come in: along the route of a gateway, or straight to a service.

use loadline_compiler::budget::proxy::{self, Proxy};
use loadline_compiler::model::{self, Balancing, Gateway, Platform, Route, ThingId, ThingKind};
use loadline_compiler::quantity::Duration;

use super::{Reading, place, places};
use crate::Span;
use crate::edge::Backoff;
use crate::gateway::{self, IdleConnections, Upstream, UpstreamSettings};
use crate::outcome::Place;
use crate::system::{Callee, Edge, EdgePlaces};

/// How long nginx waits for an answer. Source: `proxy_read_timeout`; ingress-nginx keeps it.
const PROXY_READ_TIMEOUT: Span = Span::from_micros(60_000_000);

/// Idle connections of each worker of ingress-nginx. Source: its `config.go`, `UpstreamKeepaliveConnections`.
const INGRESS_KEPT: usize = 320;

/// Further tries. Source: ingress-nginx, `config.go`, `ProxyNextUpstreamTries` is 3.
const INGRESS_RETRIES: u32 = 2;

/// One way between two machines of a data centre: half of the 500 us there and back of Jeff Dean's "Numbers Everyone Should Know".
const DELAY: Span = Span::from_micros(250);

impl Reading<'_> {
    /// An entry for each service that clients reach, and for each queue that gets messages from outside.
    pub(super) fn entries(&mut self, scenario: &model::Scenario) {
        let model = self.model;
        for gateway in &model.gateways {
            for route in &gateway.route {
                let id = route.target.value.id;
                if self.service(id).is_some() && !self.entries.contains_key(&id) {
                    let entry = Edge {
                        nginx: self.nginx(gateway, route),
                        ..routed(model, gateway, route)
                    };
                    self.entry(id, entry, places::of_route(model, route));
                }
            }
        }
        for workload in &model.workloads {
            let called = model.callers(workload.id).next().is_some();
            if workload.id.kind == ThingKind::Service && workload.load.rate.is_some() && !called {
                self.entry(workload.id, plain(place(workload.name.span)), EdgePlaces::default());
            }
        }
        for traffic in scenario.at.iter().flat_map(|at| &at.traffic) {
            let id = traffic.target.value.id;
            if Self::is_service(id) || id.kind == ThingKind::Queue {
                self.entry(id, plain(place(traffic.span)), EdgePlaces::default());
            }
        }
    }

    /// The servers of nginx on a host, as they are written: one for each port that instances listen on.
    fn nginx(&self, gateway: &Gateway, route: &Route) -> Option<Upstream> {
        let model = self.model;
        let id = route.target.value.id;
        let workload = model.workload(id)?;
        if proxy::of(model, gateway) != Proxy::Nginx {
            return None;
        }
        let step = proxy::listener(workload, &route.target.value).map_or(1, |listen| listen.step.value);
        let servers = match model.platform(workload) {
            Platform::Kubernetes(_) => return None,
            Platform::Compose => 1,
            Platform::Pm2(_) if workload.is_in_pm2_cluster() => 1,
            Platform::Pm2(_) | Platform::Systemd(_) if step == 0 => 1,
            Platform::Pm2(_) | Platform::Systemd(_) => self.system.services.get(self.service(id)?)?.replicas,
        };
        let balance = match route.balance.value {
            _ if route.sticky.value => gateway::Balance::Sticky,
            Balancing::LeastConnections => gateway::Balance::LeastConnections,
            Balancing::RoundRobin => gateway::Balance::RoundRobin,
        };
        let settings = UpstreamSettings::written(balance, answer_within(route), route.idempotent.value);
        Some(Upstream::new(settings, usize::try_from(servers).ok()?))
    }

    /// Adds an entry, unless there is one.
    fn entry(&mut self, id: ThingId, edge: Edge, places: EdgePlaces) {
        if self.entries.contains_key(&id) {
            return;
        }
        let callee = match id.kind {
            ThingKind::Queue => self.queues.get(&id).copied().map(Callee::Queue),
            _ => self.service(id).map(Callee::Service),
        };
        if let Some(callee) = callee {
            self.entries.insert(id, self.system.edges.len());
            self.system.edges.push(Edge { callee, ..edge });
            self.system.places.edges.push(places);
        }
    }
}

fn answer_within(route: &Route) -> Span {
    let timeout = route.timeout.as_ref();
    timeout.map_or(PROXY_READ_TIMEOUT, |timeout| timeout.value.into())
}

/// Along a route. ingress-nginx asks nobody else, not even when one refused (`proxy-next-upstream: off` is what is written), unless
/// the route is `idempotent`. With a cookie it asks the same one again: `session-cookie-change-on-failure` is false.
fn routed(model: &model::Model, gateway: &Gateway, route: &Route) -> Edge {
    let proxy = proxy::of(model, gateway);
    let reads = model
        .workload(route.target.value.id)
        .and_then(|workload| workload.load.reads.as_ref());
    Edge {
        timeout: Some(answer_within(route)),
        retries: match proxy {
            Proxy::IngressNginx if !route.idempotent.value => 0,
            _ => INGRESS_RETRIES,
        },
        only_unsent: !route.idempotent.value,
        sticky: proxy == Proxy::IngressNginx && route.sticky.value,
        reads: reads.map(|reads| reads.value.in_millionths()),
        kept: kept(model, gateway, route),
        ..plain(place(route.span))
    }
}

/// Connections that the proxy keeps, as it is configured; those of all its workers are one worker's here, which leaves fewer to be
/// used again.
fn kept(model: &model::Model, gateway: &Gateway, route: &Route) -> Option<IdleConnections> {
    let workload = model.workload(route.target.value.id)?;
    let listen = proxy::listener(workload, &route.target.value)?;
    let proxy = proxy::of(model, gateway);
    let by_proxy = proxy::kept_by_proxy(proxy, route, listen)?;
    let most = match proxy {
        Proxy::Nginx => usize::try_from(route.keepalive.value).unwrap_or(usize::MAX),
        Proxy::IngressNginx | Proxy::Other => INGRESS_KEPT,
    };
    let by_service = proxy::closed_by_service(workload, listen).map(Span::from);
    Some(IdleConnections::new(most, by_proxy.into(), by_service, DELAY))
}

/// Straight to a service.
fn plain(place: Place) -> Edge {
    Edge {
        place,
        caller: None,
        callee: Callee::Service(0),
        timeout: None,
        retries: 0,
        only_unsent: false,
        backoff: Backoff::NONE,
        budget: None,
        breaker: None,
        per_request: 1_000_000,
        waited_for: true,
        optional: false,
        passes_deadline: false,
        nginx: None,
        sticky: false,
        knows_users: false,
        reads: None,
        kept: None,
    }
}

/// How long a client that says nothing else waits: for ever.
pub(super) fn patience(timeout: Option<Duration>) -> Option<Span> {
    timeout.map(Into::into)
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::testing::model;

    /// Whether nginx has one server for four instances; `None` if it is no nginx on a host.
    fn is_single(place: &str, listen: &str) -> Option<bool> {
        let model = model(&format!(
            "project shop {{}}
{place}
gateway edge {{ domain \"example.com\"; tls {{ acme }}; route \"/\" api; runs_on main }}
service api {{
  image \"registry.example.com/api:1\"
  runtime node 24
  run \"server.js\"
  listen http 8080 {listen}
  scale 4
  load {{ rate 20/s; cpu 2ms; boot 4s; longest 3s }}
}}
scenario calm {{ until 1m }}
"
        ));
        let scenario = Scenario::of(&model, model.scenarios.first().unwrap()).unwrap();
        let entry = scenario.system.edges.first().unwrap();
        entry.nginx.as_ref().map(crate::gateway::Upstream::is_single)
    }

    /// What an ingress does along a route: further tries, a cookie, and which part only reads.
    fn ingress(route: &str) -> (u32, bool, Option<u64>) {
        let model = model(&format!(
            "project shop {{}}
cluster main {{}}
gateway edge {{ domain \"example.com\"; route \"/\" api {route} }}
service api {{
  image \"registry.example.com/api:1\"
  runtime node 24
  run \"server.js\"
  listen http 8080
  load {{ rate 20/s; reads 75%; cpu 2ms; boot 4s; longest 3s }}
}}
scenario calm {{ until 1m }}
"
        ));
        let scenario = Scenario::of(&model, model.scenarios.first().unwrap()).unwrap();
        let entry = scenario.system.edges.first().unwrap();
        (entry.retries, entry.sticky, entry.reads)
    }

    #[test]
    fn an_ingress_asks_again_only_where_it_is_told_to() {
        assert_eq!(ingress(""), (0, false, Some(750_000)));
        assert_eq!(ingress("{ idempotent; sticky }"), (2, true, Some(750_000)));
    }

    #[test]
    fn each_port_is_a_server() {
        assert_eq!(is_single("host main { process systemd }", ""), Some(false));
        assert_eq!(is_single("host main { process systemd }", "{ step 0 }"), Some(true));
        assert_eq!(is_single("cluster main {}", ""), None);
    }
}
