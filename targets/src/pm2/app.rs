//! One app of the ecosystem file.

use loadline_compiler::budget::instances::processes;
use loadline_compiler::budget::release::listen_timeout;
use loadline_compiler::model::{LogFormat, Model, Workload};
use serde::Serialize;

use super::environment::{self, Entry};
use super::restart::Restart;
use super::script::Script;
use super::{memory, schedule, timing};
use crate::escape::javascript as escape;
use crate::host;
use crate::output::Output;
use crate::template::Escaped;

#[derive(Debug, Serialize)]
pub(crate) struct App {
    pub(crate) description: Escaped,
    /// What executes it, which no release brings.
    needs: Option<Escaped>,
    name: Escaped,
    directory: Escaped,
    script: Escaped,
    arguments: Escaped,
    interpreter: Escaped,
    /// On the command line: in cluster mode PM2 sets the environment when V8 has read its options already.
    runtime_flags: Option<Escaped>,
    mode: Escaped,
    /// A number, never `max`, which is the machine's cores whatever the app may use.
    pub(crate) instances: u64,
    memory: Option<Escaped>,
    pub(crate) kill_timeout_ms: u64,
    pub(crate) listen_timeout_ms: u64,
    /// `listening` is not ready for an app with a probe: then the app says so. An app that never does is taken to be
    /// ready after `listen_timeout`, with its predecessor at work until then.
    pub(crate) waits_for_ready: bool,
    schedule: Option<Escaped>,
    restart: Restart,
    /// PM2 puts the time in front of each line, which would be no JSON any more.
    stamps_logs: Escaped,
    environment: Vec<Entry>,
    /// `env_production`: empty, so that `--env production` finds it.
    environment_key: Option<Escaped>,
}

impl App {
    /// `None` when it cannot be an app at all, which was said.
    pub(crate) fn of(model: &Model, workload: &Workload, out: &mut Output) -> Option<Self> {
        if workload.is_job() && workload.schedule.is_none() {
            // Said among the things that PM2 cannot do.
            return None;
        }
        let script = Script::of(workload, out)?;
        let schedule = match &workload.schedule {
            Some(schedule) => Some(schedule::pattern(schedule, out)?),
            None => None,
        };
        let shares_port = host::in_pm2_cluster(workload) && !workload.listen.is_empty();
        let processes = if host::in_pm2_cluster(workload) {
            processes(model, workload).max(1)
        } else {
            1
        };
        let instances = host::instances(workload).saturating_mul(processes).max(1);
        let probed = workload.health.startup.is_some() || workload.health.ready.is_some();
        if !shares_port {
            environment::ports_are_told(workload, instances, out);
        }
        let documented = workload
            .documentation
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty());
        let json_logs = workload
            .logs
            .format
            .as_ref()
            .is_some_and(|format| format.value == LogFormat::Json);
        let environment_key = model.environment.as_ref().map(|name| {
            let key = escape::key(&format!("env_{name}"));
            out.escaped(workload.name.span, key)
        });
        Some(Self {
            description: escape::remark(documented.unwrap_or(&workload.name.value)),
            needs: host::needs(workload).map(|needs| escape::remark(&needs)),
            name: escape::string(&workload.name.value),
            directory: escape::string(&host::release_directory(workload)),
            script: script.file,
            arguments: script.arguments,
            interpreter: script.interpreter,
            runtime_flags: script.runtime_flags,
            mode: escape::string(if shares_port { "cluster" } else { "fork" }),
            instances,
            memory: memory::threshold(model, workload, processes, out),
            kill_timeout_ms: timing::kill_timeout(workload).ceil_millis(),
            listen_timeout_ms: listen_timeout(workload).ceil_millis(),
            waits_for_ready: shares_port && probed,
            schedule,
            restart: Restart::of(workload, out),
            stamps_logs: escape::boolean(!json_logs),
            environment: environment::entries(model, workload, out),
            environment_key,
        })
    }
}
