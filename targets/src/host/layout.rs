//! Where things are on a machine.

use loadline_compiler::model::{Model, Workload};

/// `/srv/SERVICE`: the releases of a workload and the link to the current one.
pub(crate) fn service_directory(workload: &Workload) -> String {
    format!("/srv/{}", workload.name.value)
}

/// What `run` is relative to, and where the process starts: `working_dir`, or the current release.
pub(crate) fn release_directory(workload: &Workload) -> String {
    match &workload.working_dir {
        Some(directory) => directory.value.0.clone(),
        None => format!("{}/current", service_directory(workload)),
    }
}

/// `/etc/PROJECT`: what the project's processes are told.
pub(crate) fn configuration_directory(model: &Model) -> String {
    format!("/etc/{}", model.project.name())
}
