//! `sessions-in-memory`

use super::entrance;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Model, SessionPlace, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Sessions do not live in the memory of a process that has siblings.
    /// ## Why
    /// The next request of a user goes to another process, which does not know the session: users are logged out at random, the
    /// more often the more instances there are. Sticky routes hide it until an instance is replaced, which every deploy does
    /// to all of them; then this is a warning. With a single process it is a note: a restart ends all sessions.
    /// ## Source
    /// Processes of one instance share its port, as do those of PM2's cluster mode: no proxy can tell them apart.
    ///
    /// ```loadline,bad
    /// service web {
    ///   image    "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   scale    3
    ///   sessions memory
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cache session-store { engine redis 7; max_clients 1_000 }
    /// service web {
    ///   image    "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   scale    3
    ///   uses     session-store { pool 2 }
    ///   sessions cache session-store
    /// }
    /// ```
    801 "sessions-in-memory" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    for workload in &model.workloads {
        let Some(sessions) = &workload.sessions else { continue };
        if sessions.place.value != SessionPlace::Memory {
            continue;
        }
        let name = &workload.name.value;
        let siblings = entrance::siblings(model, workload);
        let (message, severity) = if siblings <= 1 {
            (
                format!("sessions of `{name}` end with its process, at every deploy"),
                Severity::Note,
            )
        } else if is_pinned(model, workload) {
            (
                format!("sessions of `{name}` end with the instance that has them, at every deploy"),
                Severity::Warning,
            )
        } else {
            (
                format!("sessions of `{name}` are known to one of its {siblings} processes, and requests go to any"),
                Severity::Error,
            )
        };
        let mut diagnostic = Diagnostic::new(&RULE, message, sessions.place.span, "in the process").at(severity);
        if 1 < siblings {
            let span = entrance::siblings_span(model, workload);
            diagnostic = diagnostic.label(span, entrance::siblings_text(model, workload));
        }
        found.push(diagnostic.help(way_out(model, workload)).about(workload.id));
    }
}

fn is_pinned(model: &Model, workload: &Workload) -> bool {
    let mut listen = workload.listen.iter().peekable();
    listen.peek().is_some() && listen.all(|listen| entrance::is_pinned(model, workload, listen))
}

fn way_out(model: &Model, workload: &Workload) -> String {
    match entrance::cache(model, workload) {
        Some(cache) => format!(
            "keep them where all can read them, `sessions cache {}`, or with the client, `sessions token`",
            model.name(cache)
        ),
        None => "keep them where all can read them (declare a `cache NAME`, write `sessions cache NAME`), or with the \
                 client, `sessions token`"
            .to_owned(),
    }
}
