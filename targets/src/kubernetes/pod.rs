//! Pods, as a controller makes them.

use std::borrow::Cow;

use loadline_compiler::model::{RestartPolicy, Spread, Workload};
use serde::Serialize;

use super::config_map::ConfigSets;
use super::container::{self, Container};
use super::env::{self, Environment};
use super::metadata::{Entries, PodMetadata, Selector};
use super::objects::Objects;
use super::secret_ref::Secrets;
use super::security::{self, PodSecurity};
use super::storage::{self, Storage};
use super::subject::Subject;
use super::volume::Volume;
use crate::escape::kubernetes as escape;
use crate::output::Output;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PodTemplate<'m> {
    pub(crate) metadata: PodMetadata<'m>,
    pub(crate) spec: PodSpec<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSpec<'m> {
    pub(crate) service_account_name: Cow<'m, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) automount_service_account_token: Option<bool>,
    /// Variables for every Service of the namespace collide with those of programs, and grow with it.
    enable_service_links: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restart_policy: Option<&'static str>,
    security_context: PodSecurity,
    termination_grace_period_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority_class_name: Option<&'m str>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    node_selector: Entries<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tolerations: Vec<Toleration<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) topology_spread_constraints: Vec<TopologySpread<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) init_containers: Vec<Container<'m>>,
    pub(crate) containers: Vec<Container<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) volumes: Vec<Volume<'m>>,
}

#[derive(Clone, Debug, Serialize)]
struct Toleration<'m> {
    key: &'m str,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'m str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopologySpread<'m> {
    max_skew: u64,
    topology_key: &'static str,
    when_unsatisfiable: &'static str,
    label_selector: Selector<'m>,
}

/// What the containers of a workload, its migration and its smoke check have in common.
pub(crate) struct Parts<'m> {
    pub(crate) environment: Environment<'m>,
    pub(crate) storage: Storage<'m>,
}

pub(crate) fn parts<'m>(subject: &Subject<'m>, sets: &ConfigSets, objects: &mut Objects<'_, '_>) -> Parts<'m> {
    let mut secrets = Secrets::of(subject.name);
    let storage = storage::of(subject, &mut secrets, objects);
    let environment = env::of(subject, &mut secrets, sets, objects.out);
    Parts { environment, storage }
}

/// The pods of a workload. `gate` is a ConfigMap that must exist before they start.
pub(crate) fn of<'m>(
    subject: &Subject<'m>,
    parts: Parts<'m>,
    gate: Option<String>,
    out: &mut Output,
) -> PodTemplate<'m> {
    let workload = subject.workload;
    let Parts {
        environment,
        mut storage,
    } = parts;
    said(workload, out);
    let mut init_containers = Vec::new();
    let mut containers = Vec::new();
    for sidecar in &workload.sidecar {
        let container = container::sidecar(subject, sidecar, &mut storage, out);
        if container::native_sidecars(subject) {
            init_containers.push(container);
        } else {
            containers.push(container);
        }
    }
    let mounts = storage.mounts.clone();
    let steps = workload.before.iter();
    init_containers.extend(steps.filter_map(|step| container::before(subject, step, &environment, &mounts, out)));
    if let Some(gate) = gate {
        storage.require(gate, super::migration::GATE_PATH);
    }
    containers.insert(0, container::main(subject, environment, storage.mounts.clone(), out));
    distinct(workload, &init_containers, &containers, out);
    if let Some(sidecar) = workload.sidecar.first()
        && workload.is_job()
        && !container::native_sidecars(subject)
    {
        let message = "before Kubernetes 1.29 a job does not end while its sidecars run";
        out.not_expressible(sidecar.span, message, "it must be ended by the job itself");
    }
    let mut spec = spec(subject, containers, out);
    spec.init_containers = init_containers;
    spec.volumes = storage.volumes;
    spec.topology_spread_constraints = spread(subject);
    PodTemplate {
        metadata: subject.pods(subject.name),
        spec,
    }
}

/// A pod of the workload's account, place and privileges, with other containers.
pub(crate) fn spec<'m>(subject: &Subject<'m>, containers: Vec<Container<'m>>, out: &mut Output) -> PodSpec<'m> {
    let workload = subject.workload;
    let placement = workload.placement.as_ref();
    let mut node_selector = Entries::default();
    let mut tolerations = Vec::new();
    for pair in placement.iter().flat_map(|placement| &placement.node) {
        out.escape(&pair.name, |key| escape::label_key(key).map(|_| ()));
        out.escape(&pair.value, |value| escape::label_value(value).map(|_| ()));
        node_selector.set(pair.name.value.as_str(), pair.value.value.0.as_str());
    }
    for taint in placement.iter().flat_map(|placement| &placement.tolerate) {
        out.escape(&taint.key, |key| escape::label_key(key).map(|_| ()));
        if let Some(value) = &taint.value {
            out.escape(value, |value| escape::label_value(value).map(|_| ()));
        }
        tolerations.push(Toleration {
            key: &taint.key.value.0,
            operator: if taint.value.is_some() { "Equal" } else { "Exists" },
            value: taint.value.as_ref().map(|value| value.value.0.as_str()),
        });
    }
    let priority = placement.and_then(|placement| placement.priority.as_ref());
    if let Some(priority) = priority {
        out.escape(priority, |name| escape::subdomain(name).map(|_| ()));
    }
    let account = placement.and_then(|placement| placement.account.as_ref());
    PodSpec {
        service_account_name: account.map_or(subject.name, |name| &name.value.0).into(),
        // Whoever names an account of their own decides there.
        automount_service_account_token: account.is_none().then_some(false),
        enable_service_links: false,
        restart_policy: None,
        security_context: security::pod(workload),
        termination_grace_period_seconds: workload.shutdown.grace().ceil_seconds(),
        priority_class_name: priority.map(|name| name.value.0.as_str()),
        node_selector,
        tolerations,
        topology_spread_constraints: Vec::new(),
        init_containers: Vec::new(),
        containers,
        volumes: Vec::new(),
    }
}

/// A pod of no workload, which needs no privilege and no access to the cluster.
pub(crate) fn of_its_own<'m>(
    account: &'m str,
    containers: Vec<Container<'m>>,
    volumes: Vec<Volume<'m>>,
) -> PodSpec<'m> {
    PodSpec {
        service_account_name: account.into(),
        automount_service_account_token: Some(false),
        enable_service_links: false,
        restart_policy: Some("Never"),
        security_context: security::unprivileged(),
        termination_grace_period_seconds: 5,
        priority_class_name: None,
        node_selector: Entries::default(),
        tolerations: Vec::new(),
        topology_spread_constraints: Vec::new(),
        init_containers: Vec::new(),
        containers,
        volumes,
    }
}

/// Evenly over nodes, and over zones where there are several. Naming either turns off the scheduler's own spreading
/// over both, so zones never stand alone. Source: kube-scheduler, `PodTopologySpread` defaults.
fn spread<'m>(subject: &Subject<'m>) -> Vec<TopologySpread<'m>> {
    let workload = subject.workload;
    let asked = workload
        .placement
        .as_ref()
        .and_then(|placement| placement.spread.as_ref());
    let pods = if workload.is_job() {
        // A run is over soon: only who asks for it has it spread.
        asked.map_or(1, |_| workload.parallel.value)
    } else {
        workload.scale.max()
    };
    if pods < 2 {
        return Vec::new();
    }
    let zones = subject.place.cluster.is_some_and(|cluster| 1 < cluster.zones.value);
    let by_zone = asked.map_or(zones, |spread| spread.value == Spread::Zone);
    let zone = by_zone.then_some("topology.kubernetes.io/zone");
    let keys = zone.into_iter().chain(["kubernetes.io/hostname"]);
    keys.map(|topology_key| TopologySpread {
        max_skew: 1,
        topology_key,
        when_unsatisfiable: "ScheduleAnyway",
        label_selector: subject.selector(subject.name),
    })
    .collect()
}

/// Containers of a pod share a namespace of names.
fn distinct(workload: &Workload, init: &[Container<'_>], containers: &[Container<'_>], out: &mut Output) {
    let mut names: Vec<&str> = Vec::new();
    for container in containers.iter().chain(init) {
        if names.contains(&container.name.as_ref()) {
            let message = format!("two containers of a pod would be called `{}`", container.name);
            let sidecars = workload.sidecar.iter().map(|sidecar| &sidecar.name);
            let steps = workload.before.iter().map(|step| &step.name);
            let mut named = sidecars.chain(steps).filter(|name| name.value.0 == container.name);
            let span = named.next_back().map_or(workload.span, |name| name.span);
            out.refuse(span, message, "give it another name");
        }
        names.push(&container.name);
    }
}

/// Settings that mean nothing to Kubernetes, each said once.
fn said(workload: &Workload, out: &mut Output) {
    security::check(workload, out);
    let processes = &workload.processes;
    if processes.is_written() && processes.value != loadline_compiler::model::Processes::Count(1) {
        let message = "Kubernetes starts one process in a container";
        out.remark(processes.span, message, "`run` itself must start the others");
    }
    let signals = workload.shutdown.signals.as_ref();
    if let Some((signals, signal)) = signals.zip(crate::docker::stop_signal(workload)) {
        let message = "Kubernetes sends the signal that the image names";
        let consequence = format!(
            "the image must say `STOPSIGNAL {}`, as the one of the target `docker` does",
            signal.word()
        );
        out.remark(signals.span, message, consequence);
    }
    if workload.is_job() {
        return;
    }
    if let Some(restart) = &workload.restart {
        if restart.policy.is_written() && restart.policy.value != RestartPolicy::Always {
            let message = "Kubernetes always restarts the processes of a service or worker";
            out.not_expressible(restart.policy.span, message, "it is restarted whatever it ended with");
        }
        let backoff = "it waits 10s, 20s, 40s and so on up to 5m, and never gives up";
        if restart.delay.is_written() {
            let message = "the delay before a restart is Kubernetes' own";
            out.remark(restart.delay.span, message, backoff);
        }
        if let Some(limit) = &restart.limit {
            out.not_expressible(limit.span, "Kubernetes has no limit of restarts", backoff);
        }
    }
}
