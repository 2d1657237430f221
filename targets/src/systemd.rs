//! Units of systemd, and the accounts and directories they need.
//!
//! One directory for each host that runs units, left out when there is only one. It holds the units themselves,
//! `sysusers.d`, `tmpfiles.d`, `env` (what single instances are told) and `files` (mounted configuration): each file says
//! where it is installed.

mod calendar;
mod candidate;
mod environment;
mod files;
mod hardening;
mod inexpressible;
mod job;
mod limits;
mod machine;
mod migration;
mod restart;
mod service;
mod unit;

use loadline_compiler::model::{Model, Platform, Workload};

pub(crate) use candidate::write_candidate;
pub(crate) use environment::needed;
pub(crate) use files::{files, install};
pub(crate) use hardening::Hardening;
pub(crate) use limits::Limits;
pub(crate) use machine::Machine;
pub(crate) use migration::unit_name as migration_unit;
pub(crate) use restart::Restart;
pub(crate) use service::notes;
pub(crate) use unit::{Daemon, Files as UnitFiles, ServiceUnit};

use crate::host;
use crate::output::Output;

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let runs_there = |platform, host| platform == Platform::Systemd(host);
    for on_host in host::by_host(model, runs_there) {
        let mut machine = Machine::of(model, &on_host, out);
        for workload in &on_host.workloads {
            let said = out.said();
            host::warn(model, workload, "systemd", out);
            if workload.is_job() {
                job::write(model, workload, &mut machine, out);
            } else {
                service::write(model, workload, &mut machine, out);
                migration::write(model, workload, &mut machine, out);
                name_is_free(workload, &on_host.workloads, out);
            }
            out.about(said, workload.id);
        }
        machine.write(model.project.name(), on_host.host.span, out);
    }
}

/// The migration of `api` and a service `api-migrate` would be one unit.
fn name_is_free(workload: &Workload, all: &[&Workload], out: &mut Output) {
    let taken = format!("{}-migrate", workload.name.value);
    let other = all.iter().find(|other| other.name.value.0 == taken);
    if let (Some(other), Some(_)) = (other, &workload.migrate) {
        out.refuse(
            other.name.span,
            format!("`{taken}` is the unit of the migration of `{}`", workload.name.value),
            "needs another name",
        );
    }
}

#[cfg(test)]
mod tests;
