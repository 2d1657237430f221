//! Certificates that are not renewed.
//!
//! Source of the metrics: cert-manager (`certmanager_certificate_expiration_timestamp_seconds`), blackbox_exporter
//! (`probe_ssl_earliest_cert_expiry`). Both cert-manager and certbot renew what is good for 90 days a month before its end.

use loadline_compiler::model::{Gateway, Tls};

use super::proof::{Proof, Series, TestFile};
use super::subject::{Said, Severity, Subject};
use crate::escape::prometheus::{Piece, literal, regex};

/// Days before the end: nine after a renewal was due, and when it must be done by hand.
const DAYS: [(u64, Severity); 2] = [(21, Severity::Ticket), (3, Severity::Page)];

const DAY: u64 = 86_400;

pub(crate) fn add(subject: &mut Subject<'_>, gateway: &Gateway, tests: &mut TestFile) {
    let Some(tls) = &gateway.tls else { return };
    if let Some(namespace) = by_cert_manager(subject, gateway, tls) {
        let name = format!("{}-tls", gateway.name.value);
        let metric = "certmanager_certificate_expiration_timestamp_seconds";
        let own = format!("{metric}{{namespace={},name={}}}", literal(namespace), literal(&name));
        expiring(subject, &name, &own, &own, tests);
        return;
    }
    // A wildcard is no address that could be asked.
    let domains = gateway.domain.iter().filter(|domain| !domain.value.0.contains('*'));
    for domain in domains {
        let targets = format!("(https://)?{}(:[0-9]+)?(/.*)?", regex(&domain.value.0));
        let metric = "probe_ssl_earliest_cert_expiry";
        let own = format!("{metric}{{instance=~{}}}", literal(&targets));
        let url = literal(&format!("https://{}", domain.value.0));
        expiring(
            subject,
            &domain.value.0,
            &own,
            &format!("{metric}{{instance={url}}}"),
            tests,
        );
    }
}

/// The namespace of the Certificate that cert-manager makes of an Ingress, if it does.
fn by_cert_manager<'m>(subject: &Subject<'m>, gateway: &Gateway, tls: &Tls) -> Option<&'m str> {
    let model = subject.model;
    let cluster = gateway.place.and_then(|place| model.cluster(place));
    let on_cluster = cluster.is_some() || (gateway.place.is_none() && model.hosts.is_empty());
    if !on_cluster || !tls.acme.value {
        return None;
    }
    let named = cluster.and_then(|cluster| cluster.namespace.as_ref());
    Some(named.map_or_else(|| model.project.name(), |name| &name.value))
}

fn expiring(subject: &mut Subject<'_>, what: &str, own: &str, series: &str, tests: &mut TestFile) {
    for (days, severity) in DAYS {
        let text = format!("{days}d");
        // Tests begin at the beginning of time, and last no day.
        let ends = |days: u64| vec![Series::constant(series, days.saturating_mul(DAY), 30)];
        subject.alert(
            Said {
                alert: "CertificateExpires",
                severity,
                expr: format!("{own} - time() < {days} * {DAY}"),
                lasting: None,
                labels: &[("within", &text), ("certificate", what)],
                summary: &[
                    Piece::Text("the certificate of "),
                    Piece::Text(what),
                    Piece::Text(" ends within "),
                    Piece::Text(&text),
                ],
                description: &[
                    Piece::Text("It ends in "),
                    Piece::Code("{{ $value | humanizeDuration }}"),
                    Piece::Text(", and should have been renewed long ago."),
                ],
                proof: Proof {
                    minutes: 20,
                    firing: ends(days.saturating_sub(1)),
                    quiet: vec![("before", ends(days.saturating_add(1)))],
                },
            },
            tests,
        );
    }
}
