//! The unit that runs PM2's daemon.
//!
//! It starts from the ecosystem file, not with `pm2 resurrect`: the dump that the latter reads is as old as the last
//! `pm2 save`, keeps variables that were removed since, and holds secrets in clear. `pm2 kill` ends apps without writing
//! a dump; the daemon's own handler of SIGTERM writes one.

use loadline_compiler::model::{Model, Secret};
use loadline_compiler::quantity::Duration;

use super::app::App;
use super::{environment, installed, signal};
use crate::escape::systemd as escape;
use crate::host::{Account, OnHost, Storage, configuration_directory};
use crate::output::Output;
use crate::systemd::{self, Daemon, Hardening, Limits, Machine, Restart, ServiceUnit};
use crate::template::Escaped;

/// Where npm puts it when Node comes from a package of the distribution or of NodeSource.
const PROGRAM: &str = "/usr/bin/pm2";

/// What the daemon needs besides its apps.
const MARGIN: Duration = Duration::seconds(10);

/// systemd's own limit of a start. Source: systemd-system.conf(5), `DefaultTimeoutStartSec=`.
const START_TIMEOUT_MIN: Duration = Duration::seconds(90);

/// `pm2-PROJECT`
pub(crate) fn name(model: &Model) -> String {
    format!("pm2-{}", model.project.name())
}

pub(crate) fn write(model: &Model, on_host: &OnHost<'_>, apps: &[App], out: &mut Output) {
    let (span, name) = (on_host.host.span, name(model));
    let home = format!("/var/lib/{name}");
    let account = Account::shared(&name, home.clone());
    let owner = out.escaped(span, escape::name(&account.name));
    let mut machine = Machine::of(model, on_host, out);
    let storages: Vec<Storage> = on_host
        .workloads
        .iter()
        .map(|workload| {
            let said = out.said();
            let storage = Storage::of(model, workload, out);
            out.about(said, workload.id);
            storage
        })
        .collect();
    let mut files = systemd::UnitFiles::default();
    for (workload, storage) in on_host.workloads.iter().zip(&storages) {
        machine.open(&crate::host::service_directory(workload), workload.name.span, out);
        let own = systemd::files(storage, &owner, None, &mut machine.lines, out);
        systemd::install(workload, storage, &machine.directory, out);
        files.extend(own);
    }
    files_agree(&storages, out);
    let secrets = environment::expected(&on_host.workloads);
    let secrets_file = secrets_file(model);
    let mut lines: Vec<Escaped> = Vec::new();
    let mut environment_files: Vec<Escaped> = Vec::new();
    if !secrets.is_empty() {
        environment_files.push(out.escaped(span, escape::path(&secrets_file)));
        machine.secret(&secrets_file, span, out);
        let intro = format!("{secrets_file} must hold, one NAME=value a line:");
        lines.push(escape::remark(&intro));
        lines.extend(secrets.iter().map(|secret| needed(secret)));
    }
    machine.accounts.push((account, name.clone()));
    let storages: Vec<&Storage> = storages.iter().collect();
    let command = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        escape::command(&words)
    };
    let file = installed(model);
    let names: Vec<&str> = on_host.workloads.iter().map(|w| w.name.value.0.as_str()).collect();
    let description = format!("PM2 with {}", names.join(", "));
    let unit = ServiceUnit {
        notes: systemd::notes(&format!("{name}.service"), lines),
        description: out.escaped(span, escape::sentence(&description)),
        after: escape::fixed("network-online.target"),
        part_of: None,
        restart: Restart::endless("on-failure"),
        // `pm2 start` leaves the daemon behind and ends.
        kind: escape::fixed("forking"),
        daemon: Some(Daemon {
            pid_file: out.escaped(span, escape::path(&format!("{home}/pm2.pid"))),
            state_directory: out.escaped(span, escape::name(&name)),
            reload: out.escaped(span, command(&[PROGRAM, "reload", &file, "--update-env"])),
            stop: out.escaped(span, command(&[PROGRAM, "kill"])),
        }),
        account: owner,
        working_directory: Some(out.escaped(span, escape::path(&home))),
        environment: daemon_environment(&home, on_host, out),
        environment_files,
        credentials: Vec::new(),
        before: Vec::new(),
        // One app whose release is missing must not keep the others down: PM2 starts what it can.
        start: escape::unchecked(&out.escaped(span, command(&[PROGRAM, "start", &file]))),
        success_exit_status: None,
        start_timeout: escape::time(start_timeout(apps)),
        stop_timeout: escape::time(stop_timeout(apps)),
        kill_signal: None,
        // PM2 has no limit for one app; what all need together is checked against the machine.
        limits: Limits::default(),
        files,
        hardening: Hardening::of_all(&on_host.workloads, &storages, out).of_an_interpreter(),
        wanted_by: Some(escape::fixed("multi-user.target")),
    };
    unit.write(format!("{}{name}.service", on_host.directory), span, out);
    machine.write(&name, span, out);
}

/// What the unit reads secrets from.
pub(crate) fn secrets_file(model: &Model) -> String {
    format!("{}/pm2.secrets", configuration_directory(model))
}

/// All apps are in one unit, where a path can hold only one file.
fn files_agree(storages: &[Storage], out: &mut Output) {
    let all: Vec<_> = storages.iter().flat_map(|storage| &storage.mounted).collect();
    for (index, file) in all.iter().enumerate() {
        let mut before = all.iter().take(index);
        if before.any(|other| other.target == file.target && other.source != file.source) {
            out.refuse(
                file.span,
                format!(
                    "the apps of PM2 see one file system, and another app finds another file at `{}`",
                    file.target
                ),
                "mounted here",
            );
        }
    }
}

/// `  MAIL_PASSWORD: SMTP_PASSWORD, from vault:…`; never the value.
fn needed(secret: &Secret) -> Escaped {
    let (variable, name) = (environment::variable_of(secret), &secret.name.value.0);
    if variable == name {
        escape::remark(&systemd::needed(secret))
    } else {
        escape::remark(&format!("  {variable}: what an app knows as {name}"))
    }
}

fn daemon_environment(home: &str, on_host: &OnHost<'_>, out: &mut Output) -> Vec<Escaped> {
    let scheduled = on_host.workloads.iter().any(|workload| workload.schedule.is_some());
    let mut variables = vec![
        ("PM2_HOME", home),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ];
    if scheduled {
        variables.push(("TZ", "UTC"));
    }
    if let Some(signal) = signal::of(&on_host.workloads, out) {
        variables.push(("PM2_KILL_SIGNAL", signal.word()));
    }
    let escaped = variables
        .into_iter()
        .map(|(name, value)| escape::assignment(name, value));
    escaped.map(|escaped| out.escaped(on_host.host.span, escaped)).collect()
}

/// How long a start may take, and a reload, which has the same limit and takes longer: for each process until the new one is
/// up and the old one has ended. A reload that is cut off leaves some processes of each release.
fn start_timeout(apps: &[App]) -> Duration {
    let each = |app: &App| {
        Duration::millis(app.listen_timeout_ms)
            .plus(Duration::millis(app.kill_timeout_ms))
            .times(app.instances)
    };
    let all = apps.iter().map(each).fold(Duration::ZERO, Duration::plus);
    all.plus(MARGIN).max(START_TIMEOUT_MIN)
}

/// The daemon ends its processes one at a time, each for as long as its `kill_timeout`.
fn stop_timeout(apps: &[App]) -> Duration {
    let each = |app: &App| Duration::millis(app.kill_timeout_ms).times(app.instances);
    let all = apps.iter().map(each).fold(Duration::ZERO, Duration::plus);
    all.plus(MARGIN)
}
