//! Host, port and path: what a URL says.

use loadline_compiler::model::Facet;

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
    pub(super) fn facet(&self, facet: Facet) -> Option<String> {
        match facet {
            Facet::Host => Some(self.host.clone()),
            Facet::Port => self.port.map(|port| port.to_string()),
            Facet::Url => {
                let default = match self.scheme.as_str() {
                    "https" => Some(443),
                    "http" => Some(80),
                    _ => None,
                };
                let written = self.port.filter(|port| Some(*port) != default);
                let port = written.map_or_else(String::new, |port| format!(":{port}"));
                // The colons of an IPv6 address are not those of a port.
                let host = if self.host.contains(':') && !self.host.starts_with('[') {
                    format!("[{}]", self.host)
                } else {
                    self.host.clone()
                };
                Some(format!("{}://{host}{port}{}", self.scheme, self.path))
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn addresses_of_six_get_brackets_in_a_url() {
        let place = Place {
            scheme: "http".to_owned(),
            host: "fd00::5".to_owned(),
            port: Some(3000),
            path: String::new(),
        };
        assert_eq!(place.facet(Facet::Url).as_deref(), Some("http://[fd00::5]:3000"));
        assert_eq!(place.facet(Facet::Host).as_deref(), Some("fd00::5"));
    }
}
