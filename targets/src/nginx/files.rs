//! Locations that are served from files: sites, and directories of the gateway.

use loadline_compiler::model::{IndexCaching, Route, Site, StaticFiles};
use loadline_compiler::quantity::Duration;

use super::Scope;
use super::location::{Files, Limit, Location, Placed, matcher};
use crate::escape::nginx as escape;
use crate::output::Output;

/// A site: its pages, and its files whose names contain a hash.
pub(super) fn site(
    scope: &Scope<'_>,
    route: &Route,
    site: &Site,
    limit: Option<Limit>,
    has_headers: bool,
    out: &mut Output,
) -> Vec<Placed> {
    left_out(route, out);
    if let (Some(runs_on), Some(own)) = (&site.runs_on, scope.gateway.place)
        && runs_on.place.id != own
    {
        out.refuse(
            route.target.span,
            format!(
                "site `{}` is on {} and gateway `{}` on {}: nginx serves files of its own machine",
                site.name.value,
                runs_on.place.name,
                scope.name(),
                scope.model.name(own)
            ),
            "let both run on the same host",
        );
    }
    let what = format!("site {}", site.name.value);
    let mut all = vec![Placed {
        location: pages(route, site, limit.clone(), has_headers, out),
        span: route.path.span,
        what: what.clone(),
    }];
    // A route for one page alone has no assets below it.
    if !route.path.ends_with('/') {
        return all;
    }
    for assets in &site.assets {
        let path = below(route, &assets.path);
        let mut files = current(route, site, &path, out);
        files.tries = vec![escape::own("$uri"), escape::own("=404")];
        files.immutable = Some(escape::seconds(assets.immutable.value));
        files.repeats_headers = has_headers;
        all.push(Placed {
            location: Location {
                comments: vec![
                    escape::comment(&format!("{path} of {what}: names with a hash never change.")),
                    escape::comment("A missing one must be an error, not the start page."),
                ],
                matcher: matcher(&path, assets.path.span, out),
                limit: limit.clone(),
                proxy: None,
                files: Some(files),
            },
            span: assets.path.span,
            what: format!("assets of {what}"),
        });
    }
    all
}

fn pages(route: &Route, site: &Site, limit: Option<Limit>, has_headers: bool, out: &mut Output) -> Location {
    let path = &route.path.value.0;
    let mut files = current(route, site, path, out);
    let uri = || escape::own("$uri");
    let missing = || escape::own("=404");
    files.tries = if !path.ends_with('/') {
        vec![uri(), missing()]
    } else if site.spa.value {
        // The start page is a file to try and not the last parameter, which would be asked for anew, and round in a circle
        // while the site is not there yet. Nor are directories tried: a route of the application may be called like one.
        let start = if files.alias.is_some() {
            Ok(escape::own("index.html"))
        } else {
            escape::expanded(&format!("{path}index.html"))
        };
        let start = out.escaped(route.path.span, start);
        vec![uri(), escape::own("$uri/index.html"), start, missing()]
    } else {
        vec![uri(), escape::own("$uri/"), missing()]
    };
    files.are_pages_checked = site.index.value == IndexCaching::NoCache;
    files.repeats_headers = has_headers && files.are_pages_checked;
    Location {
        comments: vec![escape::comment(&format!("{path} from site {}.", site.name.value))],
        matcher: matcher(path, route.path.span, out),
        limit,
        proxy: None,
        files: Some(files),
    }
}

/// The release that `current` points to. With `root` the whole path is looked up in it, with `alias` what follows the
/// location's.
fn current(route: &Route, site: &Site, path: &str, out: &mut Output) -> Files {
    let span = site.root.as_ref().map_or(route.target.span, |root| root.span);
    let directory = format!("{}/current", site.root().trim_end_matches('/'));
    let mut files = Files {
        hides_dotfiles: path.ends_with('/'),
        ..Files::default()
    };
    if !route.strip_prefix.value || &*route.path.value == "/" {
        files.root = Some(out.escaped(span, escape::root(&directory)));
        return files;
    }
    let inside = path.strip_prefix(route.path.trim_end_matches('/')).unwrap_or(path);
    files.alias = Some(match inside {
        // A single path without itself is the start page.
        "" => out.escaped(span, escape::expanded(&format!("{directory}/index.html"))),
        inside if inside.ends_with('/') => out.escaped(span, escape::alias(&format!("{directory}{inside}"))),
        inside => out.escaped(span, escape::expanded(&format!("{directory}{inside}"))),
    });
    files
}

/// The path of assets in the site, below the route's; one that is written whole stays.
fn below(route: &Route, assets: &str) -> String {
    let base = route.path.trim_end_matches('/');
    if !route.strip_prefix.value && assets.starts_with(&*route.path.value) {
        return assets.to_owned();
    }
    format!("{base}{assets}")
}

/// Settings of a route that mean something only for a service.
fn left_out(route: &Route, out: &mut Output) {
    let timeout = route.timeout.as_ref().map(|value| value.span);
    let connect = route.connect.as_ref().map(|value| value.span);
    let send = route.send.as_ref().map(|value| value.span);
    let websocket = route.websocket.as_ref().map(|value| value.span);
    let buffering = route.buffering.as_ref().map(|value| value.span);
    let sticky = route.sticky.is_written().then_some(route.sticky.span);
    let balance = route.balance.is_written().then_some(route.balance.span);
    let keepalive = route.keepalive.is_written().then_some(route.keepalive.span);
    let idempotent = route.idempotent.is_written().then_some(route.idempotent.span);
    let written = [
        ("timeout", timeout),
        ("connect", connect),
        ("send", send),
        ("websocket", websocket),
        ("buffering", buffering),
        ("sticky", sticky),
        ("balance", balance),
        ("keepalive", keepalive),
        ("idempotent", idempotent),
    ];
    for (setting, span) in written {
        if let Some(span) = span {
            out.not_expressible(
                span,
                format!("nginx reads a site from files, without a service to have a `{setting}`"),
                "left out",
            );
        }
    }
}

/// A directory of the machine. Path and alias both end with a slash: with only one of them, `/assets../` would leave it.
pub(super) fn directory(files: &StaticFiles, out: &mut Output) -> Placed {
    let path = format!("{}/", files.path.trim_end_matches('/'));
    let view = Files {
        alias: Some(out.escape(&files.directory, |directory| escape::alias(directory))),
        expires: files
            .expires
            .as_ref()
            .map(|expires| escape::time(Duration::seconds(expires.value.ceil_seconds()))),
        hides_dotfiles: true,
        ..Files::default()
    };
    Placed {
        location: Location {
            comments: vec![escape::comment(&format!("{path} from {}.", files.directory.value.0))],
            matcher: matcher(&path, files.path.span, out),
            limit: None,
            proxy: None,
            files: Some(view),
        },
        span: files.path.span,
        what: "a directory".to_owned(),
    }
}
