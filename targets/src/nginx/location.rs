//! The view of a location: which path, and whether it is passed on or served from files.

use loadline_compiler::model::RateLimit;
use loadline_grammar::Span;
use serde::Serialize;

use super::{Scope, named};
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

/// A location, and what in the spec it is for.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) location: Location,
    pub(super) span: Span,
    /// `site web`
    pub(super) what: String,
}

/// `location … { … }`
#[derive(Debug, Default, Serialize)]
pub(super) struct Location {
    /// What it is for and where its numbers come from.
    pub(super) comments: Vec<Escaped>,
    /// The path, or `@name`.
    pub(super) matcher: Escaped,
    pub(super) limit: Option<Limit>,
    pub(super) proxy: Option<Proxy>,
    pub(super) files: Option<Files>,
}

/// `limit_req`
#[derive(Clone, Debug, Serialize)]
pub(super) struct Limit {
    pub(super) zone: Escaped,
    pub(super) rate: Escaped,
    pub(super) burst: u64,
}

/// Passed on to a service.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Proxy {
    /// `proxy` or `grpc`: the first word of its directives.
    pub(super) module: Escaped,
    pub(super) is_grpc: bool,
    /// Where to: `http://edge_api_http`.
    pub(super) pass: Escaped,
    /// The host that the service is asked for; the client's when `None`.
    pub(super) host: Option<Escaped>,
    /// TLS to the service, with its certificate checked.
    pub(super) is_tls: bool,
    /// What takes the path off where `pass` cannot.
    pub(super) strip: Option<Escaped>,
    pub(super) is_websocket: bool,
    pub(super) is_unbuffered: bool,
    pub(super) body: Option<Escaped>,
    pub(super) is_body_unlimited: bool,
    pub(super) connect: Escaped,
    pub(super) send: Escaped,
    pub(super) read: Escaped,
    /// The location for requests that must not be sent twice.
    pub(super) once: Option<Escaped>,
    /// Whether this is that location.
    pub(super) is_once: bool,
}

/// Served from files.
#[derive(Debug, Default, Serialize)]
pub(super) struct Files {
    pub(super) root: Option<Escaped>,
    pub(super) alias: Option<Escaped>,
    /// Parameters of `try_files`; none when empty.
    pub(super) tries: Vec<Escaped>,
    /// Pages are asked for every time.
    pub(super) are_pages_checked: bool,
    /// Seconds that names with a hash are kept.
    pub(super) immutable: Option<Escaped>,
    /// How long files are kept.
    pub(super) expires: Option<Escaped>,
    /// Files whose name begins with a dot are not served; a single path has none below it.
    pub(super) hides_dotfiles: bool,
    /// It has headers of its own, so the gateway's must be repeated.
    pub(super) repeats_headers: bool,
}

/// The path of a location: everything below it when it ends with `/`, else itself alone.
pub(super) fn matcher(path: &str, span: Span, out: &mut Output) -> Escaped {
    let escaped = if path.ends_with('/') {
        escape::prefix(path)
    } else {
        escape::exact(path)
    };
    out.escaped(span, escaped)
}

/// Without `burst`, the requests of a second may come at once: nginx spaces requests evenly, and would refuse the second
/// of two that come within the twentieth part of a second at `20/s`.
pub(super) fn limit(scope: &Scope<'_>, rate: &RateLimit, slug: &str, out: &mut Output) -> Limit {
    let second = loadline_compiler::quantity::Rate::per_second(1).in_millionths_per_hour();
    let at_once = rate.rate.value.in_millionths_per_hour().div_ceil(second);
    let burst = rate.burst.as_ref().map_or(at_once, |burst| burst.value);
    Limit {
        zone: named(scope, &format!("rate.{}.{slug}", scope.name()), out),
        rate: out.escape(&rate.rate, |rate| escape::rate(*rate)),
        burst,
    }
}
