//! Where workloads are: beside who asks, else at the address of their host or behind a gateway.

use loadline_compiler::model::{Listen, Model, Platform, Protocol, Route, Workload};

use super::{Network, Place, gateway_address};

/// Where a listener of a workload can be reached from a network; `None` when nothing says so.
pub(crate) fn workload_address(
    model: &Model,
    workload: &Workload,
    listen: &Listen,
    network: Network<'_>,
) -> Option<Place> {
    let beside = |host: String, port: u16| Place {
        scheme: scheme(listen).to_owned(),
        host,
        port: Some(port),
        path: String::new(),
    };
    match (network, model.platform(workload)) {
        // Every workload is a container of the file, whatever runs it elsewhere.
        (Network::Compose, _) => Some(beside(workload.name.value.0.clone(), listen.port.0)),
        (Network::Kubernetes { cluster, namespace }, Platform::Kubernetes(place)) if cluster == place => {
            let host = format!("{}.{namespace}", workload.name.value);
            Some(beside(host, listen.outside_port()))
        }
        // Every machine of a host runs all that the host runs.
        (Network::Host { from, .. }, platform) if platform.is_host() && from.place == workload.place => {
            Some(beside("127.0.0.1".to_owned(), instance_port(listen, 1)))
        }
        (_, platform) => {
            let host = workload.place.and_then(|place| model.host(place));
            let address = host
                .filter(|_| platform.is_host())
                .and_then(|host| host.address.as_ref());
            match address.and_then(|addresses| addresses.first()) {
                Some(address) => Some(beside(address.0.clone(), instance_port(listen, 1))),
                None => behind_gateway(model, workload, listen),
            }
        }
    }
}

/// What a workload calls itself: the port is that inside the instance.
pub(super) fn own_address(workload: &Workload, listen: &Listen, network: Network<'_>) -> Place {
    let (host, port) = match network {
        Network::Kubernetes { namespace, .. } => (format!("{}.{namespace}", workload.name.value), listen.port.0),
        Network::Compose => (workload.name.value.0.clone(), listen.port.0),
        Network::Host { instance, .. } => ("127.0.0.1".to_owned(), instance_port(listen, instance)),
    };
    Place {
        scheme: scheme(listen).to_owned(),
        host,
        port: Some(port),
        path: String::new(),
    }
}

/// The domain of a gateway that routes to a listener. Of several routes the shortest: it leads most requests there.
fn behind_gateway(model: &Model, workload: &Workload, listen: &Listen) -> Option<Place> {
    let leads_there = |route: &&Route| {
        let target = &route.target.value;
        let listener = workload.listener(target.listener.as_deref());
        target.id == workload.id && listener.is_some_and(|listener| listener.name() == listen.name())
    };
    let gateways = model.gateways.iter().filter_map(|gateway| {
        let routes = gateway.route.iter().filter(leads_there);
        let widest = routes.min_by_key(|route| route.path.value.0.len())?;
        let path = widest.path.value.0.as_str();
        let stripped = if widest.strip_prefix.value {
            path.trim_end_matches('/')
        } else {
            ""
        };
        let place = Place {
            path: stripped.to_owned(),
            ..gateway_address(gateway)?
        };
        Some((path.len(), place))
    });
    let (_, place) = gateways.min_by_key(|(length, _)| *length)?;
    let is_tls = place.scheme == "https";
    Some(match listen.protocol.value {
        Protocol::Http => place,
        Protocol::Grpc => Place {
            scheme: if is_tls { "grpcs" } else { "grpc" }.to_owned(),
            ..place
        },
        // Routes are paths, and plain TCP has none.
        Protocol::Tcp => return None,
    })
}

/// On a host, instance *i* listens on PORT + (i − 1) · step.
pub(crate) fn instance_port(listen: &Listen, instance: u64) -> u16 {
    let offset = instance.saturating_sub(1).saturating_mul(listen.step.value);
    u16::try_from(u64::from(listen.port.0).saturating_add(offset)).unwrap_or(u16::MAX)
}

fn scheme(listen: &Listen) -> &'static str {
    match listen.protocol.value {
        Protocol::Http => "http",
        Protocol::Grpc => "grpc",
        Protocol::Tcp => "tcp",
    }
}
