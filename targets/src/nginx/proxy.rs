//! Routes that are passed on to a service.

use loadline_compiler::model::{Listen, Protocol, Route};

use super::location::{Limit, Location, Placed, Proxy, matcher};
use super::timeouts::{Timeouts, is_websocket};
use super::upstream::{Upstream, Upstreams, target};
use super::{Scope, named, version};
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

/// The location of a route, and the one for what must not be sent twice.
///
/// nginx sends a request again, to another instance, when the first one refuses, resets or times out before it answered:
/// POST, PATCH and LOCK only if nothing of them was sent, everything else always, PUT and DELETE included. No directive
/// tells methods apart there, so those go to a location of their own, which never sends twice. They are led there by
/// `error_page`, which keeps method and body, and `return`, the one directive that is safe inside `if`.
pub(super) fn locations(
    scope: &Scope<'_>,
    route: &Route,
    slug: &str,
    limit: Option<Limit>,
    upstreams: &mut Upstreams,
    out: &mut Output,
) -> Vec<Placed> {
    let Some(upstream) = upstreams.of_route(scope, route, out) else {
        return Vec::new();
    };
    let (workload, listen) = target(scope.model, route);
    let timeouts = Timeouts::of(route, workload, listen);
    let path = &route.path.value.0;
    let shown = listen.map_or_else(
        || route.target.name.clone(),
        |listen| format!("{}.{}", route.target.name, listen.name()),
    );
    let mut proxy = proxy(scope, route, listen, upstream, &timeouts, out);
    if !proxy.is_grpc && !route.idempotent.value {
        proxy.once = Some(named(scope, &format!("@once_{slug}"), out));
    }
    let placed = |location| Placed {
        location,
        span: route.path.span,
        what: shown.clone(),
    };
    let mut all = vec![placed(Location {
        comments: vec![
            escape::comment(&format!("{path} to {shown}.")),
            escape::comment(&format!("Waits {} for an answer: {}.", timeouts.read, timeouts.why)),
        ],
        matcher: matcher(path, route.path.span, out),
        limit: limit.clone(),
        proxy: Some(proxy.clone()),
        files: None,
    })];
    if let Some(once) = proxy.once.take() {
        proxy.is_once = true;
        // Only GET is upgraded.
        proxy.is_websocket = false;
        proxy.pass = pass(upstream, false);
        proxy.strip = strips(route).then(|| escape::without_prefix(&route.path));
        all.push(placed(Location {
            comments: vec![escape::comment(&format!(
                "The same for PUT, DELETE and others that change something: {path} is not `idempotent`."
            ))],
            matcher: once,
            limit,
            proxy: Some(proxy),
            files: None,
        }));
    }
    all
}

fn proxy(
    scope: &Scope<'_>,
    route: &Route,
    listen: Option<&Listen>,
    upstream: &Upstream,
    timeouts: &Timeouts,
    out: &mut Output,
) -> Proxy {
    let is_grpc = listen.is_some_and(|listen| listen.protocol.value == Protocol::Grpc);
    if is_grpc {
        grpc_is_possible(scope, route, out);
    }
    let streams = listen.is_some_and(|listen| listen.stream.value);
    let buffering = route.buffering.as_ref().map(|buffering| buffering.value);
    let max_body = listen.and_then(|listen| listen.max_body.as_ref());
    // Without a limit of the gateway's, nginx's own of 1 MiB would hold before the service's.
    let body = max_body.filter(|_| scope.gateway.body.is_none());
    Proxy {
        module: escape::own(if is_grpc { "grpc" } else { "proxy" }),
        is_grpc,
        pass: if is_grpc {
            escape::upstream_url("grpc", &upstream.name, "")
        } else {
            pass(upstream, strips(route))
        },
        host: upstream.host.clone(),
        is_tls: upstream.is_tls,
        strip: (is_grpc && strips(route)).then(|| escape::without_prefix(&route.path)),
        is_websocket: match listen {
            Some(listen) => is_websocket(route, listen),
            None => route.websocket.as_ref().is_some_and(|websocket| websocket.value),
        },
        // nginx never collects gRPC answers.
        is_unbuffered: !is_grpc && !buffering.unwrap_or(!streams),
        body: body.map(|body| out.escape(body, |body| escape::size(*body))),
        // Of a stream the limit would count all messages together.
        is_body_unlimited: is_grpc && streams && max_body.is_none(),
        connect: escape::time(timeouts.connect),
        send: escape::time(timeouts.send),
        read: escape::time(timeouts.read),
        once: None,
        is_once: false,
    }
}

fn strips(route: &Route) -> bool {
    route.strip_prefix.value && &*route.path.value != "/"
}

/// With a path, nginx puts it in the place of the location's. Named locations and gRPC cannot have one and rewrite instead.
fn pass(upstream: &Upstream, strips: bool) -> Escaped {
    let scheme = if upstream.is_tls { "https" } else { "http" };
    escape::upstream_url(scheme, &upstream.name, if strips { "/" } else { "" })
}

fn grpc_is_possible(scope: &Scope<'_>, route: &Route, out: &mut Output) {
    let gateway = scope.gateway;
    if gateway.tls.is_none() && !version::has_http2_directive(&scope.version) {
        out.refuse(
            route.target.span,
            format!(
                "gRPC needs HTTP/2, and gateway `{}` has neither `tls` nor an nginx that speaks both versions on a plain port",
                scope.name()
            ),
            "give the gateway `tls`, or say `engine nginx 1.26`",
        );
    }
    let websocket = route.websocket.as_ref().filter(|websocket| websocket.value);
    if let Some(websocket) = websocket {
        out.not_expressible(
            websocket.span,
            "gRPC connections are not upgraded to WebSocket",
            "left out",
        );
    }
    let buffering = route.buffering.as_ref().filter(|buffering| buffering.value);
    if let Some(buffering) = buffering {
        out.not_expressible(
            buffering.span,
            "nginx does not collect gRPC answers",
            "they are sent on as they come",
        );
    }
}
