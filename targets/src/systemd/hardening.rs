//! What a unit may do.

use loadline_compiler::model::{Language, Workload};
use serde::Serialize;

use crate::escape::systemd as escape;
use crate::host::Storage;
use crate::output::Output;
use crate::template::Escaped;

/// Ports below this need a capability. Source: ip(7), `ip_unprivileged_port_start`.
const FIRST_FREE_PORT: u16 = 1024;

const BIND: &str = "CAP_NET_BIND_SERVICE";

/// The settings of the sandbox that differ between units. All others are the same everywhere and stand in the template.
///
/// Left out on purpose: `ProcSubset=pid`, since runtimes size themselves by `/proc/meminfo` and `/proc/cgroups`, and
/// without AF_NETLINK Node cannot list the machine's addresses.
#[derive(Debug, Serialize)]
pub(crate) struct Hardening {
    /// `yes`, or `read-only` when something it needs lies in a home directory.
    pub(crate) protect_home: Escaped,
    /// In one line; empty for none. In a user namespace they would mean nothing to the machine's network, so that
    /// `PrivateUsers=` is for units without.
    pub(crate) capabilities: Option<Escaped>,
    /// Off where a capability was given that exists for the sake of such calls.
    pub(crate) filters_privileged_calls: bool,
    /// Memory that is both written and executed: compilers at run time need it, and Node dies without.
    pub(crate) denies_write_execute: bool,
}

impl Hardening {
    /// Of one workload.
    pub(crate) fn of(workload: &Workload, storage: &Storage, out: &mut Output) -> Self {
        Self::of_all(&[workload], &[storage], out)
    }

    /// Of all workloads that run in one unit: what any of them needs.
    pub(crate) fn of_all(workloads: &[&Workload], storages: &[&Storage], out: &mut Output) -> Self {
        let mut capabilities: Vec<Escaped> = Vec::new();
        let mut add = |capability: Escaped| {
            if !capabilities.contains(&capability) {
                capabilities.push(capability);
            }
        };
        for workload in workloads {
            if let Some(written) = &workload.security.capabilities {
                for text in &written.value {
                    add(out.escaped(written.span, escape::capability(text)));
                }
            }
            let privileged = |port: u16| port < FIRST_FREE_PORT;
            if workload.listen.iter().any(|listen| privileged(listen.port.0)) {
                add(escape::fixed(BIND));
            }
        }
        let only_bind = capabilities.iter().all(|capability| capability.as_str() == BIND);
        Self {
            protect_home: escape::fixed(if needs_home(workloads, storages) {
                "read-only"
            } else {
                "yes"
            }),
            capabilities: (!capabilities.is_empty()).then(|| escape::names(&capabilities)),
            filters_privileged_calls: only_bind,
            denies_write_execute: workloads.iter().all(|workload| compiles_ahead(workload)),
        }
    }
}

impl Hardening {
    /// Of a unit whose main program is an interpreter, whatever it runs.
    pub(crate) fn of_an_interpreter(self) -> Self {
        Self {
            denies_write_execute: false,
            ..self
        }
    }
}

/// Go and Rust never make code at run time; of any other binary nobody knows.
fn compiles_ahead(workload: &Workload) -> bool {
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    matches!(language, Some(Language::Go | Language::Rust))
}

/// `ProtectHome=yes` makes these directories empty.
fn needs_home(workloads: &[&Workload], storages: &[&Storage]) -> bool {
    let inside = |path: &str| {
        ["/home", "/root", "/run/user"].iter().any(|root| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let of_workload = workloads.iter().any(|workload| {
        let program = crate::host::Program::main(workload);
        inside(&crate::host::release_directory(workload))
            || program.is_some_and(|program| program.words.iter().any(|word| inside(word)))
    });
    let of_storage = storages.iter().any(|storage| {
        storage.directories.iter().any(|directory| inside(&directory.path))
            || storage
                .mounted
                .iter()
                .any(|file| inside(&file.source) || inside(&file.target))
            || storage.memory.iter().any(|(path, _)| inside(path))
    });
    of_workload || of_storage
}
