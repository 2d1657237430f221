//! Settings of gateways and routes as annotations of ingress-nginx.
//! Source: its documentation, user-guide/nginx-configuration/annotations.

use loadline_compiler::model::{Balancing, Gateway, Listen, Protocol, RateLimit, Route};
use loadline_compiler::quantity::Bytes;
use loadline_compiler::values::Val;

use super::ingress::{is_nginx, secret_name};
use super::metadata::Entries;
use super::place::Place;
use super::units;
use crate::output::Output;

/// Millionths of an event per hour in one event per second, and per minute.
const PER_SECOND: u64 = 3_600_000_000;
const PER_MINUTE: u64 = 60_000_000;

struct Annotations<'m>(Entries<'m>);

impl Annotations<'_> {
    fn set(&mut self, name: &str, value: impl ToString) {
        self.0
            .set(format!("nginx.ingress.kubernetes.io/{name}"), value.to_string());
    }
}

/// Of one route. Another class than nginx reads none of them, which is said.
pub(crate) fn of<'m>(
    place: &Place<'m>,
    gateway: &'m Gateway,
    route: &'m Route,
    listen: &'m Listen,
    out: &mut Output,
) -> Entries<'m> {
    let mut to = Annotations(Entries::default());
    if !is_nginx(place, gateway) {
        let written = route.timeout.is_some()
            || route.connect.is_some()
            || route.send.is_some()
            || route.rate.is_some()
            || route.buffering.is_some()
            || route.sticky.value
            || route.balance.is_written()
            || route.strip_prefix.value
            || listen.protocol.value == Protocol::Grpc;
        if written {
            let message = "settings of routes are written for ingress-nginx, and the class is another";
            out.not_expressible(route.span, message, "they are left out");
        }
        return to.0;
    }
    if listen.protocol.value == Protocol::Grpc {
        to.set("backend-protocol", "GRPC");
    }
    // Without a limit of the gateway's, the controller's own of 1 MiB would hold before the service's.
    if let Some(body) = gateway.body.as_ref().or(listen.max_body.as_ref()) {
        to.set("proxy-body-size", nginx_size(body.value));
    }
    if let Some(connect) = &route.connect {
        to.set("proxy-connect-timeout", units::seconds(connect, "connect", out));
    }
    if let Some(timeout) = &route.timeout {
        to.set("proxy-read-timeout", units::seconds(timeout, "timeout", out));
    }
    if let Some(send) = &route.send {
        to.set("proxy-send-timeout", units::seconds(send, "send", out));
    }
    let buffering = route.buffering.as_ref().map(|buffering| buffering.value);
    match buffering.or_else(|| listen.stream.value.then_some(false)) {
        Some(true) => to.set("proxy-buffering", "on"),
        Some(false) => to.set("proxy-buffering", "off"),
        None => {}
    }
    // nginx repeats PUT and DELETE too when a server does not answer.
    if !route.idempotent.value {
        to.set("proxy-next-upstream", "off");
    }
    if route.sticky.value {
        to.set("affinity", "cookie");
    }
    if route.balance.value == Balancing::LeastConnections {
        let message = "ingress-nginx does not count the requests that a pod works on";
        out.not_expressible(route.balance.span, message, "one after the other");
    }
    if route.strip_prefix.value {
        to.set("use-regex", true);
        to.set("rewrite-target", "/$2");
    }
    if let Some(rate) = &route.rate {
        limit(rate, &mut to, out);
    }
    if let Some(ciphers) = gateway.tls.as_ref().and_then(|tls| tls.ciphers.as_ref()) {
        to.set("ssl-ciphers", &ciphers.value.0);
    }
    if route.keepalive.is_written() {
        let message = "connections that are kept to a service are a setting of the ingress controller";
        out.remark(route.keepalive.span, message, "left to the controller");
    }
    to.0
}

/// Requests of one client address per second or minute, and how many more at once: a multiple of them.
fn limit(limit: &RateLimit, to: &mut Annotations<'_>, out: &mut Output) {
    let rate = limit.rate.value.in_millionths_per_hour();
    let (name, count, exact) = if rate.is_multiple_of(PER_SECOND) && rate != 0 {
        ("limit-rps", rate / PER_SECOND, true)
    } else {
        ("limit-rpm", rate.div_ceil(PER_MINUTE), rate.is_multiple_of(PER_MINUTE))
    };
    let count = count.max(1);
    if !exact || rate == 0 {
        let message = "an Ingress limits whole requests per second or minute";
        out.remark(limit.rate.span, message, format!("{count}/m is written"));
    }
    to.set(name, count);
    let burst = limit.burst.as_ref().map_or(0, |burst| burst.value);
    let multiplier = burst.div_ceil(count).max(1);
    if let Some(burst) = limit
        .burst
        .as_ref()
        .filter(|burst| burst.value != multiplier.saturating_mul(count))
    {
        let message = "an Ingress takes a burst that is a multiple of the rate";
        let written = multiplier.saturating_mul(count);
        out.remark(burst.span, message, format!("{written} is written"));
    }
    to.set("limit-burst-multiplier", multiplier);
}

/// nginx knows `k` and `m`, of 1024 each.
fn nginx_size(size: Bytes) -> String {
    let bytes = size.get();
    if bytes != 0 && bytes.is_multiple_of(1 << 20) {
        format!("{}m", bytes >> 20)
    } else if bytes != 0 && bytes.is_multiple_of(1 << 10) {
        format!("{}k", bytes >> 10)
    } else {
        bytes.to_string()
    }
}

/// What is a setting of the controller, or nobody's, on a cluster.
pub(crate) fn said(place: &Place<'_>, gateway: &Gateway, out: &mut Output) {
    const CONTROLLER: &str = "left to the controller's own configuration";
    if let Some(listen) = gateway
        .listen
        .as_ref()
        .filter(|listen| !matches!(listen.value.0, 80 | 443))
    {
        let message = "an Ingress answers on 80 and 443";
        out.not_expressible(listen.span, message, "the port is the controller's");
    }
    if let Some(tls) = &gateway.tls {
        said_of_tls(gateway, tls, out);
    }
    for files in &gateway.files {
        let message = "an Ingress serves no files of its own";
        out.not_expressible(files.span, message, "left out");
    }
    if let Some(header) = gateway.headers.iter().next() {
        let message = "headers on every answer are a setting of the ingress controller";
        out.not_expressible(header.name.span, message, CONTROLLER);
    }
    if let Some(compress) = &gateway.compress {
        let message = "compression is a setting of the ingress controller";
        out.not_expressible(compress.span, message, CONTROLLER);
    }
    if let Some(trust) = &gateway.trust_proxy {
        let message = "trusted proxies are a setting of the ingress controller";
        out.not_expressible(trust.span, message, CONTROLLER);
    }
    if gateway.idle_timeout.is_written() {
        let message = "the idle timeout of clients is a setting of the ingress controller";
        out.not_expressible(gateway.idle_timeout.span, message, CONTROLLER);
    }
    if let Some(engine) = &gateway.engine {
        let message = "what answers for an Ingress is the controller of its class";
        out.remark(engine.span, message, "the engine is left out");
    }
    if let Some(body) = gateway.body.as_ref().filter(|_| !is_nginx(place, gateway)) {
        let message = "settings of gateways are written for ingress-nginx, and the class is another";
        out.not_expressible(body.span, message, "left out");
    }
}

fn said_of_tls(gateway: &Gateway, tls: &loadline_compiler::model::Tls, out: &mut Output) {
    if let Some(path) = first_of([tls.certificate.as_ref(), tls.key.as_ref()]) {
        let secret = secret_name(gateway);
        let message = "a certificate of an Ingress is a Secret, not a file";
        out.not_expressible(path, message, format!("the Secret `{secret}` is expected"));
    }
    if let Some(versions) = &tls.versions {
        let message = "TLS versions are a setting of the ingress controller";
        out.not_expressible(versions.span, message, "left to the controller's own configuration");
    }
    if let Some(hsts) = &tls.hsts {
        let message = "HSTS is a setting of the ingress controller";
        out.not_expressible(hsts.span, message, "left to the controller's own configuration");
    }
}

fn first_of<T>(values: [Option<&Val<T>>; 2]) -> Option<loadline_grammar::Span> {
    values.into_iter().flatten().next().map(|value| value.span)
}
