//! Services: the names and ports by which workloads are reached.

use std::borrow::Cow;

use loadline_compiler::model::{Expose, Listen};
use serde::Serialize;

use super::controller::{Controller, ProgressiveKind};
use super::metadata::{Entries, Object};
use super::names;
use super::objects::Objects;
use super::subject::Subject;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceSpec<'m> {
    r#type: &'static str,
    #[serde(rename = "clusterIP", skip_serializing_if = "Option::is_none")]
    cluster_ip: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_not_ready_addresses: Option<bool>,
    selector: Entries<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<ServicePort<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServicePort<'m> {
    name: Cow<'m, str>,
    port: u16,
    target_port: Cow<'m, str>,
    protocol: &'static str,
}

pub(crate) fn emit<'m>(subject: &Subject<'m>, controller: &Controller<'m>, objects: &mut Objects<'_, '_>) {
    let listen: Vec<&Listen> = subject.workload.listen.iter().collect();
    distinct(subject, objects);
    if matches!(controller, Controller::StatefulSet) {
        headless(subject, &listen, objects);
    }
    let Some(first) = listen.first() else {
        return;
    };
    let exposed = first.expose.value;
    if listen.iter().all(|listen| listen.expose.value == exposed) {
        add(subject, subject.name, exposed, &listen, objects);
    } else {
        // Within the cluster one name leads to every port; the outside gets a Service of its own for what it may see.
        add(subject, subject.name, Expose::Cluster, &listen, objects);
        for (exposed, suffix) in [(Expose::Node, "node"), (Expose::Public, "public")] {
            let own = listen.iter().filter(|listen| listen.expose.value == exposed);
            let own: Vec<&Listen> = own.copied().collect();
            if !own.is_empty() {
                outside(subject, controller, &own, objects);
                add(subject, &names::suffixed(subject.name, suffix), exposed, &own, objects);
            }
        }
    }
    if let Some(suffix) = controller.preview() {
        add(
            subject,
            &names::suffixed(subject.name, suffix),
            Expose::Cluster,
            &listen,
            objects,
        );
    }
}

/// The name of the Service that gives each pod of a StatefulSet a name. It has no address of its own, so a port that
/// differs inside and outside would not be translated: clients use the other Service.
pub(crate) fn headless_name(workload: &str) -> String {
    names::suffixed(workload, "headless")
}

fn headless(subject: &Subject<'_>, listen: &[&Listen], objects: &mut Objects<'_, '_>) {
    let name = headless_name(subject.name);
    let mut spec = spec(subject, Expose::Cluster, listen);
    spec.cluster_ip = Some("None");
    // Members of a set find each other before they are ready.
    spec.publish_not_ready_addresses = Some(true);
    for port in &mut spec.ports {
        let inside = listen.iter().find(|listen| names::port(listen.name()) == port.name);
        port.port = inside.map_or(port.port, |listen| listen.port.value.0);
    }
    object(subject, &name, spec, objects);
}

fn add(subject: &Subject<'_>, name: &str, exposed: Expose, listen: &[&Listen], objects: &mut Objects<'_, '_>) {
    object(subject, name, spec(subject, exposed, listen), objects);
}

fn object(subject: &Subject<'_>, name: &str, spec: ServiceSpec<'_>, objects: &mut Objects<'_, '_>) {
    let object = Object {
        api_version: "v1",
        kind: "Service",
        metadata: subject.annotated(name),
        spec,
    };
    objects.add("Service", name, &object);
}

fn spec<'m>(subject: &Subject<'m>, exposed: Expose, listen: &[&'m Listen]) -> ServiceSpec<'m> {
    let ports = listen.iter().map(|listen| ServicePort {
        name: names::port(listen.name()),
        port: listen.outside_port(),
        target_port: names::port(listen.name()),
        protocol: "TCP",
    });
    ServiceSpec {
        r#type: match exposed {
            Expose::Cluster => "ClusterIP",
            Expose::Node => "NodePort",
            Expose::Public => "LoadBalancer",
        },
        cluster_ip: None,
        publish_not_ready_addresses: None,
        selector: subject.selector(subject.name).match_labels,
        ports: ports.collect(),
    }
}

/// Two listeners cannot share the port that others see.
fn distinct(subject: &Subject<'_>, objects: &mut Objects<'_, '_>) {
    let listen = &subject.workload.listen;
    for (place, second) in listen.iter().enumerate() {
        let port = second.outside_port();
        let mut before = listen.iter().take(place);
        if before.any(|first| first.outside_port() == port) {
            let message = format!("two listeners of `{}` are reached on port {port}", subject.name);
            objects.out.refuse(second.span, message, "the second");
        }
    }
}

/// Argo Rollouts switches and splits the one Service that it is told of.
fn outside(subject: &Subject<'_>, controller: &Controller<'_>, listen: &[&Listen], objects: &mut Objects<'_, '_>) {
    let Controller::Rollout(progressive) = controller else {
        return;
    };
    if !matches!(progressive.kind, ProgressiveKind::Canary)
        && let Some(listen) = listen.first()
    {
        let message = format!(
            "`{}` would be reached past its {} rollout: not all its listeners are exposed alike",
            subject.name,
            progressive.rollout.strategy.value.word()
        );
        let label = "this Service would lead to old and new pods at once";
        objects.out.refuse(listen.expose.span, message, label);
    }
}
