//! The view of a gateway's file: upstreams, variables, zones and servers.

use loadline_compiler::model::Gateway;
use serde::Serialize;

use super::domains::{self, Redirect};
use super::location::{self, Limit, Location, Placed};
use super::names::{Slugs, Variables};
use super::upstream::{Upstream, Upstreams};
use super::{Scope, files, headers, named, proxy, version};
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

/// The view of `conf.d/<gateway>.conf`.
#[derive(Debug, Serialize)]
pub(super) struct Server {
    gateway: Escaped,
    host: Option<Escaped>,
    version: Escaped,
    documentation: Vec<Escaped>,
    pub(super) names: Variables,
    /// Size of the hash of domains, when a long one needs more than the default.
    domains_bucket: Option<u64>,
    has_dollar: bool,
    has_once: bool,
    has_websocket: bool,
    has_pages: bool,
    has_files: bool,
    pub(super) is_behind_proxy: bool,
    trusted: Vec<Escaped>,
    limits: Vec<Limit>,
    upstreams: Vec<Upstream>,
    redirect: Option<Redirect>,
    port: u16,
    /// Parameters of `listen` behind the port.
    listen: Escaped,
    has_http2_directive: bool,
    is_tls: bool,
    domains: Vec<Escaped>,
    pub(super) has_headers: bool,
    body: Option<Escaped>,
    idle: Escaped,
    compress: Vec<Escaped>,
    is_compressing: bool,
    pub(super) locations: Vec<Location>,
    /// Nothing answers for `/`: nginx would serve the start page of its package.
    is_root_missing: bool,
}

pub(super) fn view(scope: &Scope<'_>, out: &mut Output) -> Server {
    let gateway = scope.gateway;
    let has_headers = headers::has_any(scope);
    let mut upstreams = Upstreams::default();
    let placed = locations(scope, has_headers, &mut upstreams, out);
    let locations: Vec<Location> = placed.into_iter().map(|placed| placed.location).collect();
    let has = |wanted: fn(&Location) -> bool| locations.iter().any(wanted);
    let is_grpc = has(|location| location.proxy.as_ref().is_some_and(|proxy| proxy.is_grpc));
    let is_http2 = gateway.tls.is_some() || is_grpc;
    let has_http2_directive = is_http2 && version::has_http2_directive(&scope.version);
    let trusted = networks(gateway, out);
    Server {
        gateway: named(scope, scope.name(), out),
        host: scope.host.map(|host| escape::comment(&host.name.value)),
        version: escape::comment(&scope.version.0),
        documentation: escape::comment_lines(&gateway.documentation),
        names: Variables::of(scope, out),
        domains_bucket: domains::bucket(scope),
        has_dollar: has_dollar(scope),
        has_once: has(|location| location.proxy.as_ref().is_some_and(|proxy| proxy.once.is_some())),
        has_websocket: has(|location| location.proxy.as_ref().is_some_and(|proxy| proxy.is_websocket)),
        has_pages: has(|location| location.files.as_ref().is_some_and(|files| files.are_pages_checked)),
        has_files: has(|location| location.files.is_some()),
        is_behind_proxy: !trusted.is_empty(),
        trusted,
        limits: limits(&locations),
        upstreams: upstreams.0,
        redirect: domains::redirect(gateway, out),
        port: gateway.port(),
        listen: escape::own(match (gateway.tls.is_some(), is_http2 && !has_http2_directive) {
            (true, true) => " ssl http2",
            (true, false) => " ssl",
            (false, _) => "",
        }),
        has_http2_directive,
        is_tls: gateway.tls.is_some(),
        domains: domains::names(scope, out),
        has_headers,
        body: gateway
            .body
            .as_ref()
            .map(|body| out.escape(body, |body| escape::size(*body))),
        idle: escape::time(gateway.idle_timeout.value),
        is_compressing: gateway.compress.is_some(),
        compress: media_types(gateway, out),
        is_root_missing: !locations.iter().any(|location| location.matcher.as_str() == "\"/\""),
        locations,
    }
}

/// Routes in the order they are written, then directories: nginx takes the longest path whatever the order.
fn locations(scope: &Scope<'_>, has_headers: bool, upstreams: &mut Upstreams, out: &mut Output) -> Vec<Placed> {
    let mut slugs = Slugs::default();
    let mut all: Vec<Placed> = Vec::new();
    for route in &scope.gateway.route {
        let slug = slugs.take(&route.path);
        let limit = route.rate.as_ref().map(|rate| location::limit(scope, rate, &slug, out));
        match scope.model.site(route.target.id) {
            Some(site) => all.extend(files::site(scope, route, site, limit, has_headers, out)),
            None => all.extend(proxy::locations(scope, route, &slug, limit, upstreams, out)),
        }
    }
    all.extend(scope.gateway.files.iter().map(|files| files::directory(files, out)));
    each_path_once(&all, out);
    all
}

/// nginx does not start with two locations of one path.
fn each_path_once(all: &[Placed], out: &mut Output) {
    for (count, placed) in all.iter().enumerate() {
        let matcher = &placed.location.matcher;
        let before = all.iter().take(count).find(|other| &other.location.matcher == matcher);
        if let Some(before) = before.filter(|_| !matcher.as_str().is_empty()) {
            out.refuse(
                placed.span,
                format!(
                    "{} is the path of {} and of {}",
                    matcher.as_str(),
                    before.what,
                    placed.what
                ),
                "nginx takes each path once",
            );
        }
    }
}

/// Each zone once: the location that never repeats has the same.
fn limits(locations: &[Location]) -> Vec<Limit> {
    let mut all: Vec<Limit> = Vec::new();
    for limit in locations.iter().filter_map(|location| location.limit.as_ref()) {
        if !all.iter().any(|other| other.zone == limit.zone) {
            all.push(limit.clone());
        }
    }
    all
}

fn networks(gateway: &Gateway, out: &mut Output) -> Vec<Escaped> {
    let Some(networks) = &gateway.trust_proxy else {
        return Vec::new();
    };
    networks
        .value
        .iter()
        .map(|network| out.escaped(networks.span, escape::network(network)))
        .collect()
}

/// `text/html` is always compressed, and nginx warns when it is named.
fn media_types(gateway: &Gateway, out: &mut Output) -> Vec<Escaped> {
    let Some(types) = &gateway.compress else {
        return Vec::new();
    };
    let mut all: Vec<Escaped> = Vec::new();
    for media_type in &types.value {
        let escaped = out.escaped(types.span, escape::media_type(media_type));
        if escaped.as_str() != "text/html" && !all.contains(&escaped) {
            all.push(escaped);
        }
    }
    all
}

/// Whether anything is written as a text with variables and holds a `$`.
fn has_dollar(scope: &Scope<'_>) -> bool {
    let gateway = scope.gateway;
    let headers = gateway.headers.iter().map(|pair| pair.value.value.0.as_str());
    let directories = gateway.files.iter().map(|files| files.directory.value.0.as_str());
    let written = headers.chain(directories).any(|text| text.contains('$'));
    let sites = gateway.route.iter().any(|route| {
        let site = scope.model.site(route.target.id);
        site.is_some_and(|site| site.root().contains('$') || route.path.contains('$'))
    });
    written || sites
}
