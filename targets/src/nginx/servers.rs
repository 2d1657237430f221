//! Where services can be reached from the machine of a gateway.

use loadline_compiler::model::{Expose, Listen, Platform, Protocol, Route, Store, ThingId, Workload};

use super::Scope;
use crate::address::{Place, instance_port, parse_url};
use crate::host;
use crate::output::Output;

/// Host and port of each instance; `None` when nothing says where they are (reported).
pub(super) fn of_workload(
    scope: &Scope<'_>,
    route: &Route,
    workload: &Workload,
    listen: &Listen,
    out: &mut Output,
) -> Option<Vec<(String, u16)>> {
    let span = route.target.span;
    let name = &workload.name.value;
    if listen.protocol.value == Protocol::Tcp {
        out.refuse(
            span,
            format!("`{name}` speaks plain TCP there, and nginx has paths only for HTTP and gRPC"),
            "name an `http` or `grpc` listener",
        );
        return None;
    }
    let instances = workload.scale.max().max(1);
    let (place, ports): (ThingId, Vec<u16>) = match scope.model.platform(workload) {
        Platform::Pm2(place) if host::in_pm2_cluster(workload) => (place, vec![listen.port.0]),
        Platform::Systemd(place) | Platform::Pm2(place) => {
            let mut ports: Vec<u16> = (1..=instances)
                .map(|instance| instance_port(listen, instance))
                .collect();
            // With a step of 0 they share one.
            ports.dedup();
            (place, ports)
        }
        Platform::Compose if listen.expose.value != Expose::Cluster => {
            return Some(vec![("127.0.0.1".to_owned(), listen.outside_port())]);
        }
        Platform::Compose => {
            out.refuse(
                span,
                format!("nginx on the host cannot reach `{name}`: its port is not published"),
                "say `expose node` at its `listen`",
            );
            return None;
        }
        Platform::Kubernetes(_) => {
            out.refuse(
                span,
                format!("nothing says how a gateway on a host reaches `{name}` on a cluster"),
                "run the gateway on the cluster, or route to an `external` with the `url` of its load balancer",
            );
            return None;
        }
    };
    let hosts = hosts(scope, route, place, out)?;
    Some(
        hosts
            .iter()
            .flat_map(|host| ports.iter().map(|port| (host.clone(), *port)))
            .collect(),
    )
}

/// The own machine by loopback, each of another host's machines by its address.
fn hosts(scope: &Scope<'_>, route: &Route, place: ThingId, out: &mut Output) -> Option<Vec<String>> {
    if scope.gateway.place.is_none_or(|own| own == place) {
        return Some(vec!["127.0.0.1".to_owned()]);
    }
    let host = scope.model.host(place)?;
    let addresses = host.address.as_ref().map_or(&[][..], |list| &list.value);
    if u64::try_from(addresses.len()).is_ok_and(|count| count == host.count.value) {
        return Some(addresses.iter().map(|address| address.0.clone()).collect());
    }
    let span = host.address.as_ref().map_or(route.target.span, |list| list.span);
    out.refuse(
        span,
        format!(
            "host `{}` has a count of {}, and its `address` names {}: a gateway on another host needs each",
            host.name.value,
            host.count.value,
            addresses.len(),
        ),
        format!("gateway `{}` is on another host", scope.name()),
    );
    None
}

/// The place of a service of somebody else, from its `url`; `None` when that says none (reported).
pub(super) fn of_external(route: &Route, external: &Store, out: &mut Output) -> Option<Place> {
    let name = &external.name.value;
    let place = external
        .url
        .as_ref()
        .and_then(|url| parse_url(&url.value))
        .filter(|place| matches!(place.scheme.as_str(), "http" | "https"));
    let Some(place) = place else {
        out.refuse(
            route.target.span,
            format!("nothing says where `{name}` is"),
            "give it a `url` that begins with `http://` or `https://`",
        );
        return None;
    };
    if !matches!(place.path.as_str(), "" | "/") {
        out.refuse(
            external.url.as_ref().map_or(route.target.span, |url| url.span),
            format!("the `url` of `{name}` has a path, and routes keep theirs"),
            "leave the path out",
        );
        return None;
    }
    Some(place)
}
