//! What a process is told by its environment: what all instances share stands in the unit, what differs in a file of each
//! instance, and what is secret in a file that is never written here.

use loadline_compiler::model::{Model, Secret, SecretSource, Workload};
use serde::Serialize;

use super::unit::render;
use crate::address::instance_port;
use crate::environment::{self, Value};
use crate::escape::systemd as escape;
use crate::host::{self, Told};
use crate::output::Output;
use crate::template::Escaped;

/// The part of a unit that is about the environment.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) environment: Vec<Escaped>,
    pub(crate) environment_files: Vec<Escaped>,
    pub(crate) credentials: Vec<Escaped>,
    /// What the secrets file must hold, and from where.
    pub(crate) notes: Vec<Escaped>,
    /// The secrets file, when there is one.
    pub(crate) secrets_file: Option<String>,
}

/// Of a unit that runs once.
pub(crate) fn of_one(model: &Model, workload: &Workload, out: &mut Output) -> Given {
    of_instance(model, workload, 1, out)
}

/// Of a unit that is one instance.
pub(crate) fn of_instance(model: &Model, workload: &Workload, instance: u64, out: &mut Output) -> Given {
    let mut given = Given::default();
    for variable in host::told(model, workload, instance, out) {
        given.environment.push(assignment(&variable, out));
    }
    given.secrets(model, workload, out);
    given
}

/// Of a unit with instances 1 to `instances`; the files of the instances go to `directory`.
pub(crate) fn of_instances(
    model: &Model,
    workload: &Workload,
    instances: u64,
    directory: &str,
    out: &mut Output,
) -> Given {
    let all: Vec<Vec<Told>> = (1..=instances)
        .map(|instance| host::told(model, workload, instance, out))
        .collect();
    let first = all.first().map_or(&[][..], Vec::as_slice);
    let differs = |name: &str, value: &str| {
        let others = all.iter().flatten().filter(|other| other.name == name);
        others.into_iter().any(|other| other.value != value)
    };
    let (own, shared): (Vec<&Told>, Vec<&Told>) = first
        .iter()
        .partition(|variable| differs(&variable.name, &variable.value));
    let mut given = Given::default();
    for variable in shared {
        given.environment.push(assignment(variable, out));
    }
    if !own.is_empty() {
        let name = &workload.name.value;
        let folder = host::configuration_directory(model);
        let path = escape::path_of_instance(&format!("{folder}/{name}@"), ".env");
        given.environment_files.push(out.escaped(workload.name.span, path));
        for (instance, variables) in (1_u64..).zip(&all) {
            let of_instance = variables.iter().filter(|v| own.iter().any(|own| own.name == v.name));
            let file = EnvironmentFile::of(&folder, name, instance, of_instance, out);
            let source = include_str!("../../templates/systemd/environment.j2");
            let path = format!("{directory}env/{name}@{instance}.env");
            render(path, "systemd/environment.j2", source, &file, workload.name.span, out);
        }
    }
    ports_are_told(workload, instances, &own, out);
    given.secrets(model, workload, out);
    given
}

/// Instances of one machine need ports of their own, and learn them from the environment.
fn ports_are_told(workload: &Workload, instances: u64, own: &[&Told], out: &mut Output) {
    for listen in &workload.listen {
        let (first, second) = (instance_port(listen, 1), instance_port(listen, 2));
        let told = own.iter().any(|variable| variable.value.contains(&first.to_string()));
        if second != first && !told {
            let listener = listen.name();
            out.refuse(
                listen.port.span,
                format!(
                    "{instances} instances of `{}` run on a machine, and nothing tells the second that its port is {second}",
                    workload.name.value
                ),
                format!("tell it: `env PORT self.{listener}.port`"),
            );
        }
    }
}

/// An environment file.
#[derive(Debug, Serialize)]
struct EnvironmentFile {
    notes: Vec<Escaped>,
    assignments: Vec<Escaped>,
}

impl EnvironmentFile {
    fn of<'v>(
        folder: &str,
        name: &str,
        instance: u64,
        variables: impl Iterator<Item = &'v Told>,
        out: &mut Output,
    ) -> Self {
        let note = format!("Install as {folder}/{name}@{instance}.env.");
        let assignments = variables.map(|variable| {
            let escaped = escape::file_assignment(&variable.name, &variable.value);
            out.escaped(variable.span, escaped)
        });
        Self {
            assignments: assignments.collect(),
            notes: vec![escape::remark(&note)],
        }
    }
}

fn assignment(variable: &Told, out: &mut Output) -> Escaped {
    let escaped = escape::assignment(&variable.name, &variable.value);
    out.escaped(variable.span, escaped)
}

impl Given {
    /// A file on the machine becomes a credential, which only this unit can read; everything else has to be put into the
    /// secrets file by whoever has it.
    fn secrets(&mut self, model: &Model, workload: &Workload, out: &mut Output) {
        let mut listed: Vec<&Secret> = Vec::new();
        let variables = environment::of(model, workload);
        for variable in &variables {
            let Value::Secret(secret) = variable.value else {
                continue;
            };
            let (name, span) = (variable.name, secret.source.span);
            let SecretSource::File(file) = &secret.source.value else {
                listed.push(secret);
                continue;
            };
            self.credentials.push(out.escaped(span, escape::credential(name, file)));
            let of_path = format!("{name}_FILE");
            if let Some(taken) = variables.iter().find(|variable| variable.name == of_path) {
                let message = format!("systemd gives the path of `{name}` as `{of_path}`, and the spec gives it too");
                out.refuse(taken.span, message, "leave it out");
            }
            let path = escape::credential_path(&of_path, name);
            self.environment.push(out.escaped(span, path));
            out.not_expressible(
                span,
                "systemd puts no file's content into a variable",
                format!("`{name}_FILE` holds the path of a copy that only this unit can read"),
            );
        }
        if listed.is_empty() {
            return;
        }
        let file = secrets_file(model, workload);
        let path = out.escaped(workload.name.span, escape::path(&file));
        self.environment_files.push(path);
        let intro = format!("{file} must hold, one NAME=value a line:");
        self.notes.push(escape::remark(&intro));
        for secret in listed {
            self.notes.push(escape::remark(&needed(secret)));
        }
        self.secrets_file = Some(file);
    }
}

/// `/etc/PROJECT/SERVICE.secrets`
fn secrets_file(model: &Model, workload: &Workload) -> String {
    format!(
        "{}/{}.secrets",
        host::configuration_directory(model),
        workload.name.value
    )
}

/// `  DATABASE_URL: from vault:shop/api#database_url`; never the value.
pub(crate) fn needed(secret: &Secret) -> String {
    let name = &secret.name.value.0;
    match &secret.source.value {
        SecretSource::Vault { path, key } => format!("  {name}: from vault:{path}#{key}"),
        SecretSource::Kubernetes { name: object, key } => {
            format!("  {name}: what k8s:{object}#{key} holds in the cluster")
        }
        SecretSource::Env(variable) => {
            format!("  {name}: from the variable {variable} of whoever deploys")
        }
        SecretSource::File(file) => format!("  {name}: the content of {file}"),
        SecretSource::Literal => format!("  {name}"),
    }
}
