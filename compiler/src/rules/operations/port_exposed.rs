//! `port-exposed`

use crate::diagnostic::Diagnostic;
use crate::model::{Expose, Listen, Model, Platform, Workload};
use crate::rules::{Context, rule};

/// Ports that are for operators, and what answers there. Source: the IANA registry and the projects' own defaults.
const INTERNAL: &[(u16, &str)] = &[
    (22, "SSH"),
    (2375, "the Docker API"),
    (2379, "etcd"),
    (3306, "MySQL"),
    (5005, "the Java debugger"),
    (5432, "PostgreSQL"),
    (6379, "Redis"),
    (9090, "Prometheus"),
    (9100, "a metrics exporter"),
    (9200, "Elasticsearch"),
    (9229, "the Node inspector"),
    (9464, "a metrics exporter"),
    (11211, "Memcached"),
    (15672, "RabbitMQ's management"),
    (27017, "MongoDB"),
];

rule! {
    /// ## What it checks
    /// Nothing is open to the outside that should not be: a port for operators, a service beside the gateway that protects it, a
    /// debugger that listens on every address.
    /// ## Why
    /// A service that is reached past its gateway is reached without its TLS, limits and headers. A debugger or
    /// database that the internet can reach is found within hours, and needs no password to run code.
    /// ## Source
    /// Node.js, "Debugging Node.js": the inspector bound to 0.0.0.0 lets anybody run code. kube-linter `exposed-services`,
    /// `ssh-port`; kube-score `service-type`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   listen   http 3000
    ///   health   { ready "/readyz" }
    ///   listen   tcp 9229 { name inspector; expose public }
    ///   shutdown { settle 20s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   listen   http 3000
    ///   health   { ready "/readyz" }
    ///   listen   tcp 9229 { name inspector }
    ///   shutdown { settle 20s }
    /// }
    /// ```
    909 "port-exposed" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        let name = &workload.name.value;
        found.extend(inspector(workload));
        // On a host the firewall decides, and compose publishes ports for whoever develops on it.
        let open = |listen: &&Listen| matches!(listen.expose.value, Expose::Node | Expose::Public);
        let on_kubernetes = matches!(model.platform(workload), Platform::Kubernetes(_));
        for listen in workload.listen.iter().filter(open) {
            let port = listen.port.0;
            let (message, label, help) = if let Some((_, what)) = INTERNAL.iter().find(|(own, _)| *own == port) {
                (
                    format!("`{name}` opens port {port}, {what}, to the outside"),
                    "for operators alone",
                    "leave `expose` out",
                )
            } else if let Some(gateway) = routed(model, workload, listen).filter(|_| on_kubernetes) {
                let message = format!("`{name}` can be reached past `{gateway}`, which protects it");
                (
                    message,
                    "without TLS, limits and headers",
                    "leave `expose` out: the gateway reaches it inside",
                )
            } else {
                continue;
            };
            found.push(
                Diagnostic::new(&RULE, message, listen.expose.span, label)
                    .help(help)
                    .about(workload.id),
            );
        }
    }
}

/// The gateway that routes to a listener.
fn routed<'m>(model: &'m Model, workload: &Workload, listen: &Listen) -> Option<&'m str> {
    let leads = |route: &&crate::model::Route| {
        let target = crate::budget::proxy::listener(workload, &route.target.value);
        route.target.id == workload.id && target.is_some_and(|target| target.port.0 == listen.port.0)
    };
    let found = model
        .gateways
        .iter()
        .find(|gateway| gateway.route.iter().any(|route| leads(&route)))?;
    Some(&found.name.value)
}

/// `--inspect=0.0.0.0`: whoever reaches it runs code.
fn inspector(workload: &Workload) -> Option<Diagnostic> {
    let run = workload
        .run
        .iter()
        .flat_map(|run| run.words().iter().map(move |word| (word.as_str(), run.span)));
    let args = workload
        .args
        .iter()
        .flat_map(|args| args.value.iter().map(move |word| (word.0.as_str(), args.span)));
    let options = workload.env.get("NODE_OPTIONS").into_iter();
    let options = options.filter_map(|value| Some((value.as_text()?, value.span)));
    let options = options.flat_map(|(text, span)| text.split_whitespace().map(move |word| (word, span)));
    let open = |word: &str| {
        let address = word.strip_prefix("--inspect").and_then(|rest| rest.split_once('='));
        address.is_some_and(|(_, address)| address.starts_with("0.0.0.0") || address.starts_with("[::]"))
    };
    let (word, span) = run.chain(args).chain(options).find(|(word, _)| open(word))?;
    let message = format!("`{}` lets whoever reaches it run code: `{word}`", workload.name.value);
    Some(
        Diagnostic::new(&RULE, message, span, "the inspector listens on every address")
            .help("leave it out; `kubectl port-forward` and SSH reach it on 127.0.0.1")
            .about(workload.id),
    )
}
