//! Migrations as Jobs, and what waits for them.
//!
//! Kubernetes knows no order between a Job and the pods that need it: `kubectl apply` sends everything at once, and the
//! ordering annotations of Helm and Argo CD mean nothing to it. So a migration that runs `before` leaves a mark that the
//! kubelet itself waits for: pods of the workload mount a ConfigMap that does not exist until the Job, having migrated,
//! creates it. A pod whose volume is missing does not start a container, and its rollout makes no progress; old pods
//! go on serving. The mark stays when the Job is gone, so pods that are started later do not depend on it, and they
//! need no access to the cluster's API. Only the Job's last container has it, for this one ConfigMap.
//!
//! A migration that runs `after` is suspended: a Deployment counts as complete while its old pods still end, and
//! nothing in the cluster says when the last one is gone.

use loadline_compiler::model::{Migrate, MigrateWhen};
use serde::Serialize;
use serde_json::json;

use super::container::{self, Container};
use super::env::{EnvVar, Environment};
use super::job::{self, JobSpec, KEPT_SECONDS};
use super::metadata::{Metadata, Object};
use super::names;
use super::network_policy;
use super::objects::Objects;
use super::peers::{self, API_PORTS, Peer};
use super::pod::{self, Parts, PodTemplate};
use super::subject::Subject;
use super::units;
use super::volume::{Mount, Volume};
use crate::lock_timeout;

/// Where pods mount the mark.
pub(crate) const GATE_PATH: &str = "/run/loadline/migrated";

/// Carries the mark to the container that creates it.
const MARK_ANNOTATION: &str = "loadline/mark";
const MARK_FIELD: &str = "metadata.annotations['loadline/mark']";
const MARK_PATH: &str = "/run/loadline/mark";
const MARK_FILE: &str = "configmap.json";

/// The cluster's own client, by its project: no shell, and nothing else in it.
const KUBECTL: &str = "registry.k8s.io/kubectl:v1.34.1";

/// Where clients look for the token. Source: client-go, `InClusterConfig`.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A migration that waits for a lock gives up and is tried again.
const RETRIES: u64 = 3;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Role<'m> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'m>,
    rules: [Rule; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: [&'static str; 1],
    resources: [&'static str; 1],
    resource_names: [String; 1],
    verbs: [&'static str; 3],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleBinding<'m> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'m>,
    role_ref: RoleRef<'m>,
    subjects: [Account<'m>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleRef<'m> {
    api_group: &'static str,
    kind: &'static str,
    name: &'m str,
}

#[derive(Serialize)]
struct Account<'m> {
    kind: &'static str,
    name: &'m str,
    namespace: &'m str,
}

/// Writes the Job of a migration; returns the ConfigMap that the workload's pods wait for.
pub(crate) fn emit<'m>(subject: &Subject<'m>, parts: &Parts<'m>, objects: &mut Objects<'_, '_>) -> Option<String> {
    let migrate = subject.workload.migrate.as_ref()?;
    let when = migrate.when.value;
    if when == MigrateWhen::OnStart {
        return None;
    }
    if migrate.run.is_none() {
        let message = format!("the migration of `{}` does not say what to run", subject.name);
        objects.out.refuse(migrate.span, message, "needs `run`");
        return None;
    }
    let name = names::suffixed(subject.name, "migrate");
    let mut spec = spec(subject, migrate, parts, &name, objects);
    if when == MigrateWhen::After {
        after(subject, migrate, &name, spec, objects);
        return None;
    }
    // The mark is named after the Job's content, and is then part of it.
    let digest = job::digest(&spec);
    let mark = format!("{}-migrated-{digest}", subject.name);
    marked(subject, &mark, &mut spec);
    add_job(subject, &name, &digest, spec, objects);
    allow(subject, &name, &mark, objects);
    let mut allowed = peers::of_migration(subject, &migrate.uses, objects.out);
    allowed.entry(Peer::Anywhere).or_default().extend(API_PORTS);
    network_policy::emit_for(subject, &name, &allowed, objects);
    Some(mark)
}

/// Suspended until somebody, or a pipeline, has seen the old pods go.
fn after<'m>(
    subject: &Subject<'m>,
    migrate: &Migrate,
    name: &str,
    mut spec: JobSpec<'m>,
    objects: &mut Objects<'_, '_>,
) {
    spec.suspend = Some(true);
    let digest = job::digest(&spec);
    let job = names::suffixed(name, &digest);
    let message = format!(
        "Kubernetes does not know when the last old pod of `{}` is gone",
        subject.name
    );
    let consequence = format!(
        "its Job is suspended: resume it then with `kubectl -n {} patch job {job} -p '{{\"spec\":{{\"suspend\":false}}}}'`",
        subject.place.namespace
    );
    objects.out.remark(migrate.when.span, message, consequence);
    add_job(subject, name, &digest, spec, objects);
    let allowed = peers::of_migration(subject, &migrate.uses, objects.out);
    network_policy::emit_for(subject, name, &allowed, objects);
}

/// A Job that runs the migration once, with the image and the configuration of the workload.
fn spec<'m>(
    subject: &Subject<'m>,
    migrate: &'m Migrate,
    parts: &Parts<'m>,
    name: &str,
    objects: &mut Objects<'_, '_>,
) -> JobSpec<'m> {
    let mut environment: Environment<'m> = parts.environment.clone();
    let told = lock_timeout::variable(subject.place.model, subject.workload, migrate, objects.out);
    let told = told.map(|(name, value)| EnvVar::plain(name, value));
    environment.variables.extend(told);
    let mounts = parts.storage.mounts.iter();
    let claimed = |mount: &&Mount<'m>| {
        let mut claims = parts.storage.claims.iter();
        !claims.any(|claim| claim.name.value.0 == mount.name)
    };
    let mounts: Vec<Mount<'m>> = mounts.filter(claimed).cloned().collect();
    let mut container = container::base(subject, "migrate", environment, mounts);
    if let Some(run) = &migrate.run {
        container.command = container::command(subject.workload, true, &run.value, run.span, objects.out);
    }
    let mut pod = pod::spec(subject, vec![container], objects.out);
    pod.restart_policy = Some("Never");
    pod.volumes = parts.storage.volumes.clone();
    let timeout = migrate.timeout.as_ref();
    let template = PodTemplate {
        metadata: subject.pods(name.to_owned()),
        spec: pod,
    };
    JobSpec {
        active_deadline_seconds: timeout.map(|time| units::seconds(time, "timeout", objects.out)),
        ttl_seconds_after_finished: Some(KEPT_SECONDS),
        pod_replacement_policy: job::replacement(subject),
        ..JobSpec::once(RETRIES, template)
    }
}

/// Migrates first, and creates the mark when that succeeded.
fn marked<'m>(subject: &Subject<'m>, mark: &str, spec: &mut JobSpec<'m>) {
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": mark, "namespace": subject.place.namespace },
        "immutable": true,
        "data": { "migrated": subject.name },
    });
    let template = &mut spec.template;
    template.metadata.annotations.set(MARK_ANNOTATION, manifest.to_string());
    let pod = &mut template.spec;
    pod.init_containers = std::mem::take(&mut pod.containers);
    let mut client = Container::new("mark", KUBECTL);
    client.args = [
        "apply".to_owned(),
        "--server-side".to_owned(),
        "--field-manager=loadline".to_owned(),
        // Without asking for every schema of the cluster.
        "--validate=false".to_owned(),
        "--cache-dir=/tmp".to_owned(),
        format!("--filename={MARK_PATH}/{MARK_FILE}"),
    ]
    .map(Into::into)
    .into();
    let mount = |name: &'static str, path: &'static str, read_only: bool| Mount {
        name: name.into(),
        mount_path: path.into(),
        sub_path: None,
        read_only: read_only.then_some(true),
    };
    client.volume_mounts = vec![
        mount("mark--manifest", MARK_PATH, true),
        mount("mark--token", TOKEN_PATH, true),
        mount("mark--tmp", "/tmp", false),
    ];
    pod.containers = vec![client];
    pod.volumes.push(Volume::field("mark--manifest", MARK_FILE, MARK_FIELD));
    pod.volumes.push(Volume::api_access("mark--token"));
    pod.volumes.push(Volume::empty("mark--tmp", None, None));
}

fn add_job<'m>(subject: &Subject<'m>, name: &str, digest: &str, spec: JobSpec<'m>, objects: &mut Objects<'_, '_>) {
    let job = names::suffixed(name, digest);
    let object = Object {
        api_version: "batch/v1",
        kind: "Job",
        metadata: metadata(subject, job.clone(), name),
        spec,
    };
    objects.add("Job", &job, &object);
}

fn metadata<'m>(subject: &Subject<'m>, name: String, identity: &str) -> Metadata<'m> {
    Metadata {
        labels: subject.labels(identity.to_owned()),
        ..subject.metadata(name)
    }
}

/// Lets the Job create the mark, and nothing else. Server-side apply checks the name when it creates too.
/// Source: apiserver, endpoints/handlers/patch.go.
fn allow(subject: &Subject<'_>, name: &str, mark: &str, objects: &mut Objects<'_, '_>) {
    let role = Role {
        api_version: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: metadata(subject, name.to_owned(), name),
        rules: [Rule {
            api_groups: [""],
            resources: ["configmaps"],
            resource_names: [mark.to_owned()],
            verbs: ["get", "create", "patch"],
        }],
    };
    objects.add("Role", name, &role);
    let account = subject.workload.placement.as_ref();
    let account = account.and_then(|placement| placement.account.as_ref());
    let binding = RoleBinding {
        api_version: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: metadata(subject, name.to_owned(), name),
        role_ref: RoleRef {
            api_group: "rbac.authorization.k8s.io",
            kind: "Role",
            name,
        },
        subjects: [Account {
            kind: "ServiceAccount",
            name: account.map_or(subject.name, |name| &name.value.0),
            namespace: subject.place.namespace,
        }],
    };
    objects.add("RoleBinding", name, &binding);
}
