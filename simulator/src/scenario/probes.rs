//! What a kubelet asks the instances of a service.

use loadline_compiler::model::{Platform, Probe as Written, Workload};

use super::Reading;
use crate::kubelet::{Probing, Role};
use crate::system::{Probe, Probes};

/// The probes of a workload. On a host nobody asks.
pub(super) fn probes(reading: &Reading<'_>, workload: &Workload) -> Probes {
    if !matches!(reading.model.platform(workload), Platform::Kubernetes(_)) {
        return Probes::default();
    }
    let health = &workload.health;
    let probe = |role, written: &Option<Written>| written.as_ref().map(|written| probe(reading, role, written));
    Probes {
        startup: probe(Role::Startup, &health.startup),
        ready: probe(Role::Readiness, &health.ready),
        live: probe(Role::Liveness, &health.live),
    }
}

fn probe(reading: &Reading<'_>, role: Role, written: &Written) -> Probe {
    let checks = || written.checks.iter().flat_map(|checks| &checks.value);
    Probe {
        probing: Probing::new(role, written),
        stores: checks()
            .filter_map(|thing| reading.stores.get(&thing.id).copied())
            .collect(),
        services: checks()
            .filter_map(|thing| reading.services.get(&thing.id).copied())
            .collect(),
    }
}
