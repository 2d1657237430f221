//! Which version of nginx is written for, and what depends on it.

use loadline_compiler::model::{Gateway, NGINX_VERSION_DEFAULT};
use loadline_compiler::values::Version;

use super::Scope;
use crate::output::Output;

/// A machine has one nginx: of the version that one of its gateways names.
pub(super) fn of_machine(gateways: &[&Gateway]) -> Version {
    let naming = gateways.iter().find(|gateway| names_version(gateway));
    let any = naming.or(gateways.first());
    any.map_or_else(
        || Version(NGINX_VERSION_DEFAULT.to_owned()),
        |gateway| gateway.nginx_version(),
    )
}

fn names_version(gateway: &Gateway) -> bool {
    let engine = gateway.engine.as_ref();
    engine.is_some_and(|engine| engine.version.is_some())
}

/// Says why, when the gateway is another product, too old, or another version than its neighbour's.
///
/// `keepalive_timeout` of upstreams came with 1.15.3; 1.16 is the stable series that has it. Source: nginx's CHANGES.
pub(super) fn is_written_for(scope: &Scope<'_>, out: &mut Output) -> bool {
    let Some(engine) = &scope.gateway.engine else {
        return true;
    };
    if engine.name.value.0 != "nginx" {
        out.refuse(
            engine.name.span,
            format!(
                "gateways on hosts are written for nginx, and `{}` is another product",
                engine.name.value.0
            ),
            "cannot be written",
        );
        return false;
    }
    let version = scope.gateway.nginx_version();
    if names_version(scope.gateway) && version != scope.version {
        out.refuse(
            engine.span,
            format!(
                "gateway `{}` is for nginx {version}, and another on the same host for {}",
                scope.name(),
                scope.version
            ),
            "a machine has one nginx",
        );
        return false;
    }
    if !version.at_least(1, 16) {
        out.refuse(
            engine.span,
            format!("gateways are written for nginx 1.16 and later, and this is {version}"),
            "has no `keepalive_timeout` for upstreams",
        );
        return false;
    }
    true
}

/// How HTTP/2 is switched on: `http2 on;` from 1.25.1, before that a parameter of `listen`, which later versions take
/// with a warning. A version without its third number may be 1.25.0. Source: nginx's CHANGES.
pub(super) fn has_http2_directive(version: &Version) -> bool {
    is_at_least(version, 1, 25, 1)
}

/// Whether upstream connections are kept without being told, and `keepalive 0` is what ends that. Source: nginx's CHANGES.
pub(super) fn keeps_connections_itself(version: &Version) -> bool {
    is_at_least(version, 1, 29, 7)
}

fn is_at_least(version: &Version, major: u64, minor: u64, patch: u64) -> bool {
    let part = |place| version.part(place).unwrap_or(0);
    (major, minor, patch) <= (part(0), part(1), part(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http2_is_switched_on_by_version() {
        let of = |text: &str| has_http2_directive(&Version(text.to_owned()));
        assert!(!of("1.22.1") && !of("1.25.0") && !of("1.25"));
        assert!(of("1.25.1") && of("1.26") && of("1.29.3") && of("2.0"));
    }
}
