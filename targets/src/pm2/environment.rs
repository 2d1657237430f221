//! The environment of an app.

use loadline_compiler::model::{Model, Secret, SecretSource, Workload};
use serde::Serialize;

use crate::environment::{self, Value};
use crate::escape::javascript as escape;
use crate::host;
use crate::output::Output;
use crate::template::Escaped;

/// PM2 keeps its settings and state in one object with the variables, and a variable of such a name would overwrite them.
/// Source: PM2 7.0.4, `executeApp` in lib/God.js; its schema.json, and what it was seen to pass to processes.
#[rustfmt::skip]
const TAKEN: &[&str] = &[
    "NODE_APP_INSTANCE", "PM2_HOME", "PM2_JSON_PROCESSING", "PM2_PROGRAMMATIC", "PM2_USAGE", "_pm2_version",
    "_tree_pids", "append_env_to_name", "args", "automation", "autorestart", "autostart", "axm_actions", "axm_dynamic",
    "axm_monitor", "axm_options", "commands", "created_at", "cron_restart", "current_conf", "cwd", "deep_monitoring",
    "disable_logs", "disable_source_map_support", "disable_trace", "env", "error_file", "event_loop_inspector",
    "exec_interpreter", "exec_mode", "execute_command", "exit_code", "exp_backoff_restart_delay", "filter_env", "force",
    "gid", "ignore_watch", "increment_var", "install_url", "instance_var", "instances", "io", "kill_retry_time",
    "kill_timeout", "km_link", "listen_timeout", "log_date_format", "log_file", "log_type", "max_memory_restart",
    "max_restarts", "merge_logs", "min_uptime", "name", "name_prefix", "namespace", "node_args", "node_version",
    "out_file", "parallel", "pid_file", "pm2_env", "pm_cwd", "pm_err_log_path", "pm_exec_path", "pm_id", "pm_log_path",
    "pm_out_log_path", "pm_pid_path", "pm_uptime", "pmx", "pmx_module", "port", "post_update", "prev_restart_delay",
    "restart_delay", "restart_task", "restart_time", "script", "shutdown_with_message", "source_map_support", "status",
    "stop_exit_codes", "time", "trace", "treekill", "uid", "unique_id", "unstable_restarts", "updateEnv", "username",
    "v8", "version", "versioning", "vizion", "vizion_running", "wait_ready", "watch", "watch_delay", "watch_options",
    "windowsHide", "write",
];

/// A property of `env`.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    name: Escaped,
    value: Escaped,
}

/// Plain variables as they are, secrets as references.
pub(crate) fn entries(model: &Model, workload: &Workload, out: &mut Output) -> Vec<Entry> {
    let variables = environment::of(model, workload).into_iter();
    let entries = variables.filter_map(|variable| {
        let (written, span) = match variable.value {
            // All instances are told the same: they share their ports.
            Value::Plain(plain) => (value(&host::text(model, workload, 1, plain, out)?), plain.span),
            Value::Secret(secret) => (reference(secret), secret.source.span),
        };
        Some(Entry {
            name: out.escaped(variable.span, key(variable.name)),
            value: out.escaped(span, written),
        })
    });
    entries.collect()
}

fn reference(secret: &Secret) -> Result<Escaped, String> {
    match &secret.source.value {
        SecretSource::File(path) => Ok(escape::file(path)),
        _ => escape::environment(variable_of(secret)),
    }
}

fn key(name: &str) -> Result<Escaped, String> {
    if TAKEN.contains(&name) {
        return Err(format!("PM2 keeps a setting of its own under the name `{name}`"));
    }
    escape::key(name)
}

fn value(text: &str) -> Result<Escaped, String> {
    if text.contains('\0') {
        return Err("an environment variable cannot hold a NUL".to_owned());
    }
    // What an object looks like as text is what PM2 leaves out when it merges environments.
    if text == "[object Object]" {
        return Err(format!("PM2 leaves out a variable that is {text:?}"));
    }
    Ok(escape::string(text))
}

/// The variable of the daemon's environment that holds a secret.
pub(crate) fn variable_of(secret: &Secret) -> &str {
    match &secret.source.value {
        SecretSource::Env(variable) => variable,
        _ => &secret.name.value.0,
    }
}

/// Secrets that whoever starts PM2 must have in the environment, each once.
pub(crate) fn expected<'m>(workloads: &[&'m Workload]) -> Vec<&'m Secret> {
    let mut found: Vec<&Secret> = Vec::new();
    for secret in workloads.iter().flat_map(|workload| &workload.secret) {
        let from_file = matches!(secret.source.value, SecretSource::File(_));
        let known = found.iter().any(|other| variable_of(other) == variable_of(secret));
        if !from_file && !known {
            found.push(secret);
        }
    }
    found
}

/// Whether whoever starts PM2 must have secrets.
pub(crate) fn expects_secrets(workloads: &[&Workload]) -> bool {
    !expected(workloads).is_empty()
}

/// All apps read one environment, so that a variable can hold only one secret.
pub(crate) fn secrets_agree(workloads: &[&Workload], out: &mut Output) {
    let expected = expected(workloads);
    for workload in workloads {
        for secret in &workload.secret {
            let variable = variable_of(secret);
            let first = expected.iter().find(|other| variable_of(other) == variable);
            let differs = first.is_some_and(|first| first.source.value != secret.source.value);
            if differs && !matches!(secret.source.value, SecretSource::File(_)) {
                let name = &secret.name.value.0;
                let own = format!("{}_{name}", workload.name.value.replace('-', "_").to_uppercase());
                out.refuse(
                    secret.source.span,
                    format!("PM2's environment holds one `{variable}`, and another app takes it from elsewhere"),
                    format!("give it a name of its own: `from \"env:{own}\"`"),
                );
            }
        }
    }
}

/// Processes that cannot share a port need one each, and nothing tells them: what `increment_var` counts up when PM2 starts
/// them is overwritten by the file at the next reload.
pub(crate) fn ports_are_told(workload: &Workload, instances: u64, out: &mut Output) {
    let mut apart = workload.listen.iter().filter(|listen| listen.step.value != 0);
    if let Some(listen) = apart.next().filter(|_| 1 < instances) {
        out.refuse(
            listen.port.span,
            format!(
                "{instances} processes of `{}` need a port each, and PM2 gives them one environment",
                workload.name.value
            ),
            "needs `scale 1`, or `process systemd`",
        );
    }
}
