//! `redaction-missing`

use crate::diagnostic::Diagnostic;
use crate::model::{LogFormat, Protocol, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service that answers HTTP and logs JSON says which fields never reach its log. A note; a warning in production.
    /// ## Why
    /// Loggers of requests write headers, and with them every session and token. Logs are kept for long, copied to
    /// others, and read by more people than the database is.
    /// ## Source
    /// OWASP Logging Cheat Sheet, "Data to exclude"; pino, documentation of `redact`.
    ///
    /// ```loadline,bad
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    ///   logs   { format json }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    ///   logs   { format json; redact ["req.headers.authorization", "req.headers.cookie"] }
    /// }
    /// ```
    916 "redaction-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let logs = &workload.logs;
        // What is not structured has no fields that could be left out.
        let Some(format) = logs.format.as_ref().filter(|format| format.value == LogFormat::Json) else {
            continue;
        };
        let answers = workload
            .listen
            .iter()
            .any(|listen| listen.protocol.value == Protocol::Http);
        let said = logs.redact.as_ref().is_some_and(|fields| !fields.is_empty());
        if workload.id.kind != ThingKind::Service || !answers || said || context.is_sketch() {
            continue;
        }
        let message = format!(
            "nothing keeps the headers of requests out of the log of `{}`",
            workload.name.value
        );
        found.push(
            Diagnostic::new(&RULE, message, format.span, "every field is written")
                .at(context.missing())
                .help(
                    "write `redact [\"req.headers.authorization\", \"req.headers.cookie\"]`, as your logger names them",
                )
                .about(workload.id),
        );
    }
}
