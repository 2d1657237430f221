//! What the targets for processes on hosts share.
//!
//! A machine is laid out like this, and the units and PM2's file count on it:
//!
//! | path | what |
//! |---|---|
//! | `/srv/SERVICE/releases/…` | releases, a directory each |
//! | `/srv/SERVICE/current` | link to the release that runs; `run` is relative to it, or to `working_dir` |
//! | `/srv/SERVICE/next` | link to the release that is being tried |
//! | `/etc/PROJECT/SERVICE@N.env` | what only instance N is told |
//! | `/etc/PROJECT/SERVICE.secrets` | secrets, one `NAME=value` a line, readable by root alone |
//! | `/etc/PROJECT/files/SERVICE/…` | mounted configuration files |

mod account;
mod candidate;
mod environment;
mod inexpressible;
#[cfg(test)]
pub(crate) mod judge;
mod layout;
mod program;
mod storage;

use loadline_compiler::model::{Host, Model, Platform, ThingId, Workload};

pub(crate) use account::Account;
pub(crate) use candidate::Candidate;
pub(crate) use environment::{Told, text, told};
pub(crate) use inexpressible::warn;
pub(crate) use layout::{at_next, configuration_directory, release_directory, releases_root, service_directory};
pub(crate) use program::{Program, needs};
pub(crate) use storage::{Kept, Storage};

/// A host and what one process manager runs there.
pub(crate) struct OnHost<'m> {
    pub(crate) host: &'m Host,
    pub(crate) workloads: Vec<&'m Workload>,
    /// Directory of the host's files: empty when there is only one host, else `HOST/`.
    pub(crate) directory: String,
}

/// Hosts in the order of the model, those without such workloads left out.
pub(crate) fn by_host(model: &Model, runs_there: impl Fn(Platform, ThingId) -> bool) -> Vec<OnHost<'_>> {
    let on = |host: &Host| -> Vec<&Workload> {
        let all = model.workloads.iter();
        all.filter(|workload| runs_there(model.platform(workload), host.id))
            .collect()
    };
    let mut found: Vec<OnHost<'_>> = model
        .hosts
        .iter()
        .map(|host| OnHost {
            host,
            workloads: on(host),
            directory: format!("{}/", host.name.value),
        })
        .filter(|on_host| !on_host.workloads.is_empty())
        .collect();
    if let [only] = found.as_mut_slice() {
        only.directory.clear();
    }
    found
}

/// Whether PM2 starts the processes of an instance.
pub(crate) fn in_pm2_cluster(workload: &Workload) -> bool {
    workload.is_in_pm2_cluster()
}

/// Instances on each machine: `scale` counts per host, and hosts do not scale by themselves.
pub(crate) fn instances(workload: &Workload) -> u64 {
    if workload.is_job() {
        workload.parallel.value
    } else {
        workload.scale.max()
    }
}
