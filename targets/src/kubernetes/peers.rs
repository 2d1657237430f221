//! Whom a workload connects to, as far as a NetworkPolicy can say it.
//!
//! A policy knows pods, namespaces and address blocks. What is outside the cluster and known by a host name only is
//! allowed by its port, to any address.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use loadline_compiler::model::{CallKind, Gateway, Listen, Model, Store, ThingId, ThingKind, Uses, Workload};

use super::ingress;
use super::network_policy::Allowed;
use super::place::Place;
use super::subject::Subject;
use crate::address::{engine_port, parse_url, store_address, workload_address};
use crate::output::Output;

/// Ports of the cluster's API: of its Service, and behind it. Source: kube-apiserver's defaults.
pub(crate) const API_PORTS: [u16; 2] = [443, 6443];

/// Who may be connected to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer<'m> {
    /// Pods of a name in the same namespace.
    Pods(Cow<'m, str>),
    /// All pods of a namespace.
    Namespace(&'static str),
    /// All pods of the cluster.
    AnyNamespace,
    /// Addresses.
    Block(String),
    /// Anybody.
    Anywhere,
}

/// Everything that a workload connects to.
pub(crate) fn of<'m>(subject: &Subject<'m>, out: &mut Output) -> Allowed<'m> {
    let workload = subject.workload;
    let mut allowed = Allowed::new();
    let calls = workload.calls.iter();
    for call in calls.filter(|call| call.kind.value != CallKind::Redirect) {
        let callee = &call.callee.value;
        thing(subject, callee.id, callee.listener.as_deref(), &mut allowed, out);
    }
    let beside = workload.sidecar.iter().flat_map(|sidecar| &sidecar.uses);
    let mut others: BTreeSet<ThingId> = BTreeSet::new();
    others.extend(workload.uses.iter().chain(beside).map(|uses| uses.store.value.id));
    others.extend(workload.publishes.iter().map(|publishes| publishes.queue.value.id));
    others.extend(workload.consumes.iter().map(|consumes| consumes.queue.value.id));
    let sessions = workload.sessions.iter().filter_map(|sessions| sessions.cache.as_ref());
    others.extend(sessions.map(|cache| cache.value.id));
    let pubsub = workload.listen.iter().filter_map(|listen| listen.pubsub.as_ref());
    others.extend(pubsub.map(|store| store.value.id));
    let awaited = workload.before.iter().filter_map(|step| step.wait_for.as_ref());
    others.extend(awaited.map(|thing| thing.value.id));
    if let Some(migrate) = &workload.migrate
        && migrate.when.value == loadline_compiler::model::MigrateWhen::OnStart
    {
        others.extend(migrate.uses.iter().map(|uses| uses.store.value.id));
    }
    for other in others {
        thing(subject, other, None, &mut allowed, out);
    }
    blocks(subject, &mut allowed, out);
    allowed
}

/// What a migration connects to: its own databases, or all those of its workload.
pub(crate) fn of_migration<'m>(subject: &Subject<'m>, uses: &[Uses], out: &mut Output) -> Allowed<'m> {
    let mut allowed = Allowed::new();
    let uses = if uses.is_empty() { &subject.workload.uses } else { uses };
    for uses in uses {
        thing(subject, uses.store.value.id, None, &mut allowed, out);
    }
    allowed
}

/// Where the ingress controller runs: ingress-nginx in the namespace of its own name, others nobody knows where.
pub(crate) fn ingress_controller<'m>(place: &Place<'_>, gateway: &Gateway) -> Peer<'m> {
    if ingress::is_nginx(place, gateway) {
        Peer::Namespace("ingress-nginx")
    } else {
        Peer::AnyNamespace
    }
}

fn thing<'m>(subject: &Subject<'m>, id: ThingId, listener: Option<&str>, allowed: &mut Allowed<'m>, out: &mut Output) {
    let model = subject.place.model;
    let mut allow = |peer: Peer<'m>, port: u16| {
        allowed.entry(peer).or_default().insert(port);
    };
    if let Some(workload) = model.workload(id) {
        let Some(listen) = workload.listener(listener) else {
            return;
        };
        if subject.place.runs(workload) {
            // A policy sees the port of the pod, not that of the Service.
            allow(Peer::Pods(workload.name.value.0.as_str().into()), listen.port.value.0);
        } else {
            elsewhere(subject, workload, listen, allow);
        }
    } else if let Some(store) = model.store(id) {
        if let Some((host, port)) = place_of(subject, store, out) {
            allow(outside(&host), port);
        }
    } else if let Some(gateway) = model.gateway(id) {
        allow(Peer::Anywhere, gateway.port());
    } else if id.kind == ThingKind::Site {
        let mut routes = model
            .gateways
            .iter()
            .filter(|gateway| gateway.route.iter().any(|route| route.target.value.id == id));
        allow(Peer::Anywhere, routes.next().map_or(443, Gateway::port));
    }
}

/// Every machine of a host; else the gateway in front; else, where nothing says where it is, its port anywhere.
fn elsewhere<'m>(subject: &Subject<'m>, workload: &Workload, listen: &Listen, mut allow: impl FnMut(Peer<'m>, u16)) {
    let model = subject.place.model;
    let host = workload.place.and_then(|place| model.host(place));
    let addresses = host.and_then(|host| host.address.as_ref());
    if let Some(addresses) = addresses {
        for address in &addresses.value {
            allow(outside(&address.0), listen.port.0);
        }
        return;
    }
    let gateway = workload_address(model, workload, listen, subject.place.network());
    match gateway {
        Some(place) => allow(outside(&place.host), place.port.unwrap_or(listen.port.0)),
        None => allow(Peer::Anywhere, listen.outside_port()),
    }
}

/// Host and port of a store, as far as they are known.
fn place_of(subject: &Subject<'_>, store: &Store, out: &mut Output) -> Option<(String, u16)> {
    let known = store_address(subject.place.model, store, subject.place.network());
    let by_scheme = |scheme: &str| match scheme {
        "https" | "wss" | "grpcs" => Some(443),
        "http" | "ws" => Some(80),
        other => engine_port(other).map(|(_, port)| port),
    };
    let host = known.as_ref().map_or_else(String::new, |place| place.host.clone());
    let port = known
        .and_then(|place| place.port.or_else(|| by_scheme(&place.scheme)))
        .or_else(|| engine_port(engine_of(subject.place.model, store)).map(|(_, port)| port));
    if let Some(port) = port {
        return Some((host, port));
    }
    let name = &store.name.value;
    let is_external = store.id.kind == ThingKind::External;
    let consequence = if is_external {
        "port 443 is allowed; give it a `url`"
    } else {
        "no connection to it is allowed; give it a `url`"
    };
    let message = format!("the port of `{name}` is not known on Kubernetes");
    let told = out.diagnostics.iter().any(|found| found.message == message);
    if !told {
        out.not_expressible(store.span, message, consequence);
    }
    is_external.then_some((host, 443))
}

/// Its engine; a queue inside a cache speaks what the cache speaks.
fn engine_of<'m>(model: &'m Model, store: &'m Store) -> &'m str {
    let cache = store.on.as_ref().filter(|on| on.id.kind == ThingKind::Cache);
    cache.and_then(|on| model.store(on.id)).unwrap_or(store).engine_name()
}

/// An address as a block of one; a name is not known to a policy.
fn outside<'m>(host: &str) -> Peer<'m> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Peer::Block(format!("{address}/32")),
        Ok(IpAddr::V6(address)) => Peer::Block(format!("{address}/128")),
        Err(_) => Peer::Anywhere,
    }
}

/// `security { egress [..] }`: blocks of addresses, on every port.
fn blocks<'m>(subject: &Subject<'m>, allowed: &mut Allowed<'m>, out: &mut Output) {
    let Some(egress) = &subject.workload.security.egress else {
        return;
    };
    for text in &egress.value {
        if let Some(cidr) = cidr(text) {
            allowed.insert(Peer::Block(cidr), BTreeSet::new());
            continue;
        }
        let url = parse_url(text);
        let port = url.and_then(|url| url.port);
        if let Some(port) = port {
            allowed.entry(Peer::Anywhere).or_default().insert(port);
        }
        let message = format!("a NetworkPolicy knows addresses, and `{}` is a name", text.0);
        let consequence = match port {
            Some(port) => format!("port {port} is allowed to any address"),
            None => "left out: write its block of addresses".to_owned(),
        };
        out.not_expressible(egress.span, message, consequence);
    }
}

/// The block without the bits of hosts in it, which newer servers warn of.
fn cidr(text: &str) -> Option<String> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let length = length.unwrap_or(32);
            let hosts = 32_u32.checked_sub(length)?;
            let mask = u32::MAX.checked_shl(hosts).unwrap_or(0);
            let network = std::net::Ipv4Addr::from_bits(address.to_bits() & mask);
            Some(format!("{network}/{length}"))
        }
        IpAddr::V6(address) => {
            let length = length.unwrap_or(128);
            let hosts = 128_u32.checked_sub(length)?;
            let mask = u128::MAX.checked_shl(hosts).unwrap_or(0);
            let network = std::net::Ipv6Addr::from_bits(address.to_bits() & mask);
            Some(format!("{network}/{length}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lose_the_bits_of_hosts() {
        for (text, block) in [
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("10.1.2.3", Some("10.1.2.3/32")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("::/0", Some("::/0")),
            ("10.0.0.0/33", None),
            ("api.example.com", None),
            ("10.0.0.0/x", None),
        ] {
            assert_eq!(cidr(text).as_deref(), block, "{text}");
        }
    }

    #[test]
    fn only_addresses_are_blocks() {
        assert_eq!(outside("10.0.0.5"), Peer::Block("10.0.0.5/32".to_owned()));
        assert_eq!(outside("[::1]"), Peer::Block("::1/128".to_owned()));
        assert_eq!(outside("db.internal"), Peer::Anywhere);
    }
}
