//! `tls-too-old`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

/// Parts of suites of OpenSSL that no longer protect. Source: RFC 7465 (RC4), RFC 9155 (MD5), OpenSSL's ciphers(1).
const WEAK: &[&str] = &[
    "RC4", "3DES", "DES", "NULL", "aNULL", "eNULL", "EXPORT", "EXP", "MD5", "LOW",
];

rule! {
    /// ## What it checks
    /// A gateway speaks TLS 1.2 and later, with suites that protect.
    /// ## Why
    /// TLS 1.0 and 1.1 rest on MD5 and SHA-1, and browsers have not spoken them since 2020: they serve nobody but an attacker who
    /// makes a client fall back.
    /// ## Source
    /// RFC 8996 deprecates TLS 1.0 and 1.1; PCI DSS 4.0, 4.2.1: no insecure versions.
    ///
    /// ```loadline,bad
    /// gateway edge {
    ///   domain "shop.example.com"
    ///   tls    { acme; versions [1.1, 1.2, 1.3] }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// gateway edge {
    ///   domain "shop.example.com"
    ///   tls    { acme; versions [1.2, 1.3] }
    /// }
    /// ```
    911 "tls-too-old" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for gateway in &context.model.gateways {
        let Some(tls) = &gateway.tls else { continue };
        let name = &gateway.name.value;
        if let Some(versions) = &tls.versions
            && let Some(old) = versions.iter().find(|version| !version.at_least(1, 2))
        {
            let kept: Vec<String> = versions
                .iter()
                .filter(|version| version.at_least(1, 2))
                .map(ToString::to_string)
                .collect();
            let kept = if kept.is_empty() {
                "1.2, 1.3".to_owned()
            } else {
                kept.join(", ")
            };
            let message = format!("`{name}` speaks TLS {old}, which no longer protects");
            found.push(
                Diagnostic::new(&RULE, message, versions.span, "deprecated since 2021")
                    .help(format!("write `versions [{kept}]`, or leave it out"))
                    .edit(versions.span, format!("[{kept}]"))
                    .about(gateway.id),
            );
        }
        if let Some(ciphers) = &tls.ciphers
            && let Some(weak) = weak_suite(&ciphers.value.0)
        {
            let message = format!("`{name}` accepts the cipher suite `{weak}`, which no longer protects");
            found.push(
                Diagnostic::new(&RULE, message, ciphers.span, "of TLS 1.2 and before")
                    .help("leave `ciphers` out for suites with forward secrecy alone")
                    .about(gateway.id),
            );
        }
    }
}

/// A suite that is added, not one that is taken out by `!` or `-`.
fn weak_suite(ciphers: &str) -> Option<&str> {
    let added = ciphers
        .split([':', ',', ' '])
        .filter(|suite| !suite.starts_with(['!', '-']));
    let is_weak = |suite: &&str| suite.split(['-', '+', '_']).any(|part| WEAK.contains(&part));
    added.into_iter().find(is_weak)
}

#[cfg(test)]
mod tests {
    use super::weak_suite;

    #[test]
    fn weak_suites_are_those_that_are_added() {
        assert_eq!(weak_suite("ECDHE-RSA-AES128-GCM-SHA256:RC4-SHA"), Some("RC4-SHA"));
        assert_eq!(weak_suite("HIGH:!aNULL:!MD5:-RC4"), None);
        assert_eq!(weak_suite("HIGH:DES-CBC3-SHA"), Some("DES-CBC3-SHA"));
        assert_eq!(weak_suite("ECDHE-ECDSA-CHACHA20-POLY1305"), None);
    }
}
