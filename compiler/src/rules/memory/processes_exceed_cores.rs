//! `processes-exceed-cores`

use super::cores;
use crate::budget::instances::processes;
use crate::diagnostic::{Diagnostic, counted};
use crate::model::{Language, Platform, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// An instance has no more processes than cores: those of its CPU limit in a container, those of the machine on a host.
    /// Python may have twice as many and one, because a worker that waits serves nobody else. Of a `binary` nothing is assumed:
    /// a server that takes a process for each request has many.
    /// ## Why
    /// Processes that share a core take turns. They multiply memory and connections without serving more, and in a container
    /// the kernel stops all of them when the quota of the period is used up.
    /// ## Source
    /// Linux CFS bandwidth control (quota per 100 ms period). `cores` and PM2's `max` count the cores of the machine, not the
    /// container's quota. Gunicorn's documentation ("How many workers?") recommends (2 × cores) + 1.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image     "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   processes 4
    ///   cpu       250m..2
    ///   memory    1Gi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image     "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   processes 2
    ///   cpu       250m..2
    ///   memory    1Gi
    /// }
    /// ```
    307 "processes-exceed-cores" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let per_instance = processes(context.model, workload);
        let Some(cores) = cores::of(context.model, workload) else {
            continue;
        };
        let Some(most) = worthwhile(workload, cores.count.ceil_cores()) else {
            continue;
        };
        if per_instance <= most || per_instance < 2 {
            continue;
        }
        let name = &workload.name.value;
        let help = match context.model.platform(workload) {
            // More instances would take turns on the same cores.
            Platform::Systemd(_) | Platform::Pm2(_) => format!("`processes {most}`, or a machine with more cores"),
            Platform::Kubernetes(_) | Platform::Compose => format!("`processes {most}`, and more replicas"),
        };
        let message = format!("`{name}` has {} on {}", counted(per_instance, "process"), cores.text());
        let diagnostic = Diagnostic::new(&RULE, message, workload.processes.span, "they take turns")
            .label(cores.span, cores.what)
            .help(help)
            .about(workload.id);
        found.push(diagnostic);
    }
}

/// The most processes that serve more than one fewer would; `None` when that is not known.
fn worthwhile(workload: &Workload, cores: u64) -> Option<u64> {
    match workload.runtime.as_ref().map(|runtime| runtime.language.value) {
        Some(Language::Binary) => None,
        Some(Language::Python) => Some(cores.saturating_mul(2).saturating_add(1)),
        _ => Some(cores),
    }
}
