//! nginx on hosts: one file of servers and upstreams for each gateway, and what they include.
//!
//! `conf.d/` belongs into the `http` block, `main.d/` outside of every block, `snippets/` and `bootstrap/` beside them.
//! A gateway that runs on a cluster is not written here: it is an Ingress there.

mod domains;
mod files;
mod headers;
#[cfg(test)]
pub(crate) mod live;
mod location;
mod names;
mod proxy;
mod server;
mod servers;
#[cfg(test)]
mod tests;
mod timeouts;
mod tls;
mod upstream;
mod version;

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::model::{Gateway, Host, Model, Platform, Route, ThingKind};
use loadline_compiler::rules::operations;
use loadline_compiler::values::Version;
use loadline_grammar::Span;
use serde::Serialize;

use crate::artifact::Artifact;
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let gateways: Vec<&Gateway> = model
        .gateways
        .iter()
        .filter(|gateway| is_on_host(model, gateway))
        .collect();
    if gateways.is_empty() {
        out.diagnostics.push(nothing_to_write(model));
        return;
    }
    for gateway in &gateways {
        // Directives that nginx takes only once are written by the first gateway of a machine, for all of them.
        let beside: Vec<&Gateway> = gateways
            .iter()
            .filter(|other| other.place == gateway.place)
            .copied()
            .collect();
        let scope = Scope {
            model,
            gateway,
            host: gateway.place.and_then(|place| model.host(place)),
            leads: beside.first().is_some_and(|first| first.id == gateway.id),
            version: version::of_machine(&beside),
            beside,
        };
        let said = out.said();
        write(&scope, out);
        out.about(said, gateway.id);
    }
}

/// A gateway, and where it stands.
#[derive(Clone, Debug)]
struct Scope<'m> {
    model: &'m Model,
    gateway: &'m Gateway,
    /// `None` when the spec names no host: everything is on the gateway's own.
    host: Option<&'m Host>,
    /// The gateways of the same machine, this one included.
    beside: Vec<&'m Gateway>,
    /// Whether it is the first of them.
    leads: bool,
    /// Of the machine's nginx.
    version: Version,
}

impl Scope<'_> {
    fn name(&self) -> &str {
        &self.gateway.name.value
    }

    /// How many machines have this configuration.
    fn machines(&self) -> u64 {
        self.host.map_or(1, |host| host.count.value)
    }
}

/// Whether a gateway is nginx on a machine, and not an Ingress: it runs on a host, or nothing says where anything runs and
/// none of its services is a pod.
pub(crate) fn is_on_host(model: &Model, gateway: &Gateway) -> bool {
    let leads_to_pod = |route: &Route| {
        let workload = model.workload(route.target.id);
        workload.is_some_and(|workload| matches!(model.platform(workload), Platform::Kubernetes(_)))
    };
    match gateway.place {
        Some(place) => place.kind == ThingKind::Host,
        None => !gateway.route.iter().any(leads_to_pod),
    }
}

fn write(scope: &Scope<'_>, out: &mut Output) {
    let gateway = scope.gateway;
    if !version::is_written_for(scope, out) {
        return;
    }
    if let Some(class) = &gateway.class {
        out.not_expressible(
            class.span,
            "nginx on a host has no ingress class",
            "left out: only gateways on a cluster have one",
        );
    }
    let name = scope.name();
    let server = server::view(scope, out);
    let proxied = headers::proxied(scope, &server, out);
    let headers = server.has_headers.then(|| headers::view(scope, out));
    let tls = tls::view(scope, out);
    let bootstrap = tls::bootstrap(scope, out);
    let main = timeouts::main_view(scope).filter(|_| scope.leads);

    let mut files = Files {
        span: gateway.span,
        out,
    };
    files.add(format!("conf.d/{name}.conf"), &GATEWAY, &server);
    for proxied in proxied {
        let module = proxied.module.as_str();
        files.add(format!("snippets/{name}-{module}.conf"), &PROXIED, &proxied);
    }
    if let Some(headers) = headers {
        files.add(format!("snippets/{name}-headers.conf"), &HEADERS, &headers);
    }
    if let Some(tls) = tls {
        files.add(format!("snippets/{name}-tls.conf"), &TLS, &tls);
    }
    if let Some(main) = main {
        files.add(format!("main.d/{name}.conf"), &MAIN, &main);
    }
    if let Some(bootstrap) = bootstrap {
        files.add_script(format!("bootstrap/{name}.sh"), &BOOTSTRAP, &bootstrap);
    }
}

/// A template by its path, and its text.
struct Template(&'static str, &'static str);

macro_rules! templates {
    ($( $name:ident: $file:literal; )+) => {
        $( const $name: Template =
            Template(concat!("nginx/", $file, ".j2"), include_str!(concat!("../templates/nginx/", $file, ".j2"))); )+
    };
}

templates! {
    GATEWAY: "gateway.conf";
    PROXIED: "proxied.conf";
    HEADERS: "headers.conf";
    TLS: "tls.conf";
    MAIN: "main.conf";
    BOOTSTRAP: "bootstrap.sh";
}

/// Where rendered templates go.
struct Files<'o> {
    span: Span,
    out: &'o mut Output,
}

impl Files<'_> {
    fn add<V: Serialize>(&mut self, path: String, template: &Template, view: &V) {
        if let Some(rendered) = self.out.render(template.0, template.1, view, self.span) {
            self.out.push(Artifact::rendered(path, rendered));
        }
    }

    fn add_script<V: Serialize>(&mut self, path: String, template: &Template, view: &V) {
        if let Some(rendered) = self.out.render(template.0, template.1, view, self.span) {
            let mut script = Artifact::rendered(path, rendered);
            script.preamble = Some("#!/bin/sh".to_owned());
            script.executable = true;
            self.out.push(script);
        }
    }
}

/// Asked for nginx, but every gateway is an Ingress: worth a note, since an empty directory looks like a mistake.
fn nothing_to_write(model: &Model) -> Diagnostic {
    let asked = model.project.targets.as_ref();
    let (span, label) = match (model.gateways.first(), asked) {
        (Some(gateway), _) => (gateway.span, "runs on a cluster, where it is an Ingress".to_owned()),
        (None, Some(targets)) => (targets.span, "there is no gateway".to_owned()),
        (None, None) => (model.project.span, "there is no gateway".to_owned()),
    };
    let mut found = Diagnostic::new(
        &operations::not_expressible::RULE,
        "no gateway runs on a host, so nginx has nothing to do",
        span,
        label,
    );
    found.severity = Severity::Note;
    found
}

/// A name of ours, made of names of things. They are words, so this never fails.
fn named(scope: &Scope<'_>, text: &str, out: &mut Output) -> Escaped {
    out.escaped(scope.gateway.span, escape::name(text))
}
