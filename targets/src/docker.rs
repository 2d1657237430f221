//! Dockerfiles: one for everything that has a `build` block, and beside each what its build does not see.
//!
//! Services, workers and jobs become an image of their program; a site becomes a build that ends in files. BuildKit
//! takes `Dockerfile.dockerignore` before a `.dockerignore` of the context, so the project's own is never touched.

mod export;
mod health;
mod ignore;
mod image;
mod labels;
pub(crate) mod probe;
pub(crate) mod recipe;
#[cfg(test)]
mod tests;
mod view;
pub(crate) mod wanted;

use loadline_compiler::model::{Model, Signal, Workload};
use loadline_grammar::Span;

use crate::artifact::Artifact;
use crate::output::Output;
use view::View;

/// The user of an image where the spec names none.
///
/// Above 10000 a number collides with no user of the machine: kube-score, container-security-context-user-group-id.
const USER_DEFAULT: u64 = 10_001;

/// Which release of the syntax reads the file; the newest 1.x, as BuildKit's documentation advises.
const PREAMBLE: &str = "# syntax=docker/dockerfile:1";

pub(crate) fn emit(model: &Model, out: &mut Output) {
    for workload in &model.workloads {
        if let Some(build) = &workload.build {
            let said = out.said();
            let view = image::view(model, workload, build, out);
            write(&workload.name.value, workload.span, &view, out);
            out.about(said, workload.id);
        }
    }
    for site in &model.sites {
        if let Some(build) = &site.build {
            let said = out.said();
            let view = export::view(site, build, out);
            write(&site.name.value, site.span, &view, out);
            out.about(said, site.id);
        }
    }
}

fn write(name: &str, span: Span, view: &View, out: &mut Output) {
    let source = include_str!("../templates/docker/Dockerfile.j2");
    let dockerfile = out.render("docker/Dockerfile.j2", source, &view.dockerfile, span);
    let source = include_str!("../templates/docker/dockerignore.j2");
    let ignore = out.render("docker/dockerignore.j2", source, &view.ignore, span);
    if let Some((dockerfile, ignore)) = dockerfile.zip(ignore) {
        let mut artifact = Artifact::rendered(format!("{name}/Dockerfile"), dockerfile);
        artifact.preamble = Some(PREAMBLE.to_owned());
        out.push(artifact);
        out.push(Artifact::rendered(format!("{name}/Dockerfile.dockerignore"), ignore));
    }
}

/// The numbers of user and group: a name in an image cannot be checked to be other than root.
pub(crate) fn user(workload: &Workload) -> (u64, u64) {
    let security = &workload.security;
    let user = security.user.as_ref().map_or(USER_DEFAULT, |user| user.value);
    let group = security.group.as_ref().map_or(user, |group| group.value);
    (user, group)
}

/// The signal that asks it to stop, where SIGTERM would not be heard.
pub(crate) fn stop_signal(workload: &Workload) -> Option<Signal> {
    let signals = &workload.shutdown.signals.as_ref()?.value;
    if signals.contains(&Signal::Term) {
        return None;
    }
    signals.first().copied()
}
