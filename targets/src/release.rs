//! `release.sh` for each service on a host and for each site: it replaces a release by another, and takes that back when the
//! new one does not answer.
//!
//! It works on what the targets `pm2`, `systemd` and `nginx` put on the machine: directories from `host::layout`, units by
//! their names, the ecosystem file. A directory for each host, left out when there is only one; in it one for each service.

mod asked;
mod migration;
mod pm2;
mod script;
mod systemd;

use loadline_compiler::model::{Model, Platform, Site, TargetName, Workload};
use loadline_grammar::Span;

use crate::artifact::Artifact;
use crate::host::{self, OnHost};
use crate::output::Output;
use crate::template;

use script::Script;

/// What the script is called.
const FILE: &str = "release.sh";

/// What it is made of: what all begin with, what is tried beside the service, how it is replaced, and the order of all that.
const TEMPLATE: &str = concat!(
    include_str!("../templates/release/head.sh.j2"),
    include_str!("../templates/release/trial.sh.j2"),
    include_str!("../templates/release/replace.sh.j2"),
    include_str!("../templates/release/main.sh.j2"),
);

pub(crate) fn emit(model: &Model, out: &mut Output) {
    for on_host in host::by_host(model, |platform, host| {
        platform == Platform::Systemd(host) || platform == Platform::Pm2(host)
    }) {
        pm2::write_helper(model, &on_host, out);
        for workload in &on_host.workloads {
            let said = out.said();
            of_workload(model, &on_host, workload, out);
            out.about(said, workload.id);
        }
    }
    for site in &model.sites {
        let said = out.said();
        let directory = directory_of(model, site);
        if let Some(script) = Script::of_site(model, site, out) {
            write(&format!("{directory}{}", site.name.value), &script, site.name.span, out);
        }
        out.about(said, site.id);
    }
}

/// Whether releases are made by the script, and what it does need not be left to a person.
pub(crate) fn is_wanted(model: &Model) -> bool {
    crate::default_targets(model).contains(&TargetName::Release)
}

fn of_workload(model: &Model, on_host: &OnHost<'_>, workload: &Workload, out: &mut Output) {
    let Some(root) = host::releases_root(workload) else {
        let span = workload.working_dir.as_ref().map_or(workload.name.span, |dir| dir.span);
        out.not_expressible(
            span,
            format!("`{}` has no link that a release could move", workload.name.value),
            "no release.sh is written: name a directory below one that is called `current`",
        );
        return;
    };
    if let Some(script) = Script::of_workload(model, on_host, workload, &root, out) {
        let path = format!("{}{}", on_host.directory, workload.name.value);
        write(&path, &script, workload.name.span, out);
    }
}

/// As for workloads: empty when there is only one host.
fn directory_of(model: &Model, site: &Site) -> String {
    let named = site.runs_on.as_ref().and_then(|runs_on| model.host(runs_on.place.id));
    match named {
        Some(host) if 1 < model.hosts.len() => format!("{}/", host.name.value),
        _ => String::new(),
    }
}

fn write(directory: &str, script: &Script, span: Span, out: &mut Output) {
    match template::render(FILE, TEMPLATE, script) {
        Ok(body) => {
            let mut artifact = Artifact::new(format!("{directory}/{FILE}"), body);
            artifact.preamble = Some("#!/usr/bin/env bash".to_owned());
            artifact.executable = true;
            out.push(artifact);
        }
        Err(error) => out.refuse(span, error, "this is a bug of loadline: please report it"),
    }
}

#[cfg(test)]
mod tests;
