//! Where stores are: in a compose file containers, else where their `url` or their host says.

use loadline_compiler::model::{Model, Store, ThingKind};

use super::{Network, Place, engine_port, parse_url};

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
    if let Network::Host { from, .. } = network
        && from.place == Some(on.id)
    {
        return Some(place("127.0.0.1".to_owned()));
    }
    // Of several machines nothing says which one has it.
    let host = model.host(on.id).filter(|host| host.count.value == 1)?;
    let address = host.address.as_ref()?.first()?;
    Some(place(address.0.clone()))
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
}
