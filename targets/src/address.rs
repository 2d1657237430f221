//! What things are called on the network of a target.
//!
//! What runs beside who asks has a name there. What runs elsewhere is at the address of its host, or behind a gateway that
//! routes to it; where the spec says neither, the reference is an error.

mod place;
mod store;
mod workload;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{
    Address, Facet, Gateway, Model, Platform, Store, Template, TemplatePart, ThingId, Workload,
};
use loadline_compiler::rules::operations;

pub(crate) use place::{Place, engine_port, parse_url};
pub(crate) use store::store_address;
pub(crate) use workload::{instance_port, workload_address};

/// A network, seen from one of its members.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Network<'m> {
    /// Services of a cluster: a name is a Service of the namespace.
    Kubernetes {
        /// The cluster; `None` is the only imaginable one of a spec that declares none.
        cluster: Option<ThingId>,
        /// Namespace of the objects.
        namespace: &'m str,
    },
    /// Containers of a compose file: a name is a container.
    Compose,
    /// Processes on hosts: everything on the own host is on loopback.
    Host {
        /// Who asks.
        from: &'m Workload,
        /// Which instance of it, from 1: instances listen on ports of their own.
        instance: u64,
    },
}

/// A template as text.
///
/// # Errors
/// When an address is not known on this network; the finding stands at the reference.
pub(crate) fn text(model: &Model, template: &Template, network: Network<'_>) -> Result<String, Box<Diagnostic>> {
    let mut out = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Text(text) => out.push_str(text),
            TemplatePart::Address(address) => out.push_str(&resolve(model, address, network)?),
            // Reported when the spec was read; such a model is not emitted.
            TemplatePart::Path { path, .. } => out.push_str(path),
        }
    }
    Ok(out)
}

fn resolve(model: &Model, address: &Address, network: Network<'_>) -> Result<String, Box<Diagnostic>> {
    place(model, address, network)
        .and_then(|place| place.facet(address.facet))
        .ok_or_else(|| Box::new(unknown(model, address, network)))
}

fn place(model: &Model, address: &Address, network: Network<'_>) -> Option<Place> {
    if let Some(workload) = model.workload(address.thing) {
        let listen = workload.listen.get(address.listener)?;
        let asks_itself = matches!(network, Network::Host { from, .. } if from.id == workload.id);
        return if address.own || asks_itself {
            Some(workload::own_address(workload, listen, network))
        } else {
            workload_address(model, workload, listen, network)
        };
    }
    if let Some(store) = model.store(address.thing) {
        return store_address(model, store, network);
    }
    gateway_address(model.gateway(address.thing)?)
}

/// The first domain of a gateway that is a name.
fn gateway_address(gateway: &Gateway) -> Option<Place> {
    let mut names = gateway.domain.iter().filter(|domain| !domain.value.contains('*'));
    Some(Place {
        scheme: if gateway.tls.is_some() { "https" } else { "http" }.to_owned(),
        host: names.next()?.value.0.clone(),
        port: Some(gateway.port()),
        path: String::new(),
    })
}

fn unknown(model: &Model, address: &Address, network: Network<'_>) -> Diagnostic {
    let name = model.name(address.thing);
    let from = match network {
        Network::Kubernetes { .. } => "on Kubernetes",
        Network::Compose => "in a compose file",
        Network::Host { .. } => "on a host",
    };
    let what = address.facet.word();
    let found = Diagnostic::new(
        &operations::value_not_writable::RULE,
        format!("the {what} of `{name}` is not known {from}"),
        address.span,
        "refers to it",
    );
    let help = if let Some(workload) = model.workload(address.thing) {
        of_workload(model, workload)
    } else if let Some(store) = model.store(address.thing) {
        of_store(model, store, address.facet)
    } else {
        format!("give `{name}` a `domain` that is a name")
    };
    found.help(help)
}

/// What a spec must say of a workload for others to find it.
fn of_workload(model: &Model, workload: &Workload) -> String {
    let name = &workload.name.value;
    let route = format!("let a gateway with a `domain` route to `{name}`");
    let host = workload.place.and_then(|place| model.host(place));
    match host {
        Some(host) => {
            let host = &host.name.value;
            format!("`{name}` runs on `{host}`: give that an `address [\"10.0.0.5\"]`, or {route}")
        }
        None if matches!(model.platform(workload), Platform::Kubernetes(_)) => {
            format!("`{name}` runs on another network, a cluster: {route} there, or write its address as text")
        }
        None => route,
    }
}

/// The same of a store.
fn of_store(model: &Model, store: &Store, facet: Facet) -> String {
    let name = &store.name.value;
    let url = format!("give `{name}` a `url`, as in `url \"postgres://db.internal:5432/orders\"`");
    let on = store.on.as_ref().and_then(|on| model.host(on.id));
    match on {
        Some(host) if host.count.value == 1 => {
            format!("give `{}` an `address [\"10.0.0.5\"]`, or {url}", host.name.value)
        }
        Some(host) => {
            let (host, count) = (&host.name.value, host.count.value);
            format!("`{host}` is {count} machines, and nothing says which of them has it: {url}")
        }
        None if facet == Facet::Port && store.url.is_some() => format!("write the port in the `url` of `{name}`"),
        None => url,
    }
}

#[cfg(test)]
mod tests;
