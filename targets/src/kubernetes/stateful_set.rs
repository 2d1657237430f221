//! StatefulSets: pods that keep their names and volumes. One is replaced after the other, each after its predecessor is
//! gone.

use loadline_compiler::model::{Rollout, Strategy, Volume};
use serde::Serialize;

use super::deployment::{self, replicas};
use super::metadata::{Object, Selector};
use super::names;
use super::objects::Objects;
use super::pod::PodTemplate;
use super::service;
use super::subject::Subject;
use super::units;
use crate::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatefulSetSpec<'m> {
    service_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u64>,
    selector: Selector<'m>,
    update_strategy: UpdateStrategy,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_ready_seconds: Option<u64>,
    template: PodTemplate<'m>,
    volume_claim_templates: Vec<Claim<'m>>,
}

#[derive(Serialize)]
struct UpdateStrategy {
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claim<'m> {
    metadata: ClaimMetadata<'m>,
    spec: ClaimSpec,
}

#[derive(Serialize)]
struct ClaimMetadata<'m> {
    name: &'m str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClaimSpec {
    access_modes: [&'static str; 1],
    resources: ClaimResources,
}

#[derive(Serialize)]
struct ClaimResources {
    requests: Storage,
}

#[derive(Serialize)]
struct Storage {
    storage: String,
}

pub(crate) fn emit<'m>(
    subject: &Subject<'m>,
    template: PodTemplate<'m>,
    claims: &[&'m Volume],
    objects: &mut Objects<'_, '_>,
) {
    let rollout = subject.workload.rollout.as_ref();
    if let Some(rollout) = rollout {
        said(rollout, objects.out);
    }
    let name = name(subject);
    let object = Object {
        api_version: "apps/v1",
        kind: "StatefulSet",
        metadata: subject.controller(name.clone()),
        spec: StatefulSetSpec {
            service_name: service::headless_name(subject.name),
            replicas: replicas(subject),
            selector: subject.selector(subject.name),
            update_strategy: UpdateStrategy {
                r#type: "RollingUpdate",
            },
            min_ready_seconds: deployment::pace(rollout, objects.out).min_ready,
            template,
            volume_claim_templates: claims.iter().map(|volume| claim(volume)).collect(),
        },
    };
    objects.add("StatefulSet", &name, &object);
}

/// Shorter than a workload's name may be.
pub(crate) fn name<'m>(subject: &Subject<'m>) -> std::borrow::Cow<'m, str> {
    names::within(subject.name, names::CONTROLLER_MAX)
}

fn claim(volume: &Volume) -> Claim<'_> {
    let size = volume.size.as_ref().map(|size| units::size(size.value));
    Claim {
        metadata: ClaimMetadata {
            name: &volume.name.value.0,
        },
        spec: ClaimSpec {
            access_modes: ["ReadWriteOnce"],
            resources: ClaimResources {
                requests: Storage {
                    storage: size.unwrap_or_default(),
                },
            },
        },
    }
}

/// What a StatefulSet does in its own way.
fn said(rollout: &Rollout, out: &mut Output) {
    let one_by_one = "its pods are replaced one by one, each after its predecessor is gone";
    if rollout.strategy.value == Strategy::Recreate {
        let message = "a workload with persistent volumes is not recreated as a whole on Kubernetes";
        out.not_expressible(rollout.strategy.span, message, one_by_one);
    }
    if rollout.surge.is_written() && !rollout.surge.value.is_zero() {
        let message = "a workload with persistent volumes has no surge on Kubernetes";
        out.not_expressible(rollout.surge.span, message, one_by_one);
    }
    if rollout.unavailable.is_written() {
        let message = "a workload with persistent volumes does not say how many may be unavailable";
        out.not_expressible(rollout.unavailable.span, message, one_by_one);
    }
    if rollout.deadline.is_written() {
        let message = "a workload with persistent volumes has no deadline on Kubernetes";
        let consequence = "a rollout that is stuck is not reported, and ends only when its pod is deleted by hand";
        out.not_expressible(rollout.deadline.span, message, consequence);
    }
}
