//! An ecosystem file for PM2, and a unit that starts its daemon when the machine starts.
//!
//! Checked against PM2 7.0.4. One directory for each host that runs PM2, left out when there is only one.

mod app;
mod environment;
mod inexpressible;
mod memory;
mod restart;
mod schedule;
mod script;
mod signal;
mod timing;
mod unit;

use loadline_compiler::model::{Model, Platform};
use serde::Serialize;

use crate::artifact::{Artifact, Comment};
use crate::escape::javascript as escape;
use crate::host::{self, OnHost};
use crate::output::Output;
use crate::template::Escaped;

use app::App;
pub(crate) use environment::expects_secrets;
pub(crate) use unit::name as unit_name;
pub(crate) use unit::secrets_file;

/// The file's name: PM2 reads `.cjs` as a module whatever the `package.json` around it says.
const FILE: &str = "ecosystem.config.cjs";

#[derive(Serialize)]
struct Ecosystem {
    notes: Vec<Escaped>,
    apps: Vec<App>,
}

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let runs_there = |platform, host| platform == Platform::Pm2(host);
    for on_host in host::by_host(model, runs_there) {
        for workload in &on_host.workloads {
            let said = out.said();
            host::warn(model, workload, "PM2", out);
            inexpressible::warn(model, workload, on_host.host, out);
            out.about(said, workload.id);
        }
        environment::secrets_agree(&on_host.workloads, out);
        let apps: Vec<App> = on_host
            .workloads
            .iter()
            .filter_map(|workload| {
                let said = out.said();
                let app = App::of(model, workload, out);
                out.about(said, workload.id);
                app
            })
            .collect();
        unit::write(model, &on_host, &apps, out);
        write(model, &on_host, apps, out);
    }
}

fn write(model: &Model, on_host: &OnHost<'_>, apps: Vec<App>, out: &mut Output) {
    let path = installed(model);
    let name = unit::name(model);
    let lines = [
        format!("Install as {path}."),
        format!("Start and stop it with {name}.service; release with `systemctl reload {name}`,"),
        "which gives PM2 the secrets too. `pm2 reload` succeeds whatever happens: verify.".to_owned(),
    ];
    let view = Ecosystem {
        notes: lines.iter().map(|line| escape::remark(line)).collect(),
        apps,
    };
    let source = include_str!("../templates/pm2/ecosystem.config.cjs.j2");
    let rendered = out.render("pm2/ecosystem.config.cjs.j2", source, &view, on_host.host.span);
    if let Some(rendered) = rendered {
        let mut artifact = Artifact::rendered(format!("{}{FILE}", on_host.directory), rendered);
        artifact.comment = Comment::Slashes;
        out.push(artifact);
    }
}

/// Where the file is on the machine.
pub(crate) fn installed(model: &Model) -> String {
    format!("{}/{FILE}", host::configuration_directory(model))
}

#[cfg(test)]
mod tests;
