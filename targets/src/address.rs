//! What things are called on the network of a target.

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{
    Address, Facet, Listen, Model, Protocol, Store, Template, TemplatePart, ThingKind, Workload,
};
use loadline_compiler::rules::operations;

/// A network, seen from one of its members.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Network<'m> {
    /// Services of a cluster: a name is a Service of the namespace.
    Kubernetes {
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
    let known = if let Some(workload) = model.workload(address.thing) {
        workload
            .listen
            .get(address.listener)
            .and_then(|listen| workload_address(model, workload, listen, address, network))
    } else if let Some(store) = model.store(address.thing) {
        store_address(model, store, network).and_then(|place| place.facet(address.facet))
    } else if let Some(gateway) = model.gateway(address.thing) {
        let scheme = if gateway.tls.is_some() { "https" } else { "http" };
        gateway.domain.first().map(|domain| match address.facet {
            Facet::Host => domain.value.0.clone(),
            Facet::Port => gateway.port().to_string(),
            Facet::Url => format!("{scheme}://{}", domain.value.0),
        })
    } else {
        None
    };
    known.ok_or_else(|| Box::new(unknown(model, address, network)))
}

fn unknown(model: &Model, address: &Address, network: Network<'_>) -> Diagnostic {
    let name = model.name(address.thing);
    let place = match network {
        Network::Kubernetes { .. } => "on Kubernetes",
        Network::Compose => "in a compose file",
        Network::Host { .. } => "on a host",
    };
    let what = address.facet.word();
    let message = format!("the {what} of `{name}` is not known {place}");
    let found = Diagnostic::new(
        &operations::value_not_writable::RULE,
        message,
        address.span,
        "refers to it",
    );
    match address.thing.kind {
        ThingKind::Host | ThingKind::Cluster | ThingKind::Site | ThingKind::ConfigSet => found,
        _ => found.help(format!(
            "give `{name}` a `url`, as in `url \"postgres://db.internal:5432/orders\"`"
        )),
    }
}

/// Where something can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// From the slash on; empty when there is none.
    pub(crate) path: String,
}

impl Place {
    fn facet(&self, facet: Facet) -> Option<String> {
        match facet {
            Facet::Host => Some(self.host.clone()),
            Facet::Port => self.port.map(|port| port.to_string()),
            Facet::Url => {
                let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
                Some(format!("{}://{}{port}{}", self.scheme, self.host, self.path))
            }
        }
    }
}

fn workload_address(
    model: &Model,
    workload: &Workload,
    listen: &Listen,
    address: &Address,
    network: Network<'_>,
) -> Option<String> {
    let inside = listen.port.0;
    let (host, port) = match network {
        Network::Kubernetes { namespace } => (format!("{}.{namespace}", workload.name.value), listen.outside_port()),
        Network::Compose => (workload.name.value.0.clone(), inside),
        Network::Host { from, instance } => {
            let own = address.own || from.id == workload.id;
            if own {
                ("127.0.0.1".to_owned(), instance_port(listen, instance))
            } else {
                (host_of(model, from, workload)?, instance_port(listen, 1))
            }
        }
    };
    // Of its own port a workload wants to know the one it listens on.
    let port = match network {
        Network::Kubernetes { .. } | Network::Compose if address.own => inside,
        _ => port,
    };
    let scheme = match listen.protocol.value {
        Protocol::Http => "http",
        Protocol::Grpc => "grpc",
        Protocol::Tcp => "tcp",
    };
    Place {
        scheme: scheme.to_owned(),
        host,
        port: Some(port),
        path: String::new(),
    }
    .facet(address.facet)
}

/// On a host, instance *i* listens on PORT + (i − 1) · step.
pub(crate) fn instance_port(listen: &Listen, instance: u64) -> u16 {
    let offset = instance.saturating_sub(1).saturating_mul(listen.step.value);
    u16::try_from(u64::from(listen.port.0).saturating_add(offset)).unwrap_or(u16::MAX)
}

fn host_of(model: &Model, from: &Workload, to: &Workload) -> Option<String> {
    let place = to.place?;
    if from.place == Some(place) && model.host(place).is_none_or(|host| host.count.value == 1) {
        return Some("127.0.0.1".to_owned());
    }
    let host = model.host(place)?;
    host.address
        .as_ref()
        .and_then(|addresses| addresses.first())
        .map(|address| address.0.clone())
}

/// Where a store can be reached from the members of a network; `None` when nothing says so.
pub(crate) fn store_address(model: &Model, store: &Store, network: Network<'_>) -> Option<Place> {
    // In a compose file every store of ours is a container, if its engine is known; else it is wherever `url` says.
    if matches!(network, Network::Compose)
        && store.id.kind != ThingKind::External
        && let Some((scheme, port)) = engine_port(store.engine_name())
    {
        let path = store
            .url
            .as_ref()
            .and_then(|url| parse_url(&url.value))
            // The database is the same, what the other server is told about connections is not.
            .and_then(|place| place.path.split('?').next().map(str::to_owned))
            .unwrap_or_default();
        return Some(Place {
            scheme: scheme.to_owned(),
            host: store.name.value.0.clone(),
            port: Some(port),
            path,
        });
    }
    if let Some(place) = store.url.as_ref().and_then(|url| parse_url(&url.value)) {
        let default = engine_port(store.engine_name()).map(|(_, port)| port);
        return Some(Place {
            port: place.port.or(default),
            ..place
        });
    }
    let on = store.on.as_ref()?;
    // A queue inside a cache is where the cache is, and needs no engine of its own.
    if on.id.kind == ThingKind::Cache {
        let cache = model.store(on.id).filter(|cache| cache.id != store.id)?;
        return store_address(model, cache, network);
    }
    let (scheme, port) = engine_port(store.engine_name())?;
    let place = |host: String| Place {
        scheme: scheme.to_owned(),
        host,
        port: Some(port),
        path: String::new(),
    };
    match (on.id.kind, network) {
        (ThingKind::Host, Network::Host { from, .. }) if from.place == Some(on.id) => {
            Some(place("127.0.0.1".to_owned()))
        }
        (ThingKind::Host, _) => {
            let host = model.host(on.id)?;
            host.address
                .as_ref()
                .and_then(|addresses| addresses.first())
                .map(|address| place(address.0.clone()))
        }
        _ => None,
    }
}

/// Scheme and port that clients of an engine use.
/// Source: the IANA service registry and the engines' own defaults.
pub(crate) fn engine_port(engine: &str) -> Option<(&'static str, u16)> {
    Some(match engine {
        "postgres" | "postgresql" => ("postgres", 5432),
        "mysql" | "mariadb" => ("mysql", 3306),
        "mongodb" => ("mongodb", 27017),
        "redis" | "valkey" => ("redis", 6379),
        "memcached" => ("memcached", 11211),
        "rabbitmq" => ("amqp", 5672),
        "nats" => ("nats", 4222),
        "kafka" => ("kafka", 9092),
        _ => return None,
    })
}

/// `scheme://host:port/path`, without user information.
pub(crate) fn parse_url(url: &str) -> Option<Place> {
    let (scheme, rest) = url.split_once("://")?;
    let split = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = (rest.get(..split)?, rest.get(split..)?);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand inside brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    if scheme.is_empty() || host.is_empty() {
        return None;
    }
    Some(Place {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        port,
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn in_a_compose_file_stores_are_containers_or_where_their_url_says() {
        let model = model(
            r#"
            database known { engine postgres 16; url "postgres://db.internal:5433/orders?sslmode=require" }
            database other { engine cockroach 24; url "https://db.internal:26257/orders" }
            cache    redis { engine redis 7 }
            queue    inner { on redis }
            "#,
        );
        let place = |at: usize| {
            let place = store_address(&model, &model.stores[at], Network::Compose).unwrap();
            format!("{}:{}{}", place.host, place.port.unwrap(), place.path)
        };
        assert_eq!(place(0), "known:5432/orders");
        assert_eq!(place(1), "db.internal:26257/orders");
        assert_eq!(place(3), "redis:6379");
    }

    #[test]
    fn urls_are_taken_apart() {
        let place = parse_url("postgres://user:pw@db.internal:5433/orders?ssl=1").unwrap();
        assert_eq!(
            (place.host.as_str(), place.port, place.path.as_str()),
            ("db.internal", Some(5433), "/orders?ssl=1")
        );
        assert_eq!(parse_url("https://api.stripe.com").unwrap().port, None);
        assert_eq!(parse_url("redis://[::1]:6380").unwrap().host, "[::1]");
        assert_eq!(parse_url("not a url"), None);
        assert_eq!(parse_url("http://host:notaport/"), None);
    }
}
