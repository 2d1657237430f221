//! What PM2 itself cannot do.

use loadline_compiler::diagnostic::{counted, listed};
use loadline_compiler::model::{Concurrency, Host, Migrate, MigrateWhen, Model, SecretSource, VolumeKind, Workload};

use crate::escape::shell;
use crate::host::{self, Program};
use crate::lock_timeout;
use crate::output::Output;
use crate::release;

pub(crate) fn warn(model: &Model, workload: &Workload, on: &Host, out: &mut Output) {
    secrets(workload, out);
    resources(workload, out);
    storage(model, workload, out);
    if workload.is_job() {
        job(workload, on, out);
    }
    for step in &workload.before {
        out.not_expressible(
            step.span,
            "PM2 has no step before a start",
            format!("`{}` is left out", step.name.value),
        );
    }
    if let Some(migrate) = workload.migrate.as_ref().filter(|_| !release::is_wanted(model)) {
        migration(model, workload, migrate, out);
    }
}

fn migration(model: &Model, workload: &Workload, migrate: &Migrate, out: &mut Output) {
    let moment = match migrate.when.value {
        MigrateWhen::Before => "before",
        MigrateWhen::After => "after",
        // The program does it itself.
        MigrateWhen::OnStart => return,
    };
    let run = migrate.run.as_ref();
    let words = run.map_or_else(Vec::new, |run| Program::beside(workload, &run.value).words);
    let told = lock_timeout::variable(model, workload, migrate, out);
    let told = told.map_or_else(String::new, |(name, value)| format!("{name}='{value}' "));
    // Somebody copies it into a shell.
    let span = run.map_or(migrate.span, |run| run.span);
    let words = out.escaped(span, shell::words(&words));
    let directory = host::release_directory(workload);
    out.not_expressible(
        migrate.span,
        "PM2 runs no migrations",
        format!("run it in {directory} {moment} the reload: `{told}{}`", words.as_str()),
    );
}

fn secrets(workload: &Workload, out: &mut Output) {
    let names: Vec<String> = workload
        .secret
        .iter()
        .map(|secret| format!("`{}`", secret.name.value.0))
        .collect();
    if let Some(first) = workload.secret.first() {
        let them = if names.len() == 1 { "it" } else { "them" };
        // The unit never saves: only a hand that does, and the other apps, see them.
        out.remark(
            first.span,
            "PM2 keeps the environment of its apps, secrets too",
            format!(
                "`pm2 save` writes {} in clear, and every app of the daemon sees {them}",
                listed(&names)
            ),
        );
    }
    for file in workload
        .secret
        .iter()
        .filter(|secret| matches!(secret.source.value, SecretSource::Literal))
    {
        // A rule refuses such a spec; the value itself must not be seen here either.
        out.not_expressible(file.span, "this is no reference to a secret", "it is left out");
    }
}

fn resources(workload: &Workload, out: &mut Output) {
    if let Some(cpu) = &workload.cpu {
        out.not_expressible(
            cpu.span,
            "PM2 limits no processor time",
            "its processes share the cores of the machine",
        );
    }
    let security = &workload.security;
    let account = security.user.as_ref().or(security.group.as_ref());
    if let Some(account) = account {
        out.not_expressible(
            account.span,
            "PM2 runs all its apps under the account of its daemon",
            "the number is left out",
        );
    }
    if let Some(capabilities) = &security.capabilities {
        out.not_expressible(
            capabilities.span,
            "PM2 gives its apps the capabilities of its daemon",
            "every app on the machine has them",
        );
    }
}

fn storage(model: &Model, workload: &Workload, out: &mut Output) {
    let processes = if host::in_pm2_cluster(workload) {
        loadline_compiler::budget::instances::processes(model, workload)
    } else {
        1
    };
    let all = host::instances(workload).saturating_mul(processes);
    let shared = workload
        .volume
        .iter()
        .filter(|volume| volume.kind.value != VolumeKind::Memory);
    for volume in shared.filter(|_| 1 < all) {
        out.not_expressible(
            volume.path.span,
            "PM2 gives its processes one file system",
            format!("all {} share `{}`", counted(all, "process"), volume.path.value.0),
        );
    }
}

fn job(workload: &Workload, on: &Host, out: &mut Output) {
    let Some(schedule) = &workload.schedule else {
        out.not_expressible(
            workload.name.span,
            "PM2 keeps programs running and has no jobs without a schedule",
            "it is left out: start it by hand",
        );
        return;
    };
    out.not_expressible(
        schedule.cron.span,
        "PM2 restarts a job when it is due",
        "a run that is not done is ended, and every start and reload of PM2 is a run too",
    );
    if schedule.concurrency.is_written() && schedule.concurrency.value != Concurrency::Replace {
        out.not_expressible(
            schedule.concurrency.span,
            "PM2 has one process of a job",
            "a run that is due ends the one before",
        );
    }
    if let Some(zone) = schedule.zone.as_ref().filter(|zone| zone.value.0 != "UTC") {
        out.not_expressible(
            zone.span,
            "PM2 keeps schedules in the time zone of its daemon",
            "its unit sets that to UTC",
        );
    }
    if 1 < on.count.value {
        out.not_expressible(
            schedule.cron.span,
            "PM2 has no schedule that machines share",
            format!("it runs on each of {}", counted(on.count.value, "machine")),
        );
    }
    let mut left_out = |span, what: &str, consequence: &str| {
        out.not_expressible(span, format!("PM2 has no {what} for a job"), consequence);
    };
    if let Some(deadline) = &schedule.deadline {
        left_out(deadline.span, "deadline", "a run that is missed is left out");
    }
    if let Some(timeout) = &workload.timeout {
        left_out(timeout.span, "time limit", "a run ends when the next one is due");
    }
    if workload.retries.is_written() && workload.retries.value != 0 {
        left_out(workload.retries.span, "retries", "a run that failed is not repeated");
    }
    if let Some(restart) = &workload.restart {
        left_out(restart.span, "restarts", "a run that failed is not repeated");
    }
}
