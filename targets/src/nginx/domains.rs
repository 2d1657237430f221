//! The domains of a gateway, and the server that leads from plain HTTP to TLS.

use loadline_compiler::model::Gateway;
use serde::Serialize;

use super::{Scope, tls};
use crate::escape::nginx::{self as escape, HASHED_NAME_MAX};
use crate::output::Output;
use crate::template::Escaped;

/// For `server_name`.
pub(super) fn names(scope: &Scope<'_>, out: &mut Output) -> Vec<Escaped> {
    let gateway = scope.gateway;
    let before = scope.beside.iter().take_while(|other| other.id != gateway.id);
    for other in before {
        taken_by(other, gateway, out);
    }
    gateway
        .domain
        .iter()
        .map(|domain| out.escape(domain, |domain| escape::server_name(domain)))
        .collect()
}

/// Of two servers with the same port and domain nginx ignores the second, with a warning.
fn taken_by(other: &Gateway, gateway: &Gateway, out: &mut Output) {
    let Some(port) = ports(gateway).into_iter().find(|port| ports(other).contains(port)) else {
        return;
    };
    let message = |what: &str| {
        format!(
            "{what} on port {port} of this machine is already that of gateway `{}`",
            other.name.value
        )
    };
    let label = "nginx would ignore this one";
    if gateway.domain.is_empty() && other.domain.is_empty() {
        out.refuse(gateway.span, message("any domain"), label);
    }
    for domain in &gateway.domain {
        if other
            .domain
            .iter()
            .any(|taken| taken.value.eq_ignore_ascii_case(&domain.value))
        {
            out.refuse(domain.span, message(&format!("`{}`", domain.value.0)), label);
        }
    }
}

fn ports(gateway: &Gateway) -> Vec<u16> {
    let redirecting = gateway.tls.is_some() && gateway.port() != 80;
    let mut ports = vec![gateway.port()];
    ports.extend(redirecting.then_some(80));
    ports
}

/// The size of the hash of domains for the longest of the machine: the directive may stand only once.
pub(super) fn bucket(scope: &Scope<'_>) -> Option<u64> {
    let gateways = scope.beside.iter().filter(|_| scope.leads);
    let longest = gateways
        .flat_map(|gateway| &gateway.domain)
        .map(|domain| domain.value.len())
        .max()?;
    if longest <= HASHED_NAME_MAX {
        return None;
    }
    // Two pointers, two bytes of length, and the name rounded up to a pointer.
    let needed = longest.saturating_add(2).next_multiple_of(8).saturating_add(16);
    u64::try_from(needed.next_power_of_two()).ok()
}

/// The server on port 80 in front of TLS.
#[derive(Debug, Serialize)]
pub(super) struct Redirect {
    to: Escaped,
    /// Where the ACME client puts its answers.
    acme: Option<Escaped>,
}

pub(super) fn redirect(gateway: &Gateway, out: &mut Output) -> Option<Redirect> {
    let tls = gateway.tls.as_ref().filter(|_| gateway.port() != 80)?;
    // Of several domains the client's own is kept. A single one is written out, so that nobody is sent elsewhere by the
    // `Host` that he sends. One that is no domain is reported where `server_name` is written.
    let only = match gateway.domain.as_slice() {
        [domain] if !domain.starts_with("*.") => Some(domain.value.0.as_str()),
        _ => None,
    };
    let to = escape::redirect(only, gateway.port()).or_else(|_| escape::redirect(None, gateway.port()));
    Some(Redirect {
        to: out.escaped(gateway.span, to),
        acme: tls.acme.value.then(|| escape::own(tls::ACME_DIRECTORY)),
    })
}
