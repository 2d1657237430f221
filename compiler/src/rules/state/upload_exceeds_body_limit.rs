//! `upload-exceeds-body-limit`

use super::entrance;
use crate::budget::proxy;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Gateway, Listen, Model, Workload};
use crate::quantity::Bytes;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Request bodies that a service accepts come through the gateway in front of it.
    /// ## Why
    /// What is larger than the gateway's limit is answered with 413, and never arrives. ingress-nginx has such a limit also when
    /// nobody wrote one, and it is small. Where other services call the same listener the larger limit may be for them; then
    /// this is a warning.
    /// ## Source
    /// nginx: `client_max_body_size` is 1m; ingress-nginx: `proxy-body-size` is 1m. A gateway on a host without `body` takes
    /// the limit of the listener.
    ///
    /// ```loadline,bad
    /// cluster prod { }
    /// service files {
    ///   image  "ghcr.io/acme/files@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000 { max_body 25MiB }
    ///   health { ready "/readyz" }
    /// }
    /// gateway edge { domain "files.example.com"; body 10MiB; route "/" files }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { }
    /// service files {
    ///   image  "ghcr.io/acme/files@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000 { max_body 25MiB }
    ///   health { ready "/readyz" }
    /// }
    /// gateway edge { domain "files.example.com"; body 25MiB; route "/" files }
    /// ```
    804 "upload-exceeds-body-limit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        for listen in &workload.listen {
            found.extend(judge(model, workload, listen));
        }
    }
}

/// Only where no gateway lets through what the listener accepts: one of several may be narrow on purpose.
fn judge(model: &Model, workload: &Workload, listen: &Listen) -> Option<Diagnostic> {
    let accepted = listen.max_body.as_ref()?;
    let mut widest: Option<(&Gateway, Bytes)> = None;
    for (gateway, _) in entrance::routes(model, workload, listen) {
        let limit = entrance::largest_body(model, gateway)?;
        if widest.is_none_or(|(_, other)| other < limit) {
            widest = Some((gateway, limit));
        }
    }
    let (gateway, limit) = widest.filter(|(_, limit)| *limit < accepted.value)?;
    let (name, edge) = (&workload.name.value, &gateway.name.value);
    let message = format!(
        "`{name}` accepts bodies of {}, and `{edge}` lets {limit} through",
        accepted.value
    );
    let (span, label) = match &gateway.body {
        Some(body) => (body.span, "larger ones are answered with 413"),
        None => (gateway.name.span, "no `body`: the default of ingress-nginx"),
    };
    let is_called = model.callers(workload.id).any(|other| calls(other, workload, listen));
    let diagnostic = Diagnostic::new(&RULE, message, span, label)
        .label(accepted.span, "accepted here")
        .help(format!(
            "write `body {}` in `{edge}`, or `max_body {limit}` in `{name}`",
            accepted.value
        ))
        .at(if is_called { Severity::Warning } else { Severity::Error })
        .about(gateway.id);
    let is_alone = gateway.route.iter().all(|route| route.target.id == workload.id);
    Some(match &gateway.body {
        Some(body) if is_alone => diagnostic.edit(body.span, accepted.value.to_string()),
        _ => diagnostic,
    })
}

fn calls(other: &Workload, workload: &Workload, listen: &Listen) -> bool {
    let leads_here = |callee: &crate::model::Callee| {
        let listener = proxy::listener(workload, callee);
        callee.id == workload.id && listener.is_some_and(|listener| listener.name() == listen.name())
    };
    other.calls.iter().any(|call| leads_here(&call.callee))
}
