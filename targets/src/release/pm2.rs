//! What a release needs to know of PM2, and the file that speaks with it.

use loadline_compiler::model::{Listen, Model, Platform, Workload};
use serde::Serialize;

use super::asked;
use super::script::Candidate;
use crate::artifact::{Artifact, Comment};
use crate::escape::{javascript, shell as escape};
use crate::host::{self, Account, OnHost};
use crate::output::Output;
use crate::pm2;
use crate::template::Escaped;

/// The daemon and its files.
#[derive(Debug, Serialize)]
pub(super) struct Daemon {
    account: Escaped,
    home: Escaped,
    unit: Escaped,
    ecosystem: Escaped,
    helper: Escaped,
    /// What its unit reads secrets from.
    secrets: Option<Escaped>,
}

impl Daemon {
    pub(super) fn of(model: &Model, on_host: &OnHost<'_>, workload: &Workload, out: &mut Output) -> Self {
        let span = workload.name.span;
        let unit = pm2::unit_name(model);
        let home = format!("/var/lib/{unit}");
        let secrets = pm2::expects_secrets(&of_pm2(model, on_host)).then(|| pm2::secrets_file(model));
        let mut word = |text: &str| out.escaped(span, escape::word(text));
        Self {
            account: word(&Account::shared(&unit, home.clone()).name),
            home: word(&home),
            unit: word(&unit),
            ecosystem: word(&pm2::installed(model)),
            helper: word(&installed(model)),
            secrets: secrets.map(|file| word(&file)),
        }
    }
}

/// A candidate is told in the words of the shell what the ecosystem file tells the app otherwise.
pub(super) fn candidate(model: &Model, workload: &Workload, out: &mut Output) -> Option<Candidate> {
    let found = host::Candidate::of(model, workload, out)?;
    let listen = asked::listener(workload)?;
    let span = workload.name.span;
    let assignments = found.moved.iter().map(|told| {
        let assignment = format!("{}={}", told.name, told.value);
        out.escaped(told.span, escape::word(&assignment))
    });
    let assignments = assignments.collect();
    let next = host::at_next(workload);
    Some(Candidate {
        port: crate::address::instance_port(listen, found.instance),
        unit: None,
        from: out.escaped(span, escape::word(&host::release_directory(workload))),
        to: out.escaped(span, escape::word(&host::release_directory(&next))),
        assignments,
    })
}

/// All processes of an app share its port.
pub(super) fn ports(listen: &Listen) -> Vec<u16> {
    vec![listen.port.0]
}

/// The workloads of a host that PM2 runs.
fn of_pm2<'m>(model: &Model, on_host: &OnHost<'m>) -> Vec<&'m Workload> {
    let all = on_host.workloads.iter().copied();
    all.filter(|workload| matches!(model.platform(workload), Platform::Pm2(_)))
        .collect()
}

/// The file that the scripts of a host share.
pub(super) fn write_helper(model: &Model, on_host: &OnHost<'_>, out: &mut Output) {
    let workloads = of_pm2(model, on_host);
    let is_released = |workload: &&Workload| !workload.is_job() && host::releases_root(workload).is_some();
    if !workloads.iter().any(is_released) {
        return;
    }
    let note = javascript::remark(&format!("Install as {}.", installed(model)));
    let body = format!(
        "// {}\n//\n{}",
        note.as_str(),
        include_str!("../../templates/release/pm2.cjs")
    );
    let mut artifact = Artifact::new(format!("{}pm2.cjs", on_host.directory), body);
    artifact.comment = Comment::Slashes;
    out.push(artifact);
}

/// Where the file is on the machine.
fn installed(model: &Model) -> String {
    format!("{}/release-pm2.cjs", host::configuration_directory(model))
}
