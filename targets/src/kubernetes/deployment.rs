//! Deployments.

use loadline_compiler::budget::rolling::shares;
use loadline_compiler::model::{Rollout, Strategy as Declared};
use serde::Serialize;

use super::metadata::{IntOrPercent, Object, Selector};
use super::objects::Objects;
use super::pod::PodTemplate;
use super::subject::Subject;
use super::units::{self, Round};
use crate::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentSpec<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u64>,
    selector: Selector<'m>,
    strategy: Strategy,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_ready_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress_deadline_seconds: Option<u64>,
    template: PodTemplate<'m>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Strategy {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rolling_update: Option<Surge>,
}

/// How many more and how many fewer pods there may be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Surge {
    pub(crate) max_surge: IntOrPercent,
    pub(crate) max_unavailable: IntOrPercent,
}

/// How long until a pod counts, and until a rollout counts as stuck.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    pub(crate) min_ready: Option<u64>,
    pub(crate) deadline: Option<u64>,
}

pub(crate) fn emit<'m>(subject: &Subject<'m>, template: PodTemplate<'m>, objects: &mut Objects<'_, '_>) {
    let rollout = subject.workload.rollout.as_ref();
    let recreate = rollout.is_some_and(|rollout| rollout.strategy.value == Declared::Recreate);
    let out = &mut *objects.out;
    let (strategy, pace) = if recreate {
        let strategy = Strategy {
            r#type: "Recreate",
            rolling_update: None,
        };
        (strategy, Pace::default())
    } else {
        let strategy = Strategy {
            r#type: "RollingUpdate",
            rolling_update: Some(surge(rollout, out)),
        };
        (strategy, pace(rollout, out))
    };
    let object = Object {
        api_version: "apps/v1",
        kind: "Deployment",
        metadata: subject.controller(subject.name),
        spec: DeploymentSpec {
            replicas: replicas(subject),
            selector: subject.selector(subject.name),
            strategy,
            min_ready_seconds: pace.min_ready,
            progress_deadline_seconds: pace.deadline,
            template,
        },
    };
    objects.add("Deployment", subject.name, &object);
}

/// The number of pods, unless an autoscaler decides: applying the manifest would undo what it did.
pub(crate) fn replicas(subject: &Subject<'_>) -> Option<u64> {
    let scale = &subject.workload.scale;
    (!scale.is_automatic()).then_some(scale.max())
}

/// As written; one more and none fewer, when nothing is.
pub(crate) fn surge(rollout: Option<&Rollout>, out: &mut Output) -> Surge {
    let Some(rollout) = rollout else {
        let (surge, unavailable) = shares(None);
        return Surge {
            max_surge: IntOrPercent::Count(surge.ceil_of(1)),
            max_unavailable: IntOrPercent::Count(unavailable.floor_of(1)),
        };
    };
    Surge {
        max_surge: units::share(&rollout.surge, Round::Up, "surge", out),
        max_unavailable: units::share(&rollout.unavailable, Round::Down, "unavailable", out),
    }
}

pub(crate) fn pace(rollout: Option<&Rollout>, out: &mut Output) -> Pace {
    let Some(rollout) = rollout else {
        return Pace::default();
    };
    let min_ready = units::seconds(&rollout.min_ready, "min_ready", out);
    Pace {
        min_ready: (min_ready != 0).then_some(min_ready),
        deadline: Some(units::seconds(&rollout.deadline, "deadline", out)),
    }
}
