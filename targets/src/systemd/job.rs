//! Jobs: a unit that runs to its end, started by hand or by a timer.

use loadline_compiler::diagnostic::counted;
use loadline_compiler::model::{Concurrency, Model, Workload};
use loadline_compiler::quantity::Duration;

use super::restart::Restart;
use super::service::{Parts, description, kill_signal, notes, start, steps_before, success_exit_status};
use super::unit::{ServiceUnit, TimerUnit};
use super::{Machine, calendar, environment};
use crate::escape::systemd as escape;
use crate::output::Output;

/// `JOB.service`, and `JOB.timer` when it has a schedule.
pub(crate) fn write(model: &Model, workload: &Workload, machine: &mut Machine, out: &mut Output) {
    let name = &workload.name.value;
    let cron = match &workload.schedule {
        Some(schedule) => match calendar::cron(schedule, out) {
            Some(cron) => Some(cron),
            None => return,
        },
        None => None,
    };
    let Some(start) = start(workload, out) else {
        return;
    };
    let given = environment::of_one(model, workload, out);
    let mut parts = Parts::of(model, workload, None, given, machine, out);
    warn(workload, machine, out);
    let unit = ServiceUnit {
        notes: notes(&format!("{name}.service"), std::mem::take(&mut parts.notes)),
        description: description(model, workload, false, out),
        restart: Restart::of_job(workload, cron.as_ref(), out),
        before: steps_before(workload, out),
        success_exit_status: success_exit_status(workload),
        // For a unit that runs to its end the start is the run.
        start_timeout: match &workload.timeout {
            Some(timeout) => escape::time(timeout.value.max(Duration::seconds(1))),
            None => escape::fixed("infinity"),
        },
        kill_signal: kill_signal(workload),
        ..parts.unit(workload, start)
    };
    unit.write(format!("{}{name}.service", machine.directory), workload.span, out);
    if let (Some(schedule), Some(cron)) = (&workload.schedule, &cron) {
        let timer = TimerUnit {
            notes: notes(&format!("{name}.timer"), Vec::new()),
            description: description(model, workload, false, out),
            events: calendar::events(schedule, cron, out),
            // As a CronJob without a deadline does.
            catches_up: schedule.deadline.is_none(),
        };
        timer.write(format!("{}{name}.timer", machine.directory), schedule.span, out);
    }
}

fn warn(workload: &Workload, machine: &Machine, out: &mut Output) {
    if 1 < workload.parallel.value {
        out.not_expressible(
            workload.parallel.span,
            "systemd runs one instance of a job at a time",
            "one instance does the work of a run",
        );
    }
    let Some(schedule) = &workload.schedule else {
        return;
    };
    if 1 < machine.count {
        let machines = counted(machine.count, "machine");
        out.not_expressible(
            schedule.cron.span,
            "systemd has no schedule that machines share",
            format!("it runs on each of {machines} where the timer is enabled: enable it on one"),
        );
    }
    match schedule.concurrency.value {
        Concurrency::Forbid => {}
        Concurrency::Allow | Concurrency::Replace => out.not_expressible(
            schedule.concurrency.span,
            "systemd starts no run beside another one of the same unit",
            "a run that is due while the last one is not done is left out",
        ),
    }
    if let Some(deadline) = &schedule.deadline {
        out.not_expressible(
            deadline.span,
            "systemd has no deadline for a run that was missed",
            "a run that is due while the machine is off is left out",
        );
    }
}
