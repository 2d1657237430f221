//! Ingresses: gateways that run on the cluster. Settings of routes are annotations of ingress-nginx.

use std::borrow::Cow;

use loadline_compiler::model::{Gateway, Listen, Protocol, Route, ThingId, Workload};
use serde::Serialize;

use super::annotations;
use super::metadata::{Entries, Object};
use super::names;
use super::objects::Objects;
use super::place::Place;
use super::subject;
use crate::escape::kubernetes as escape;
use crate::output::Output;

/// The class when neither gateway nor cluster names one: that of ingress-nginx.
const CLASS_DEFAULT: &str = "nginx";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IngressSpec<'m> {
    ingress_class_name: &'m str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tls: Vec<Tls<'m>>,
    rules: Vec<Rule<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls<'m> {
    hosts: Vec<&'m str>,
    secret_name: String,
}

#[derive(Serialize)]
struct Rule<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'m str>,
    http: Paths<'m>,
}

#[derive(Clone, Serialize)]
struct Paths<'m> {
    paths: Vec<Path<'m>>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Path<'m> {
    path: Cow<'m, str>,
    path_type: &'static str,
    backend: Backend<'m>,
}

#[derive(Clone, Serialize)]
struct Backend<'m> {
    service: BackendService<'m>,
}

#[derive(Clone, Serialize)]
struct BackendService<'m> {
    name: &'m str,
    port: BackendPort<'m>,
}

#[derive(Clone, Serialize)]
struct BackendPort<'m> {
    name: Cow<'m, str>,
}

/// Routes of one gateway to one workload that have the same settings: one Ingress, since annotations are the Ingress's.
struct Planned<'m> {
    gateway: &'m Gateway,
    workload: &'m Workload,
    name: String,
    annotations: Entries<'m>,
    paths: Vec<Path<'m>>,
}

/// All Ingresses of a cluster.
pub(crate) struct Ingresses<'m> {
    place: &'m Place<'m>,
    planned: Vec<Planned<'m>>,
}

impl<'m> Ingresses<'m> {
    /// Names of the Ingresses of a gateway that lead to a workload.
    pub(crate) fn of(&self, gateway: ThingId, workload: ThingId) -> Vec<String> {
        let planned = self.planned.iter();
        planned
            .filter(|ingress| ingress.gateway.id == gateway && ingress.workload.id == workload)
            .map(|ingress| ingress.name.clone())
            .collect()
    }

    pub(crate) fn is_nginx(&self, gateway: &Gateway) -> bool {
        is_nginx(self.place, gateway)
    }

    pub(crate) fn emit(&self, objects: &mut Objects<'_, '_>) {
        let mut last: Option<ThingId> = None;
        for planned in &self.planned {
            // cert-manager makes one certificate for a Secret, and only for the Ingress that asked first.
            let first = last.replace(planned.gateway.id) != Some(planned.gateway.id);
            self.emit_one(planned, first, objects);
        }
    }

    fn emit_one(&self, planned: &Planned<'m>, first: bool, objects: &mut Objects<'_, '_>) {
        let gateway = planned.gateway;
        let mut metadata = subject::plain(self.place, planned.name.as_str());
        metadata.annotations = planned.annotations.clone();
        let mut tls = Vec::new();
        if let Some(declared) = &gateway.tls {
            if first && declared.acme.value {
                // The issuer is the cluster's; this is the name that cert-manager's documentation gives it.
                metadata
                    .annotations
                    .set("cert-manager.io/cluster-issuer", "letsencrypt");
            }
            tls.push(Tls {
                hosts: gateway.domain.iter().map(|domain| domain.value.0.as_str()).collect(),
                secret_name: secret_name(gateway),
            });
        }
        let rule = |host: Option<&'m str>| Rule {
            host,
            http: Paths {
                paths: planned.paths.clone(),
            },
        };
        let rules = if gateway.domain.is_empty() {
            vec![rule(None)]
        } else {
            let domains = gateway.domain.iter();
            domains.map(|domain| rule(Some(&domain.value.0))).collect()
        };
        let object = Object {
            api_version: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata,
            spec: IngressSpec {
                ingress_class_name: class(self.place, gateway),
                tls,
                rules,
            },
        };
        objects.add("Ingress", &planned.name, &object);
    }
}

/// The Secret that holds a gateway's certificate.
pub(crate) fn secret_name(gateway: &Gateway) -> String {
    format!("{}-tls", gateway.name.value)
}

/// Works out the Ingresses of a cluster, and says what an Ingress cannot do.
pub(crate) fn plan<'m>(place: &'m Place<'m>, out: &mut Output) -> Ingresses<'m> {
    let mut planned: Vec<Planned<'m>> = Vec::new();
    for &gateway in &place.gateways {
        let said = out.said();
        annotations::said(place, gateway, out);
        for domain in &gateway.domain {
            out.escape(domain, |domain| escape::domain(domain).map(|_| ()));
        }
        out.escaped(gateway.span, escape::subdomain(class(place, gateway)).map(|_| ()));
        for route in &gateway.route {
            let Some((workload, listen)) = backend(place, route, out) else {
                continue;
            };
            let settings = annotations::of(place, gateway, route, listen, out);
            let path = path(workload, listen, route, out);
            let known = planned.iter_mut().find(|ingress| {
                ingress.gateway.id == gateway.id
                    && ingress.workload.id == workload.id
                    && ingress.annotations.0 == settings.0
            });
            match known {
                Some(ingress) => ingress.paths.push(path),
                None => {
                    let name = name(&planned, gateway, workload, &route.path.value.0);
                    planned.push(Planned {
                        gateway,
                        workload,
                        name,
                        annotations: settings,
                        paths: vec![path],
                    });
                }
            }
        }
        out.about(said, gateway.id);
    }
    Ingresses { place, planned }
}

/// `GATEWAY-WORKLOAD`; a second one to the same workload is told apart by its path.
fn name(planned: &[Planned<'_>], gateway: &Gateway, workload: &Workload, path: &str) -> String {
    let base = names::suffixed(&gateway.name.value, &workload.name.value);
    if planned.iter().all(|ingress| ingress.name != base) {
        return base;
    }
    names::suffixed(&base, &names::short_digest(path))
}

/// The listener behind a route; nothing, and why, when it is not in the cluster.
fn backend<'m>(place: &Place<'m>, route: &'m Route, out: &mut Output) -> Option<(&'m Workload, &'m Listen)> {
    let target = &route.target.value;
    let name = &target.name;
    let left_out = "the route is left out";
    if place.model.site(target.id).is_some() {
        let message = format!("the site `{name}` is not served from a cluster by this version");
        out.not_expressible(route.target.span, message, left_out);
        return None;
    }
    let Some(workload) = place.model.workload(target.id).filter(|it| place.runs(it)) else {
        let message = format!("`{name}` does not run on the cluster of this gateway");
        out.not_expressible(route.target.span, message, left_out);
        return None;
    };
    let listen = workload.listener(target.listener.as_deref())?;
    if listen.protocol.value == Protocol::Tcp {
        let message = "an Ingress routes HTTP and gRPC, and this listener speaks neither";
        out.not_expressible(route.target.span, message, left_out);
        return None;
    }
    Some((workload, listen))
}

/// Everything below a path that ends with `/`, else that path alone.
fn path<'m>(workload: &'m Workload, listen: &'m Listen, route: &'m Route, out: &mut Output) -> Path<'m> {
    out.escape(&route.path, |path| escape::ingress_path(path).map(|_| ()));
    let path = route.path.value.0.as_str();
    let below = path.ends_with('/');
    let (path, path_type) = match (route.strip_prefix.value, below) {
        // The documented way to take a prefix off: the rest is the second group.
        (true, true) => {
            let prefix = regex_literal(path.trim_end_matches('/'));
            (Cow::Owned(format!("{prefix}(/|$)(.*)")), "ImplementationSpecific")
        }
        (true, false) => (
            Cow::Owned(format!("{}()()$", regex_literal(path))),
            "ImplementationSpecific",
        ),
        (false, true) => (Cow::Borrowed(path), "Prefix"),
        (false, false) => (Cow::Borrowed(path), "Exact"),
    };
    Path {
        path,
        path_type,
        backend: Backend {
            service: BackendService {
                name: &workload.name.value.0,
                port: BackendPort {
                    name: names::port(listen.name()),
                },
            },
        },
    }
}

fn regex_literal(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if !character.is_alphanumeric() && !matches!(character, '/' | '-' | '_') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The class of a gateway's Ingresses.
fn class<'g>(place: &Place<'g>, gateway: &'g Gateway) -> &'g str {
    let of_cluster = || {
        let class = place.cluster.and_then(|cluster| cluster.ingress_class.as_ref());
        class.map(|class| class.value.0.as_str())
    };
    let own = gateway.class.as_ref().map(|class| class.value.0.as_str());
    own.or_else(of_cluster).unwrap_or(CLASS_DEFAULT)
}

/// Whether ingress-nginx reads the annotations: every installation of it has `nginx` in the name of its class.
pub(crate) fn is_nginx(place: &Place<'_>, gateway: &Gateway) -> bool {
    class(place, gateway).contains("nginx")
}
