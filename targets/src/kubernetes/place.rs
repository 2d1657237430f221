//! A cluster as a place for objects: what runs there, and who reaches whom.

use std::collections::BTreeMap;

use loadline_compiler::model::{CallKind, Cluster, Expose, Gateway, Listen, Model, Platform, ThingId, Workload};

use crate::address::Network;
use crate::output::Output;

/// The oldest version that is written for. Before it a CronJob has no time zone, and there are no schemas to judge by.
const OLDEST: (u64, u64) = (1, 25);

/// A cluster, or the only imaginable one of a spec that declares none.
pub(crate) struct Place<'m> {
    pub(crate) model: &'m Model,
    pub(crate) cluster: Option<&'m Cluster>,
    pub(crate) namespace: &'m str,
    pub(crate) workloads: Vec<&'m Workload>,
    pub(crate) gateways: Vec<&'m Gateway>,
    /// Who calls a workload, on which of its ports.
    callers: BTreeMap<ThingId, Vec<(&'m str, u16)>>,
    /// Ports of a workload to which gateways of this cluster route.
    routed: BTreeMap<ThingId, Vec<(&'m Gateway, u16)>>,
}

/// Every cluster of the model that something runs on.
pub(crate) fn all<'m>(model: &'m Model, out: &mut Output) -> Vec<Place<'m>> {
    let mut ids: Vec<Option<ThingId>> = vec![None];
    ids.extend(model.clusters.iter().map(|cluster| Some(cluster.id)));
    let mut workloads: BTreeMap<Option<ThingId>, Vec<&Workload>> = BTreeMap::new();
    for workload in &model.workloads {
        if let Platform::Kubernetes(place) = model.platform(workload) {
            workloads.entry(place).or_default().push(workload);
        }
    }
    let gateways = gateways(model, &workloads, out);
    let places = ids.into_iter().map(|id| Place::new(model, id, &workloads, &gateways));
    places
        .filter(|place| !place.workloads.is_empty() || !place.gateways.is_empty())
        .collect()
}

type ByPlace<'m, T> = BTreeMap<Option<ThingId>, Vec<&'m T>>;

/// A gateway is an Ingress where there are clusters and no hosts.
fn gateways<'m>(model: &'m Model, workloads: &ByPlace<'m, Workload>, out: &mut Output) -> ByPlace<'m, Gateway> {
    let mut found: ByPlace<'m, Gateway> = BTreeMap::new();
    for gateway in &model.gateways {
        match gateway.place {
            Some(place) if model.cluster(place).is_some() => {
                found.entry(Some(place)).or_default().push(gateway);
            }
            Some(_) => {}
            None if 1 < model.clusters.len() && model.hosts.is_empty() => {
                let name = &gateway.name.value;
                let message = format!("`{name}` does not say on which cluster it runs");
                out.refuse(gateway.span, message, "needs `runs_on`");
            }
            None if model.hosts.is_empty() && workloads.contains_key(&None) => {
                found.entry(None).or_default().push(gateway);
            }
            None => {}
        }
    }
    found
}

impl<'m> Place<'m> {
    fn new(
        model: &'m Model,
        id: Option<ThingId>,
        workloads: &ByPlace<'m, Workload>,
        gateways: &ByPlace<'m, Gateway>,
    ) -> Self {
        let cluster = id.and_then(|id| model.cluster(id));
        let namespace = cluster
            .and_then(|cluster| cluster.namespace.as_ref())
            .map_or_else(|| model.project.name(), |name| name.value.0.as_str());
        let mut place = Self {
            model,
            cluster,
            namespace,
            workloads: workloads.get(&id).cloned().unwrap_or_default(),
            gateways: gateways.get(&id).cloned().unwrap_or_default(),
            callers: BTreeMap::new(),
            routed: BTreeMap::new(),
        };
        place.connect();
        place
    }

    fn connect(&mut self) {
        for &caller in &self.workloads {
            // A client that is redirected goes there itself.
            let calls = caller.calls.iter();
            for call in calls.filter(|call| call.kind.value != CallKind::Redirect) {
                let callee = &call.callee.value;
                if let Some(listen) = self.listener(callee.id, callee.listener.as_deref()) {
                    let port = listen.port.value.0;
                    self.callers
                        .entry(callee.id)
                        .or_default()
                        .push((&caller.name.value, port));
                }
            }
        }
        for &gateway in &self.gateways {
            for route in &gateway.route {
                let target = &route.target.value;
                if let Some(listen) = self.listener(target.id, target.listener.as_deref()) {
                    let port = listen.port.value.0;
                    self.routed.entry(target.id).or_default().push((gateway, port));
                }
            }
        }
    }

    /// A listener of a workload that runs here.
    pub(crate) fn listener(&self, thing: ThingId, name: Option<&str>) -> Option<&'m Listen> {
        let workload = self.model.workload(thing).filter(|workload| self.runs(workload))?;
        workload.listener(name)
    }

    /// Whether a workload runs here.
    pub(crate) fn runs(&self, workload: &Workload) -> bool {
        let here = Platform::Kubernetes(self.cluster.map(|cluster| cluster.id));
        self.model.platform(workload) == here
    }

    /// Names of the workloads that call this one, and on which port.
    pub(crate) fn callers(&self, workload: &Workload) -> &[(&'m str, u16)] {
        self.callers.get(&workload.id).map_or(&[], Vec::as_slice)
    }

    /// Gateways that route to a workload, and to which port.
    pub(crate) fn routed(&self, workload: &Workload) -> &[(&'m Gateway, u16)] {
        self.routed.get(&workload.id).map_or(&[], Vec::as_slice)
    }

    /// Whether the cluster has this version; one that does not say is taken to be of our time.
    pub(crate) fn at_least(&self, major: u64, minor: u64) -> bool {
        let version = self.cluster.and_then(|cluster| cluster.version.as_ref());
        version.is_none_or(|version| version.at_least(major, minor))
    }

    /// Refuses a version that would read something else than what is written.
    pub(crate) fn check_version(&self, out: &mut Output) {
        let (major, minor) = OLDEST;
        let version = self.cluster.and_then(|cluster| cluster.version.as_ref());
        if let Some(version) = version.filter(|version| !version.at_least(major, minor)) {
            let message = format!("objects are not written for Kubernetes {}", version.value);
            out.refuse(version.span, message, format!("{major}.{minor} is the oldest"));
        }
    }

    /// How addresses are written here.
    pub(crate) fn network(&self) -> Network<'m> {
        Network::Kubernetes {
            cluster: self.cluster.map(|cluster| cluster.id),
            namespace: self.namespace,
        }
    }
}

/// Ports that are reached from outside the cluster.
pub(crate) fn is_open(listen: &Listen) -> bool {
    listen.expose.value != Expose::Cluster
}
