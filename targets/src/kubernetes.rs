//! Kubernetes objects: one file for each, and a kustomization that lists them.
//!
//! With several clusters each has a directory of its own.

mod analysis;
mod annotations;
mod argo;
mod behavior;
mod config_map;
mod container;
mod controller;
mod deployment;
mod env;
mod hpa;
mod ingress;
mod job;
mod kustomization;
mod lifecycle;
mod metadata;
mod migration;
mod names;
mod network_policy;
mod node;
mod objects;
mod patch;
mod pdb;
mod peers;
mod place;
mod pod;
mod probe;
mod resources;
mod rollout;
mod secret_ref;
mod security;
mod service;
mod service_account;
mod smoke;
mod stateful_set;
mod storage;
mod subject;
mod sweep;
mod units;
mod volume;

use loadline_compiler::model::{Model, Workload};

use crate::output::Output;
use config_map::ConfigSets;
use controller::Controller;
use ingress::Ingresses;
use objects::Objects;
use patch::Patches;
use place::Place;
use subject::Subject;
pub use sweep::SweepJob;

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let places = place::all(model, out);
    let several = 1 < places.len();
    let mut patches = Patches::new(&model.project.patch);
    for place in &places {
        let directory = match place.cluster {
            Some(cluster) if several => format!("{}/", cluster.name.value),
            _ => String::new(),
        };
        cluster(place, &mut Objects::new(out, directory, &mut patches));
    }
    patches.finish(out);
}

/// Everything of one cluster.
fn cluster(place: &Place<'_>, objects: &mut Objects<'_, '_>) {
    place.check_version(objects.out);
    subject::check_project_labels(place, objects.out);
    let ingresses = ingress::plan(place, objects.out);
    let sets = config_map::emit_sets(place, objects);
    network_policy::emit_default_deny(place, objects);
    network_policy::emit_solver(place, objects);
    for workload in &place.workloads {
        let said = objects.out.said();
        emit_workload(place, workload, &ingresses, &sets, objects);
        objects.out.about(said, workload.id);
    }
    ingresses.emit(objects);
    kustomization::emit(place, objects);
}

fn emit_workload<'m>(
    place: &'m Place<'m>,
    workload: &'m Workload,
    ingresses: &Ingresses<'m>,
    sets: &ConfigSets,
    objects: &mut Objects<'_, '_>,
) {
    let subject = &Subject::new(place, workload, objects.out);
    objects.span = workload.name.span;
    let parts = pod::parts(subject, sets, objects);
    service_account::emit(subject, objects);
    if workload.is_job() {
        network_policy::emit(subject, None, objects);
        let template = pod::of(subject, parts, None, objects.out);
        job::emit(subject, template, objects);
        return;
    }
    let controller = controller::of(subject, ingresses, objects.out);
    let gate = migration::emit(subject, &parts, objects);
    let smoke = match &controller {
        Controller::Rollout(progressive) => analysis::emit(subject, progressive, &parts, objects),
        Controller::Deployment | Controller::StatefulSet => None,
    };
    let claims = parts.storage.claims.clone();
    let template = pod::of(subject, parts, gate, objects.out);
    match &controller {
        Controller::Deployment => deployment::emit(subject, template, objects),
        Controller::StatefulSet => stateful_set::emit(subject, template, &claims, objects),
        Controller::Rollout(progressive) => rollout::emit(subject, progressive, template, objects),
    }
    service::emit(subject, &controller, objects);
    hpa::emit(subject, &controller, objects);
    pdb::emit(subject, objects);
    network_policy::emit(subject, smoke.as_deref(), objects);
}

#[cfg(test)]
mod tests;
