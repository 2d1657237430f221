//! Names that a gateway gives to what it declares.
//!
//! Variables, zones and upstreams of all gateways of a machine share one namespace each, and shared memory zones of
//! different uses share one too. Names of things hold no `_` and no `.`, so joining them with these keeps them apart.

use serde::Serialize;

use super::{Scope, named};
use crate::escape::nginx::HASHED_NAME_MAX;
use crate::names::short_digest;
use crate::output::Output;
use crate::template::Escaped;

/// Variables of one gateway, without `$`.
#[derive(Debug, Serialize)]
pub(super) struct Variables {
    /// Set for methods that change something and that nginx would send again.
    pub(super) unsafe_method: Escaped,
    /// `websocket` when a client asks for it.
    pub(super) upgrade: Escaped,
    /// `upgrade` then.
    pub(super) connection: Escaped,
    /// `no-cache` for pages.
    pub(super) page: Escaped,
    /// Whether the peer is a balancer of ours.
    pub(super) trusted: Escaped,
    /// `http` or `https`, as the client used it.
    pub(super) scheme: Escaped,
}

impl Variables {
    pub(super) fn of(scope: &Scope<'_>, out: &mut Output) -> Self {
        let mut of = |what: &str| named(scope, &variable(scope.name(), what), out);
        Self {
            unsafe_method: of("unsafe"),
            upgrade: of("upgrade"),
            connection: of("connection"),
            page: of("page"),
            trusted: of("trusted"),
            scheme: of("scheme"),
        }
    }
}

/// `loadline_edge_page`. The prefix keeps a gateway named `http` from `$http_…`, the headers of the request.
fn variable(gateway: &str, what: &str) -> String {
    let name = format!("loadline_{}_{what}", gateway.replace('-', "_"));
    if name.len() <= HASHED_NAME_MAX {
        return name;
    }
    format!("loadline_{}_{what}", short_digest(gateway))
}

/// Short names for the routes of a gateway, from their paths; each only once.
#[derive(Debug, Default)]
pub(super) struct Slugs(Vec<String>);

impl Slugs {
    /// `/api/v1/` is `api_v1`, `/` is `root`.
    pub(super) fn take(&mut self, path: &str) -> String {
        let words = path
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        let joined = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
        let base: String = match joined.as_str() {
            "" => "root".to_owned(),
            joined => joined.chars().take(40).collect(),
        };
        let mut slug = base.clone();
        let mut count = 1_u64;
        while self.0.contains(&slug) {
            count = count.saturating_add(1);
            slug = format!("{base}_{count}");
        }
        self.0.push(slug.clone());
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_and_unique() {
        let mut slugs = Slugs::default();
        let taken: Vec<String> = ["/", "/api/", "/api", "/api/v1.2/ä", "/ä/", "/root/"]
            .iter()
            .map(|path| slugs.take(path))
            .collect();
        assert_eq!(taken, ["root", "api", "api_2", "api_v1_2", "root_2", "root_3"]);
    }

    #[test]
    fn variables_fit_their_hash() {
        assert_eq!(variable("edge", "page"), "loadline_edge_page");
        let long = "a-".repeat(31) + "a";
        assert!(variable(&long, "connection").len() <= HASHED_NAME_MAX);
        assert_ne!(variable(&long, "page"), variable(&format!("{long}b"), "page"));
    }
}
