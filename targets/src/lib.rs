//! Model to files. A target returns texts and findings; it reads and writes nothing.
//!
//! Structured formats (Kubernetes objects, compose files) are typed values that go through `yaml`; text formats
//! (Dockerfiles, units, nginx, PM2) are templates that hold layout only: every decision is made in the view struct, and
//! a value that was not escaped for its format does not render.

mod address;
mod alerts;
mod artifact;
mod ci;
mod compose;
mod cron;
mod docker;
mod environment;
mod escape;
mod host;
mod image;
mod kubernetes;
mod lock_timeout;
mod names;
mod nginx;
mod output;
mod overrides;
mod pm2;
mod release;
#[cfg(test)]
mod round_trip;
mod runbook;
mod systemd;
mod template;
#[cfg(test)]
mod testing;
mod yaml;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{Model, Platform, TargetName, Workload};
use loadline_compiler::rules::operations;

pub use artifact::{Artifact, Comment, digest};
pub use kubernetes::SweepJob;
pub use output::Output;
pub use overrides::{Overrides, TEMPLATES};

/// What a target makes of a model. Paths are relative to the target's own directory.
#[must_use]
pub fn emit(model: &Model, target: TargetName) -> Output {
    emit_with(model, target, &Overrides::default())
}

/// The same with templates of the project in place of ours.
#[must_use]
pub fn emit_with(model: &Model, target: TargetName, overrides: &Overrides) -> Output {
    let mut out = Output {
        overrides: overrides.clone(),
        ..Output::default()
    };
    match target {
        TargetName::Docker => docker::emit(model, &mut out),
        TargetName::Compose => compose::emit(model, &mut out),
        TargetName::Kubernetes => kubernetes::emit(model, &mut out),
        TargetName::Systemd => systemd::emit(model, &mut out),
        TargetName::Pm2 => pm2::emit(model, &mut out),
        TargetName::Nginx => nginx::emit(model, &mut out),
        TargetName::Release => release::emit(model, &mut out),
        TargetName::Alerts => alerts::emit(model, &mut out),
        TargetName::Runbook => runbook::emit(model, &mut out),
        TargetName::Ci => ci::emit(model, &mut out),
    }
    out.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Overrides that would change nothing, whatever is written: patches of outputs that are no objects, and templates that
/// replace none.
#[must_use]
pub fn refused(model: &Model, overrides: &Overrides) -> Vec<Diagnostic> {
    let rule = &operations::override_not_applied::RULE;
    let patches = model.project.patch.iter();
    let patches = patches
        .filter(|patch| patch.target.value != TargetName::Kubernetes)
        .map(|patch| {
            let message = format!("outputs of `{}` cannot be patched", patch.target.value.word());
            Diagnostic::new(rule, message, patch.target.span, "only objects of `kubernetes` can")
                .help("replace its template: `project { templates \"FOLDER\" }`, where it has one")
        });
    patches.chain(overrides.unknown()).collect()
}

/// What is written when neither the project nor the command line says: what the spec has a place for.
#[must_use]
pub fn default_targets(model: &Model) -> Vec<TargetName> {
    if let Some(targets) = &model.project.targets {
        return targets.value.clone();
    }
    let runs_on =
        |wanted: fn(Platform) -> bool| model.workloads.iter().any(|workload| wanted(model.platform(workload)));
    let mut targets = Vec::new();
    let mut add = |target: TargetName, wanted: bool| {
        if wanted {
            targets.push(target);
        }
    };
    add(
        TargetName::Docker,
        model.workloads.iter().any(|workload| workload.build.is_some()),
    );
    add(
        TargetName::Kubernetes,
        runs_on(|platform| matches!(platform, Platform::Kubernetes(_))),
    );
    add(
        TargetName::Systemd,
        runs_on(|platform| matches!(platform, Platform::Systemd(_))),
    );
    add(
        TargetName::Pm2,
        runs_on(|platform| matches!(platform, Platform::Pm2(_))),
    );
    let on_host = model.gateways.iter().any(|gateway| nginx::is_on_host(model, gateway));
    add(TargetName::Nginx, on_host);
    // Nothing else carries out what a rollout asks for after a reload.
    let verifies = |workload: &Workload| {
        workload
            .rollout
            .as_ref()
            .is_some_and(|rollout| rollout.verify.is_some())
    };
    add(
        TargetName::Release,
        model
            .workloads
            .iter()
            .any(|workload| model.platform(workload).is_host() && verifies(workload)),
    );
    targets
}
