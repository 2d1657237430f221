//! `logs-not-structured`

use crate::diagnostic::Diagnostic;
use crate::model::LogFormat;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A workload writes one JSON object a line, and the spec says so. Specs that name neither owner nor
    /// runbook yet are not asked.
    /// ## Why
    /// Lines of free text are searched by guessing. A field can be filtered, counted and kept out of the log; and a stack trace is one
    /// entry instead of forty.
    /// ## Source
    /// The Twelve-Factor App, XI; collectors such as Fluent Bit and Vector parse a line of JSON without configuration.
    ///
    /// ```loadline,bad
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   logs   { format text }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   logs   { format json }
    /// }
    /// ```
    915 "logs-not-structured" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let name = &workload.name.value;
        let (message, span, label) = match &workload.logs.format {
            Some(format) if format.value == LogFormat::Json => continue,
            Some(format) => (
                format!("the log of `{name}` is free text"),
                format.span,
                "cannot be searched by field",
            ),
            None if context.is_sketch() => continue,
            None => (
                format!("the spec does not say what a log line of `{name}` is"),
                workload.span,
                "no `logs`",
            ),
        };
        found.push(
            Diagnostic::new(&RULE, message, span, label)
                .help("write one JSON object a line, and `logs { format json }`")
                .about(workload.id),
        );
    }
}
