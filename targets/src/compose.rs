//! A compose file for one machine: everything of the project in containers, whatever runs it elsewhere.
//!
//! It is the only place where datastores are written too; somebody else's services are not containers. Where compose is
//! not what runs the system, it is its local picture.

mod engines;
mod environment;
mod file;
mod health;
mod home;
mod labels;
mod mounts;
mod order;
mod resources;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod variables;
mod workload;

use std::collections::BTreeSet;

use loadline_compiler::model::{Model, ThingId};

use crate::artifact::Artifact;
use crate::output::Output;
use crate::yaml;
use file::{File, Network};
use order::Order;
use text::Text;

/// The network that everything is on. It has no way out.
const INTERNAL: &str = "internal";

/// The network of what is published, or connects to somebody else's service.
const PUBLIC: &str = "public";

/// Jobs are started by hand or by a schedule, not with everything else.
const JOBS: &str = "jobs";

const INTRODUCTION: &str = "\
# docker compose --file <this file> up --build --detach
#
# Secrets are variables of whoever runs it, or of a file `.env` beside it; `docker compose config --variables` lists them.
# Images are built from the project, which is at LOADLINE_PROJECT seen from here (../../.. by default), with Dockerfiles
# from LOADLINE_OUTPUTS seen from there (deploy by default).
";

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let mut file = File {
        name: Text::own(model.project.name()),
        ..File::default()
    };
    let mut order = Order::default();
    let mut published = BTreeSet::new();
    store::add(model, &mut file, out);
    for workload in &model.workloads {
        let said = out.said();
        order::add_stores(model, workload, &workload.name.value, &mut order);
        let surroundings = workload::surroundings(model, workload, &mut file, out);
        steps::add(model, workload, &surroundings, &mut file, &mut order, out);
        let mut service = workload::service(workload, surroundings, &mut published, out);
        if workload.is_job() && !is_waited_for(model, workload.id) {
            service.profiles = vec![Text::own(JOBS)];
        }
        file.services.insert(workload.name.value.0.clone(), service);
        home::workload(model, workload, out);
        out.about(said, workload.id);
    }
    order::add_calls(model, &mut order);
    for (name, service) in &mut file.services {
        service.depends_on = order.of(name);
    }
    add_networks(&mut file);
    home::project(model, out);
    match yaml::document(&file) {
        Ok(document) => {
            let body = format!("{INTRODUCTION}{document}");
            out.push(Artifact::new("compose.yaml", body));
        }
        Err(error) => out.refuse(model.project.span, error, "cannot be written"),
    }
}

fn is_waited_for(model: &Model, job: ThingId) -> bool {
    let steps = model.workloads.iter().flat_map(|workload| &workload.before);
    steps
        .filter_map(|before| before.wait_for.as_ref())
        .any(|thing| thing.id == job)
}

/// The networks that somebody is on.
fn add_networks(file: &mut File) {
    for name in [INTERNAL, PUBLIC] {
        let mut services = file.services.values();
        if services.any(|service| service.networks.contains_key(name)) {
            let internal = name == INTERNAL;
            file.networks.insert(name, Network { internal });
        }
    }
}

/// The name, with a number behind it if it is taken.
fn unused(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    let mut all = std::iter::once(name.to_owned()).chain(numbered);
    all.find(|name| !taken(name)).unwrap_or_default()
}
