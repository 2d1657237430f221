//! The probes that a kubelet asks.

use crate::budget::probes;
use crate::model::{Health, Model, Probe, ProbeCheck, Workload};

/// What a probe decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Startup,
    Readiness,
    Liveness,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
        }
    }

    /// What its failure does to the instance.
    pub(super) const fn consequence(self) -> &'static str {
        match self {
            Self::Startup | Self::Liveness => "restarted",
            Self::Readiness => "taken out of the traffic",
        }
    }
}

/// The probes of one container, with its name as it is shown: `api`, or `api/proxy` of a sidecar.
pub(super) struct Container<'m> {
    pub(super) workload: &'m Workload,
    pub(super) name: String,
    pub(super) health: &'m Health,
    pub(super) is_main: bool,
}

/// Every container that a kubelet looks after.
pub(super) fn containers(model: &Model) -> impl Iterator<Item = Container<'_>> {
    let asked = model
        .workloads
        .iter()
        .filter(|workload| !workload.is_job() && probes::are_asked(model, workload));
    asked.flat_map(|workload| {
        let main = Container {
            workload,
            name: workload.name.value.0.clone(),
            health: &workload.health,
            is_main: true,
        };
        let beside = workload.sidecar.iter().map(move |sidecar| Container {
            workload,
            name: format!("{}/{}", workload.name.value, sidecar.name.value),
            health: &sidecar.health,
            is_main: false,
        });
        std::iter::once(main).chain(beside)
    })
}

impl<'m> Container<'m> {
    /// Its probes.
    pub(super) fn probes(&self) -> impl Iterator<Item = (Kind, &'m Probe)> + use<'m> {
        let health = self.health;
        let all = [
            (Kind::Startup, &health.startup),
            (Kind::Readiness, &health.ready),
            (Kind::Liveness, &health.live),
        ];
        all.into_iter()
            .filter_map(|(kind, probe)| probe.as_ref().map(|probe| (kind, probe)))
    }
}

/// Whether two probes ask the same: the same path, program or service, at the same port.
pub(super) fn ask_the_same(one: &Probe, other: &Probe) -> bool {
    let port = |probe: &Probe| probe.port.as_ref().map(|port| port.value.clone());
    match (&one.check, &other.check) {
        (ProbeCheck::Http(one_path), ProbeCheck::Http(other_path)) => {
            one_path.value == other_path.value && port(one) == port(other)
        }
        (ProbeCheck::Exec(one), ProbeCheck::Exec(other)) => one.value.words() == other.value.words(),
        (ProbeCheck::Grpc(_), ProbeCheck::Grpc(_)) | (ProbeCheck::Tcp(_), ProbeCheck::Tcp(_)) => {
            port(one) == port(other)
        }
        _ => false,
    }
}
