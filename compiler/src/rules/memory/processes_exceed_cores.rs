//! `processes-exceed-cores`

use crate::budget::instances::processes;
use crate::diagnostic::{Diagnostic, counted};
use crate::model::{Platform, Workload};
use crate::quantity::Cpu;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// An instance has no more processes than cores: those of its CPU limit in a container, those of the machine on a host.
    /// ## Why
    /// Processes that share a core take turns. They multiply memory and connections without serving more, and in a container
    /// the kernel stops all of them when the quota of the period is used up.
    /// ## Source
    /// Linux CFS bandwidth control (quota per 100 ms period). `cores` and PM2's `max` count the cores of the machine, not the
    /// container's quota.
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
        let Some((cores, span, of)) = cores(context, workload) else {
            continue;
        };
        let whole = cores.ceil_cores();
        if per_instance <= whole || per_instance < 2 {
            continue;
        }
        let name = &workload.name.value;
        let help = match context.model.platform(workload) {
            // More instances would take turns on the same cores.
            Platform::Systemd(_) | Platform::Pm2(_) => format!("`processes {whole}`, or a machine with more cores"),
            Platform::Kubernetes(_) | Platform::Compose => format!("`processes {whole}`, and more replicas"),
        };
        let cores = if cores.to_string() == "1" {
            "1 core".to_owned()
        } else {
            format!("{cores} cores")
        };
        let message = format!("`{name}` has {} on {cores}", counted(per_instance, "process"));
        let diagnostic = Diagnostic::new(&RULE, message, workload.processes.span, "they take turns")
            .label(span, of)
            .help(help)
            .about(workload.id);
        found.push(diagnostic);
    }
}

fn cores(context: &Context<'_>, workload: &Workload) -> Option<(Cpu, loadline_grammar::Span, &'static str)> {
    match context.model.platform(workload) {
        Platform::Systemd(host) | Platform::Pm2(host) => {
            let cpu = context.model.host(host)?.cpu.as_ref()?;
            Some((cpu.value, cpu.span, "cores of the machine"))
        }
        Platform::Kubernetes(_) | Platform::Compose => {
            let cpu = workload.cpu.as_ref()?;
            Some((cpu.high, cpu.span, "the CPU limit"))
        }
    }
}
