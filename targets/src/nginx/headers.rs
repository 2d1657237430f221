//! Headers: what nginx adds to answers, and what it tells services about a request.

use serde::Serialize;

use super::server::Server;
use super::{Scope, named};
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

/// Headers of which an answer should have one, so a service's own is not sent beside the gateway's. Of two, browsers take
/// the first (Strict-Transport-Security: RFC 6797, section 8.1; X-Content-Type-Options: the Fetch standard), the last
/// (Referrer-Policy), or refuse (X-Frame-Options: the HTML standard).
const SINGLE: [&str; 4] = [
    "Strict-Transport-Security",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
];

/// Headers that say how a message is framed, or speak to the next hop only. Source: RFC 9110, section 7.6.1, and RFC 9112.
const OF_THE_CONNECTION: [&str; 8] = [
    "Connection",
    "Content-Length",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The view of the headers that every answer has.
#[derive(Debug, Serialize)]
pub(super) struct Headers {
    gateway: Escaped,
    hsts: Option<Escaped>,
    headers: Vec<Header>,
}

#[derive(Debug, Serialize)]
struct Header {
    name: Escaped,
    value: Escaped,
}

pub(super) fn has_any(scope: &Scope<'_>) -> bool {
    !scope.gateway.headers.is_empty() || hsts(scope).is_some()
}

/// Seconds for which browsers use only HTTPS.
fn hsts(scope: &Scope<'_>) -> Option<Escaped> {
    let hsts = scope.gateway.tls.as_ref()?.hsts.as_ref()?;
    Some(escape::seconds(hsts.value))
}

pub(super) fn view(scope: &Scope<'_>, out: &mut Output) -> Headers {
    let hsts = hsts(scope);
    let mut headers = Vec::new();
    for pair in &scope.gateway.headers {
        let name = &pair.name.value;
        if OF_THE_CONNECTION.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            out.refuse(
                pair.name.span,
                format!("`{name}` belongs to the connection, which is nginx's"),
                "cannot be set",
            );
        }
        if hsts.is_some() && name.eq_ignore_ascii_case("Strict-Transport-Security") {
            out.refuse(
                pair.name.span,
                "`tls { hsts … }` sends this header already",
                "browsers heed only the first",
            );
        }
        headers.push(Header {
            name: out.escape(&pair.name, |name| escape::header_name(name)),
            value: out.escape(&pair.value, |value| escape::header_value(value)),
        });
    }
    Headers {
        gateway: named(scope, scope.name(), out),
        hsts,
        headers,
    }
}

/// The view of what all locations that pass requests on have in common.
#[derive(Debug, Serialize)]
pub(super) struct Proxied {
    gateway: Escaped,
    /// `proxy` or `grpc`.
    pub(super) module: Escaped,
    is_grpc: bool,
    /// The variable with the scheme that the client used, behind a balancer.
    scheme: Option<Escaped>,
    /// Headers of services that are not sent on.
    hidden: Vec<Escaped>,
}

/// One for HTTP and one for gRPC, where there are such routes.
pub(super) fn proxied(scope: &Scope<'_>, server: &Server, out: &mut Output) -> Vec<Proxied> {
    let uses = |is_grpc: bool| {
        server
            .locations
            .iter()
            .filter_map(|location| location.proxy.as_ref())
            .any(|proxy| proxy.is_grpc == is_grpc)
    };
    let adds = |name: &str| {
        let given = scope
            .gateway
            .headers
            .iter()
            .any(|pair| pair.name.value.eq_ignore_ascii_case(name));
        given || (hsts(scope).is_some() && name == "Strict-Transport-Security")
    };
    let mut all = Vec::new();
    for (is_grpc, module) in [(false, "proxy"), (true, "grpc")] {
        if uses(is_grpc) {
            all.push(Proxied {
                gateway: named(scope, scope.name(), out),
                module: escape::own(module),
                is_grpc,
                scheme: server.is_behind_proxy.then(|| server.names.scheme.clone()),
                hidden: SINGLE.into_iter().filter(|name| adds(name)).map(escape::own).collect(),
            });
        }
    }
    all
}
