//! Services and workers.

use loadline_compiler::budget::ShutdownSum;
use loadline_compiler::model::{Language, MigrateWhen, Model, Signal, Workload};
use loadline_compiler::quantity::Duration;

use super::environment::{self, Given};
use super::files;
use super::hardening::Hardening;
use super::limits::Limits;
use super::restart::Restart;
use super::unit::{ServiceUnit, TargetUnit};
use super::{Machine, migration};
use crate::escape::systemd as escape;
use crate::host::{self, Account, Program, Storage};
use crate::output::Output;
use crate::template::Escaped;

/// systemd's own limit of a start. Source: systemd-system.conf(5), `DefaultTimeoutStartSec=`.
const START_TIMEOUT_MIN: Duration = Duration::seconds(90);

/// A JVM that ends because of SIGTERM exits with this: 128 and the number of the signal.
const JVM_TERMINATED: u64 = 143;

/// `SERVICE.service`; with several instances on a machine `SERVICE@.service` and a `SERVICE.target` that wants them all.
pub(crate) fn write(model: &Model, workload: &Workload, machine: &mut Machine, out: &mut Output) {
    let name = &workload.name.value;
    let instances = host::instances(workload);
    let several = (1 < instances).then_some(instances);
    let Some(start) = start(workload, out) else {
        return;
    };
    let given = match several {
        Some(instances) => environment::of_instances(model, workload, instances, &machine.directory, out),
        None => environment::of_one(model, workload, out),
    };
    let mut parts = Parts::of(model, workload, several, given, machine, out);
    let file = match several {
        Some(_) => format!("{name}@.service"),
        None => format!("{name}.service"),
    };
    let mut after = vec![escape::fixed("network-online.target")];
    if let Some(migration) = migration::unit_before(workload) {
        after.push(out.escaped(workload.name.span, escape::name(&migration)));
    }
    let target = format!("{name}.target");
    let part_of = several.map(|_| out.escaped(workload.name.span, escape::name(&target)));
    let unit = ServiceUnit {
        notes: notes(&file, std::mem::take(&mut parts.notes)),
        description: description(model, workload, several.is_some(), out),
        after: escape::names(&after),
        part_of,
        restart: Restart::of_service(workload),
        // Started when the program runs, not already when systemd has forked: a missing program is a failed start.
        kind: escape::fixed("exec"),
        before: steps_before(workload, out),
        success_exit_status: success_exit_status(workload),
        start_timeout: escape::time(start_timeout(workload)),
        kill_signal: kill_signal(workload),
        wanted_by: several.is_none().then(|| escape::fixed("multi-user.target")),
        ..parts.unit(workload, start)
    };
    unit.write(format!("{}{file}", machine.directory), workload.span, out);
    if let Some(instances) = several {
        let wants = (1..=instances).map(|instance| {
            let unit = format!("{name}@{instance}.service");
            out.escaped(workload.name.span, escape::name(&unit))
        });
        let target = TargetUnit {
            wants: wants.collect(),
            notes: notes(&target, Vec::new()),
            description: description(model, workload, false, out),
        };
        target.write(format!("{}{name}.target", machine.directory), workload.span, out);
    }
}

/// What every unit of a workload has, whether it stays or ends.
pub(crate) struct Parts {
    pub(crate) notes: Vec<Escaped>,
    pub(crate) account: Escaped,
    pub(crate) working_directory: Option<Escaped>,
    pub(crate) environment: Vec<Escaped>,
    pub(crate) environment_files: Vec<Escaped>,
    pub(crate) credentials: Vec<Escaped>,
    pub(crate) files: super::unit::Files,
    pub(crate) hardening: Hardening,
}

impl Parts {
    /// The account, the directories and the secrets file are noted for the machine.
    pub(crate) fn of(
        model: &Model,
        workload: &Workload,
        instances: Option<u64>,
        given: Given,
        machine: &mut Machine,
        out: &mut Output,
    ) -> Self {
        let account = Account::of(model, workload);
        let storage = Storage::of(model, workload, out);
        let owner = files::owner(workload, &account, out);
        let span = workload.name.span;
        machine.open(&host::service_directory(workload), span, out);
        let files = files::files(&storage, &owner, instances, &mut machine.lines, out);
        files::install(workload, &storage, &machine.directory, out);
        if let Some(file) = &given.secrets_file {
            machine.secret(file, span, out);
        }
        machine.accounts.push((account, workload.name.value.0.clone()));
        let directory = host::release_directory(workload);
        let directory_span = workload.working_dir.as_ref().map_or(span, |written| written.span);
        let needs = host::needs(workload).map(|needs| escape::remark(&needs));
        Self {
            notes: needs.into_iter().chain(given.notes).collect(),
            account: owner,
            working_directory: Some(out.escaped(directory_span, escape::path(&directory))),
            environment: given.environment,
            environment_files: given.environment_files,
            credentials: given.credentials,
            hardening: Hardening::of(workload, &storage, out),
            files,
        }
    }
}

impl Parts {
    /// A unit of the workload that runs `start`, with nothing of a kind of its own yet.
    pub(crate) fn unit(self, workload: &Workload, start: Escaped) -> ServiceUnit {
        ServiceUnit {
            notes: Vec::new(),
            description: Escaped::default(),
            after: escape::fixed("network-online.target"),
            part_of: None,
            restart: Restart::endless("no"),
            kind: escape::fixed("oneshot"),
            daemon: None,
            account: self.account,
            working_directory: self.working_directory,
            environment: self.environment,
            environment_files: self.environment_files,
            credentials: self.credentials,
            before: Vec::new(),
            start,
            success_exit_status: None,
            start_timeout: escape::fixed("infinity"),
            stop_timeout: escape::time(stop_timeout(workload)),
            kill_signal: None,
            limits: Limits::of(workload),
            files: self.files,
            hardening: self.hardening,
            wanted_by: None,
        }
    }
}

/// The command line; `None` when nothing says what runs, which is an error of the spec on a host.
pub(crate) fn start(workload: &Workload, out: &mut Output) -> Option<Escaped> {
    let program = Program::main(workload)?;
    let span = workload.run.as_ref().map_or(workload.span, |run| run.span);
    Some(out.escaped(span, escape::command(&program.words)))
}

/// `before` steps, and the migration that every instance runs as it starts.
pub(crate) fn steps_before(workload: &Workload, out: &mut Output) -> Vec<Escaped> {
    let mut commands = Vec::new();
    for step in &workload.before {
        if let Some(run) = &step.run {
            let program = Program::beside(workload, &run.value);
            commands.push(out.escaped(run.span, escape::command(&program.words)));
        }
        super::inexpressible::before(step, out);
    }
    let migrate = workload
        .migrate
        .as_ref()
        .filter(|migrate| migrate.when.value == MigrateWhen::OnStart);
    if let Some(run) = migrate.and_then(|migrate| migrate.run.as_ref()) {
        let program = Program::beside(workload, &run.value);
        commands.push(out.escaped(run.span, escape::command(&program.words)));
    }
    commands
}

/// How long a start may take: half as long again as the slowest boot, and all of a migration that goes with it.
pub(crate) fn start_timeout(workload: &Workload) -> Duration {
    let boot = workload.load.boot.as_ref().map_or(Duration::ZERO, |boot| boot.high);
    let migrate = workload
        .migrate
        .as_ref()
        .filter(|migrate| migrate.when.value == MigrateWhen::OnStart);
    let migration = migrate.and_then(|migrate| migrate.timeout.as_ref());
    let migration = migration.map_or(Duration::ZERO, |timeout| timeout.value);
    boot.scaled_up(3, 2).max(START_TIMEOUT_MIN).plus(migration)
}

/// From the signal to the kill: the grace period without its settle time, which has passed before the signal.
///
/// At least a second, since 0 is no limit to systemd.
pub(crate) fn stop_timeout(workload: &Workload) -> Duration {
    let stop = ShutdownSum::of(workload);
    stop.grace.minus(stop.settle).max(Duration::seconds(1))
}

/// The signal that stops the process, where it is another than SIGTERM.
pub(crate) fn kill_signal(workload: &Workload) -> Option<Escaped> {
    let signals = workload.shutdown.signals.as_ref()?;
    if signals.contains(&Signal::Term) {
        return None;
    }
    signals.first().map(|signal| escape::fixed(signal.word()))
}

pub(crate) fn success_exit_status(workload: &Workload) -> Option<u64> {
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    (language == Some(Language::Jvm)).then_some(JVM_TERMINATED)
}

/// The first line of its documentation, or what it is.
pub(crate) fn description(model: &Model, workload: &Workload, is_template: bool, out: &mut Output) -> Escaped {
    let documented = workload
        .documentation
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty());
    let text = match documented {
        Some(line) => line.trim_end_matches(['.', '\\']).trim_end().to_owned(),
        None => format!("{} of {}", workload.name.value, model.project.name()),
    };
    let escaped = out.escaped(workload.name.span, escape::sentence(&escape::prose(&text)));
    if is_template {
        escape::of_instance(&escaped)
    } else {
        escaped
    }
}

/// Where a file goes, and what else is to be known about it.
pub(crate) fn notes(file: &str, further: Vec<Escaped>) -> Vec<Escaped> {
    let first = format!("Install as /etc/systemd/system/{file}.");
    let mut notes = vec![escape::remark(&first)];
    notes.extend(further);
    notes
}
