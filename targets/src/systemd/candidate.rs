//! The unit of a candidate: the service as it runs from the release that is to come, on ports of its own.

use loadline_compiler::model::{Model, Workload};

use super::service::{self, Parts, notes};
use super::unit::ServiceUnit;
use super::{Machine, environment};
use crate::escape::systemd as escape;
use crate::host::{self, OnHost};
use crate::output::Output;

/// Adds the unit and returns its name; `None` when there is nothing to start.
pub(crate) fn write_candidate(
    model: &Model,
    on_host: &OnHost<'_>,
    workload: &Workload,
    instance: u64,
    out: &mut Output,
) -> Option<String> {
    let file = format!("{}-candidate.service", workload.name.value);
    let next = host::at_next(workload);
    // What can be said about its settings was said for the service, and the machine is laid out for that too.
    let mut quiet = Output::default();
    let mut machine = Machine::of(model, on_host, &mut quiet);
    let start = service::start(&next, &mut quiet)?;
    let given = environment::of_instance(model, &next, instance, &mut quiet);
    let several = Some(host::instances(workload)).filter(|instances| 1 < *instances);
    let mut parts = Parts::of(model, &next, several, given, &mut machine, &mut quiet);
    // It has no volumes of an instance.
    parts.files.volumes.clear();
    let mut lines = vec![escape::remark("release.sh starts it, asks it, and stops it.")];
    lines.append(&mut parts.notes);
    let description = format!("Candidate of the next release of {}", workload.name.value);
    let unit = ServiceUnit {
        notes: notes(&file, lines),
        description: out.escaped(workload.name.span, escape::sentence(&description)),
        kind: escape::fixed("exec"),
        before: service::steps_before(&next, &mut quiet),
        success_exit_status: service::success_exit_status(workload),
        start_timeout: escape::time(service::start_timeout(workload)),
        kill_signal: service::kill_signal(workload),
        ..parts.unit(&next, start)
    };
    unit.write(format!("{}{file}", on_host.directory), workload.span, out);
    let name = format!("{}-candidate", workload.name.value);
    if let Some(taken) = on_host.workloads.iter().find(|other| other.name.value.0 == name) {
        out.refuse(
            taken.name.span,
            format!("`{name}` is the unit of the candidate of `{}`", workload.name.value),
            "needs another name",
        );
    }
    Some(file)
}
