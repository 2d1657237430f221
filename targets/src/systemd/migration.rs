//! Migrations ahead of or behind a release: a unit that runs once, when the release starts it.
//!
//! The service is ordered behind the migration but does not require it. With `Requires=`, a machine that boots while its
//! database fails over would stay down: systemd does not repeat a start whose dependency failed. And it would be wrong in
//! the other direction too, since a restart of the migration would restart the service it is meant to precede. So it is
//! the release that runs `systemctl start SERVICE-migrate.service`, which waits for the end and fails when the migration
//! fails, and only then replaces instances. Without `RemainAfterExit=` every release runs it again.

use loadline_compiler::model::{Migrate, MigrateWhen, Model, Workload};

use super::Machine;
use super::environment;
use super::restart::Restart;
use super::service::{Parts, notes};
use super::unit::ServiceUnit;
use crate::escape::systemd as escape;
use crate::host::{self, Program};
use crate::lock_timeout;
use crate::output::Output;

/// The unit that a service is ordered behind.
pub(crate) fn unit_before(workload: &Workload) -> Option<String> {
    let migrate = workload.migrate.as_ref()?;
    let before = migrate.when.value == MigrateWhen::Before && migrate.run.is_some();
    before.then(|| unit_name(workload))
}

/// `SERVICE-migrate.service`
pub(crate) fn unit_name(workload: &Workload) -> String {
    format!("{}-migrate.service", workload.name.value)
}

/// The unit of a migration that is a step of the release.
pub(crate) fn write(model: &Model, workload: &Workload, machine: &mut Machine, out: &mut Output) {
    let Some(migrate) = &workload.migrate else {
        return;
    };
    let Some(run) = &migrate.run else {
        out.refuse(
            migrate.span,
            format!("nothing says what migrates for `{}`", workload.name.value),
            "needs `run`",
        );
        return;
    };
    if migrate.when.value == MigrateWhen::OnStart {
        return;
    }
    // What adds to the schema comes with the release that needs it, so it runs from there.
    let next = host::at_next(workload);
    let workload = match migrate.when.value {
        MigrateWhen::Before => &next,
        MigrateWhen::After | MigrateWhen::OnStart => workload,
    };
    // What can be said about its settings was said for the service.
    let mut quiet = Output::default();
    let given = environment::of_one(model, workload, &mut quiet);
    let instances = Some(host::instances(workload)).filter(|instances| 1 < *instances);
    let mut parts = Parts::of(model, workload, instances, given, machine, &mut quiet);
    if let Some((name, value)) = lock_timeout::variable(model, workload, migrate, out) {
        let told = escape::assignment(name, &value);
        parts.environment.push(out.escaped(migrate.span, told));
    }
    // It is no instance, and has no volumes of one.
    parts.files.volumes.clear();
    let program = Program::beside(workload, &run.value);
    let file = unit_name(workload);
    let mut lines = vec![escape::remark(moment(migrate))];
    lines.append(&mut parts.notes);
    let description = format!("Migration of {}", workload.name.value);
    let start = out.escaped(run.span, escape::command(&program.words));
    let unit = ServiceUnit {
        notes: notes(&file, lines),
        description: out.escaped(workload.name.span, escape::sentence(&description)),
        // A migration that failed half-way is looked at by a person before it runs again.
        restart: Restart::endless("no"),
        start_timeout: match &migrate.timeout {
            Some(timeout) => escape::time(timeout.value),
            None => escape::fixed("infinity"),
        },
        ..parts.unit(workload, start)
    };
    unit.write(format!("{}{file}", machine.directory), migrate.span, out);
}

fn moment(migrate: &Migrate) -> &'static str {
    match migrate.when.value {
        MigrateWhen::After => "Started by hand, once no release is to come back that needs what it takes away.",
        MigrateWhen::Before | MigrateWhen::OnStart => {
            "The release starts it from the link `next` before it replaces instances, and stops when it fails."
        }
    }
}
