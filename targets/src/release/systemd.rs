//! What a release needs to know of the units of a service.

use loadline_compiler::model::{Listen, Model, Workload};
use serde::Serialize;

use super::asked;
use super::script::Candidate;
use crate::address::instance_port;
use crate::escape::shell as escape;
use crate::host::{self, OnHost};
use crate::output::Output;
use crate::systemd;
use crate::template::Escaped;

/// The units of a service, in the order in which they are replaced.
#[derive(Debug, Serialize)]
pub(super) struct Units {
    units: Escaped,
}

impl Units {
    pub(super) fn of(workload: &Workload, out: &mut Output) -> Self {
        let name = &workload.name.value;
        let units: Vec<String> = match host::instances(workload) {
            0 | 1 => vec![format!("{name}.service")],
            instances => (1..=instances)
                .map(|instance| format!("{name}@{instance}.service"))
                .collect(),
        };
        Self {
            units: out.escaped(workload.name.span, escape::words(&units)),
        }
    }
}

/// A candidate is a unit of its own, in the same sandbox.
pub(super) fn candidate(
    model: &Model,
    on_host: &OnHost<'_>,
    workload: &Workload,
    out: &mut Output,
) -> Option<Candidate> {
    let found = host::Candidate::of(model, workload, out)?;
    let listen = asked::listener(workload)?;
    let unit = systemd::write_candidate(model, on_host, workload, found.instance, out)?;
    Some(Candidate {
        port: instance_port(listen, found.instance),
        unit: Some(out.escaped(workload.name.span, escape::word(&unit))),
        from: Escaped::default(),
        to: Escaped::default(),
        assignments: Vec::new(),
    })
}

/// Each instance has a port of its own.
pub(super) fn ports(workload: &Workload, listen: &Listen) -> Vec<u16> {
    let instances = host::instances(workload).max(1);
    (1..=instances)
        .map(|instance| instance_port(listen, instance))
        .collect()
}
