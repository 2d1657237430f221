//! NetworkPolicies: nothing is allowed in the namespace but the edges of the graph.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::metadata::{Entries, Metadata, Object, Selector};
use super::objects::Objects;
use super::peers::{self, Peer};
use super::place::{Place, is_open};
use super::subject::{self, Subject};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicySpec<'m> {
    pod_selector: Selector<'m>,
    policy_types: [&'static str; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ingress: Vec<Ingress<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    egress: Vec<Egress<'m>>,
}

#[derive(Serialize)]
struct Ingress<'m> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<PeerSpec<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Port>,
}

#[derive(Serialize)]
struct Egress<'m> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    to: Vec<PeerSpec<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Port>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PeerSpec<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace_selector: Option<Selector<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pod_selector: Option<Selector<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_block: Option<Block>,
}

#[derive(Serialize)]
struct Block {
    cidr: String,
}

#[derive(Clone, Serialize)]
struct Port {
    protocol: &'static str,
    port: u16,
}

/// Peers with their ports; no ports means all of them.
pub(crate) type Allowed<'m> = BTreeMap<Peer<'m>, BTreeSet<u16>>;

/// Whatever no other policy allows is denied.
pub(crate) fn emit_default_deny(place: &Place<'_>, objects: &mut Objects<'_, '_>) {
    let name = "default-deny";
    let object = Object {
        api_version: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: subject::plain(place, name),
        spec: PolicySpec {
            pod_selector: Selector::default(),
            policy_types: ["Ingress", "Egress"],
            ingress: Vec::new(),
            egress: Vec::new(),
        },
    };
    objects.add("NetworkPolicy", name, &object);
}

/// Pods of these labels reach nothing, and nothing reaches them.
pub(crate) fn isolation<'m>(metadata: Metadata<'m>, pods: Entries<'m>) -> impl Serialize {
    Object {
        api_version: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
        spec: PolicySpec {
            pod_selector: Selector { match_labels: pods },
            policy_types: ["Ingress", "Egress"],
            ingress: Vec::new(),
            egress: Vec::new(),
        },
    }
}

/// The pods that answer ACME challenges are reached by the ingress controller.
/// Source: cert-manager, label and port of HTTP-01 solvers.
pub(crate) fn emit_solver(place: &Place<'_>, objects: &mut Objects<'_, '_>) {
    const SOLVER_PORT: u16 = 8089;
    let acme = place
        .gateways
        .iter()
        .filter(|gateway| gateway.tls.as_ref().is_some_and(|tls| tls.acme.value));
    let mut allowed = Allowed::new();
    for gateway in acme {
        let controller = peers::ingress_controller(place, gateway);
        allowed.entry(controller).or_default().insert(SOLVER_PORT);
    }
    if allowed.is_empty() {
        return;
    }
    let mut labels = Entries::default();
    labels.set("acme.cert-manager.io/http01-solver", "true");
    let object = Object {
        api_version: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: subject::plain(place, "acme-solver"),
        spec: PolicySpec {
            pod_selector: Selector { match_labels: labels },
            policy_types: ["Ingress", "Egress"],
            ingress: ingress(&allowed),
            egress: Vec::new(),
        },
    };
    objects.add("NetworkPolicy", "acme-solver", &object);
}

/// What reaches the workload, and what it reaches. `smoke` is the name of pods that check a new revision.
pub(crate) fn emit(subject: &Subject<'_>, smoke: Option<&str>, objects: &mut Objects<'_, '_>) {
    let mut from = Allowed::new();
    for (caller, port) in subject.place.callers(subject.workload) {
        from.entry(Peer::Pods((*caller).into())).or_default().insert(*port);
    }
    for (gateway, port) in subject.place.routed(subject.workload) {
        let controller = peers::ingress_controller(subject.place, gateway);
        from.entry(controller).or_default().insert(*port);
    }
    let ports = || subject.workload.listen.iter();
    if let Some(smoke) = smoke {
        let all = ports().map(|listen| listen.port.value.0);
        from.entry(Peer::Pods(smoke.into())).or_default().extend(all);
    }
    for listen in ports().filter(|listen| is_open(listen)) {
        from.entry(Peer::Anywhere).or_default().insert(listen.port.value.0);
    }
    let to = peers::of(subject, objects.out);
    add(subject, subject.name, &from, &to, objects);
}

/// Of other pods that belong to the workload: nothing reaches them.
pub(crate) fn emit_for(subject: &Subject<'_>, name: &str, to: &Allowed<'_>, objects: &mut Objects<'_, '_>) {
    add(subject, name, &Allowed::new(), to, objects);
}

fn add(subject: &Subject<'_>, name: &str, from: &Allowed<'_>, to: &Allowed<'_>, objects: &mut Objects<'_, '_>) {
    let mut rules = vec![dns()];
    rules.extend(egress(to));
    let mut metadata = subject.metadata(name);
    metadata.labels = subject.labels(name);
    let object = Object {
        api_version: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
        spec: PolicySpec {
            pod_selector: subject.selector(name),
            policy_types: ["Ingress", "Egress"],
            ingress: ingress(from),
            egress: rules,
        },
    };
    objects.add("NetworkPolicy", name, &object);
}

/// The cluster's DNS.
fn dns() -> Egress<'static> {
    let port = |protocol| Port { protocol, port: 53 };
    Egress {
        to: vec![spec(&Peer::Namespace("kube-system"))],
        ports: vec![port("UDP"), port("TCP")],
    }
}

fn ingress<'m>(allowed: &Allowed<'m>) -> Vec<Ingress<'m>> {
    let rules = by_ports(allowed).into_iter();
    rules.map(|(ports, from)| Ingress { from, ports }).collect()
}

fn egress<'m>(allowed: &Allowed<'m>) -> Vec<Egress<'m>> {
    let rules = by_ports(allowed).into_iter();
    rules.map(|(ports, to)| Egress { to, ports }).collect()
}

/// One rule for all peers of the same ports; no peers in it means anybody.
fn by_ports<'m>(allowed: &Allowed<'m>) -> Vec<(Vec<Port>, Vec<PeerSpec<'m>>)> {
    let mut grouped: BTreeMap<(bool, &BTreeSet<u16>), Vec<PeerSpec<'m>>> = BTreeMap::new();
    for (peer, ports) in allowed {
        let anywhere = *peer == Peer::Anywhere;
        let group = grouped.entry((anywhere, ports)).or_default();
        if !anywhere {
            group.push(spec(peer));
        }
    }
    let rules = grouped.into_iter().map(|((_, ports), peers)| {
        let ports = ports.iter().map(|&port| Port { protocol: "TCP", port });
        (ports.collect(), peers)
    });
    rules.collect()
}

fn spec<'m>(peer: &Peer<'m>) -> PeerSpec<'m> {
    match peer {
        Peer::Pods(name) => PeerSpec {
            pod_selector: Some(Selector {
                match_labels: subject::identity(name.clone()),
            }),
            ..PeerSpec::default()
        },
        Peer::Namespace(name) => {
            let mut labels = Entries::default();
            labels.set("kubernetes.io/metadata.name", *name);
            PeerSpec {
                namespace_selector: Some(Selector { match_labels: labels }),
                ..PeerSpec::default()
            }
        }
        Peer::AnyNamespace => PeerSpec {
            namespace_selector: Some(Selector::default()),
            ..PeerSpec::default()
        },
        Peer::Block(cidr) => PeerSpec {
            ip_block: Some(Block { cidr: cidr.clone() }),
            ..PeerSpec::default()
        },
        Peer::Anywhere => PeerSpec::default(),
    }
}
