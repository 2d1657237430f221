//! Certificates and protocol versions.

use loadline_compiler::model::Tls;
use loadline_grammar::Span;
use serde::Serialize;

use super::{Scope, named};
use crate::escape::nginx as escape;
use crate::output::Output;
use crate::template::Escaped;

/// Where the ACME client puts its answers to challenges (`certbot --webroot -w`).
pub(super) const ACME_DIRECTORY: &str = "/var/www/acme";

/// Where certbot keeps certificates, each under its first domain.
const CERTIFICATES: &str = "/etc/letsencrypt/live";

/// Suites of TLS 1.2 with forward secrecy and authenticated encryption only.
/// Source: Mozilla's server-side TLS guidelines, version 5.7, "intermediate".
const CIPHERS: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
    ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
    ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// The view of the TLS settings.
#[derive(Debug, Serialize)]
pub(super) struct TlsView {
    gateway: Escaped,
    certificate: Escaped,
    key: Escaped,
    versions: Vec<Escaped>,
    /// TLS 1.3 has its own, which are not configured.
    ciphers: Option<Escaped>,
}

pub(super) fn view(scope: &Scope<'_>, out: &mut Output) -> Option<TlsView> {
    let tls = scope.gateway.tls.as_ref()?;
    let (certificate, key) = certificate(scope, tls, out)?;
    let versions = versions(tls, out);
    let has_suites = versions.iter().any(|version| version.as_str() != "TLSv1.3");
    if let (Some(ciphers), false) = (&tls.ciphers, has_suites) {
        out.not_expressible(
            ciphers.span,
            "nginx has a list of ciphers only for TLS 1.2 and before",
            "left out, since only 1.3 is spoken",
        );
    }
    Some(TlsView {
        gateway: named(scope, scope.name(), out),
        certificate,
        key,
        versions,
        ciphers: has_suites.then(|| match &tls.ciphers {
            Some(ciphers) => out.escape(ciphers, |ciphers| escape::ciphers(ciphers)),
            None => out.escaped(tls.span, escape::ciphers(CIPHERS)),
        }),
    })
}

/// As given, or where the ACME client keeps them.
fn certificate(scope: &Scope<'_>, tls: &Tls, out: &mut Output) -> Option<(Escaped, Escaped)> {
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => Some((
            out.escape(certificate, |path| escape::certificate(path)),
            out.escape(key, |path| escape::certificate(path)),
        )),
        (None, None) if tls.acme.value => {
            let (domain, span) = first_domain(scope, tls, out)?;
            let path = |file: &str| escape::certificate(&format!("{CERTIFICATES}/{domain}/{file}"));
            Some((
                out.escaped(span, path("fullchain.pem")),
                out.escaped(span, path("privkey.pem")),
            ))
        }
        (given, key) => {
            let missing = match (given, key) {
                (Some(_), None) => "a `certificate` and no `key`",
                (None, Some(_)) => "a `key` and no `certificate`",
                _ => "neither a `certificate` and `key` nor `acme`",
            };
            let message = format!("`tls` of gateway `{}` has {missing}", scope.name());
            out.refuse(tls.span, message, "nginx does not start without both");
            None
        }
    }
}

/// HTTP-01 proves that one domain leads here, so it cannot prove a wildcard. Source: RFC 8555, section 8.3.
fn first_domain<'m>(scope: &Scope<'m>, tls: &Tls, out: &mut Output) -> Option<(&'m str, Span)> {
    let domains = &scope.gateway.domain;
    for wildcard in domains.iter().filter(|domain| domain.starts_with("*.")) {
        out.refuse(
            wildcard.span,
            format!("ACME over HTTP gives no certificate for `{}`", wildcard.value.0),
            "name the domains, or give `certificate` and `key`",
        );
    }
    let Some(first) = domains.first() else {
        out.refuse(
            tls.acme.span,
            format!("gateway `{}` has no domain to get a certificate for", scope.name()),
            "needs `domain`",
        );
        return None;
    };
    if scope.machines() != 1 {
        out.not_expressible(
            tls.acme.span,
            format!(
                "ACME over HTTP asks any of the {} machines of the host, and nginx answers from its own files",
                scope.machines()
            ),
            format!("share {ACME_DIRECTORY} among them, or give `certificate` and `key`"),
        );
    }
    // A domain that is none is reported where it is written into `server_name`.
    escape::server_name(&first.value)
        .is_ok()
        .then_some((first.value.0.as_str(), first.span))
}

fn versions(tls: &Tls, out: &mut Output) -> Vec<Escaped> {
    let Some(given) = &tls.versions else {
        return vec![escape::own("TLSv1.2"), escape::own("TLSv1.3")];
    };
    let mut all = Vec::new();
    for version in &given.value {
        match version.0.as_str() {
            "1.0" => all.push(escape::own("TLSv1")),
            "1.1" => all.push(escape::own("TLSv1.1")),
            "1.2" => all.push(escape::own("TLSv1.2")),
            "1.3" => all.push(escape::own("TLSv1.3")),
            other => out.refuse(
                given.span,
                format!("there is no TLS {other}"),
                "1.2 and 1.3 are current",
            ),
        }
    }
    all
}

/// The view of the script that makes nginx start before it has a certificate.
#[derive(Debug, Serialize)]
pub(super) struct Bootstrap {
    gateway: Escaped,
    certificate: Escaped,
    key: Escaped,
    directory: Escaped,
    webroot: Escaped,
    domain: Escaped,
    domains: Vec<Escaped>,
}

/// Only where certificates are the ACME client's alone; domains and paths hold nothing that a shell would take apart.
pub(super) fn bootstrap(scope: &Scope<'_>, out: &mut Output) -> Option<Bootstrap> {
    let tls = scope.gateway.tls.as_ref()?;
    if !tls.acme.value || tls.certificate.is_some() || tls.key.is_some() {
        return None;
    }
    let domain = scope.gateway.domain.first()?;
    let mut domains = Vec::new();
    for domain in &scope.gateway.domain {
        domains.push(escape::server_name(&domain.value).ok()?);
    }
    let directory = format!("{CERTIFICATES}/{}", domain.value.0);
    let path = |file: &str| escape::certificate(&format!("{directory}/{file}"));
    Some(Bootstrap {
        gateway: named(scope, scope.name(), out),
        certificate: out.escaped(domain.span, path("fullchain.pem")),
        key: out.escaped(domain.span, path("privkey.pem")),
        directory: out.escaped(domain.span, escape::certificate(&directory)),
        webroot: escape::own(ACME_DIRECTORY),
        domain: out.escape(domain, |domain| escape::server_name(domain)),
        domains,
    })
}
