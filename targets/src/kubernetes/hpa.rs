//! HorizontalPodAutoscalers.

use std::borrow::Cow;

use loadline_compiler::model::{QueueTarget, Scale};
use loadline_compiler::quantity::Ratio;
use loadline_compiler::values::Val;
use serde::Serialize;

use super::behavior::{self, Behavior};
use super::controller::Controller;
use super::metadata::{Entries, Object, Selector};
use super::objects::Objects;
use super::stateful_set;
use super::subject::Subject;
use super::units::{self, Round};
use crate::output::Output;

/// What Kubernetes scales on when nothing is said. Source: autoscaling/v2 defaults.
const CPU_DEFAULT: u64 = 80;

/// Metric of the external metrics API: messages that wait, with the label `queue`. An adapter must serve it.
const QUEUE_METRIC: &str = "queue_messages_ready";

/// Metric of the custom metrics API: requests per second of a pod. The name in prometheus-adapter's documentation.
const RATE_METRIC: &str = "http_requests_per_second";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HpaSpec<'m> {
    scale_target_ref: TargetRef<'m>,
    min_replicas: u64,
    max_replicas: u64,
    metrics: Vec<Metric<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    behavior: Option<Behavior>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetRef<'m> {
    api_version: &'static str,
    kind: &'static str,
    name: Cow<'m, str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'m> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceMetric<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_resource: Option<ResourceMetric<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<NamedMetric<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external: Option<NamedMetric<'m>>,
}

#[derive(Serialize)]
struct ResourceMetric<'m> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'m str>,
    target: Target,
}

#[derive(Serialize)]
struct NamedMetric<'m> {
    metric: MetricName<'m>,
    target: Target,
}

#[derive(Serialize)]
struct MetricName<'m> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<Selector<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_utilization: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_value: Option<String>,
}

pub(crate) fn emit<'m>(subject: &Subject<'m>, controller: &Controller<'m>, objects: &mut Objects<'_, '_>) {
    let scale = &subject.workload.scale;
    if !scale.is_automatic() {
        return;
    }
    let name = match controller {
        Controller::StatefulSet => stateful_set::name(subject),
        Controller::Deployment | Controller::Rollout(_) => subject.name.into(),
    };
    let object = Object {
        api_version: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: subject.metadata(subject.name),
        spec: HpaSpec {
            scale_target_ref: TargetRef {
                api_version: controller.api_version(),
                kind: controller.kind(),
                name,
            },
            min_replicas: fewest(scale, objects.out),
            max_replicas: scale.max(),
            metrics: metrics(subject, objects.out),
            behavior: behavior::of(scale, objects.out),
        },
    };
    objects.add("HorizontalPodAutoscaler", subject.name, &object);
}

/// None at all is an alpha feature for resource metrics and new for others.
fn fewest(scale: &Scale, out: &mut Output) -> u64 {
    if scale.min() == 0 {
        let message = "an autoscaler of Kubernetes keeps at least one instance";
        out.not_expressible(scale.replicas.span, message, "1 is written as the fewest");
    }
    scale.min().max(1)
}

fn metrics<'m>(subject: &Subject<'m>, out: &mut Output) -> Vec<Metric<'m>> {
    let scale = &subject.workload.scale;
    let mut metrics = Vec::new();
    if let Some(cpu) = &scale.cpu {
        let target = utilization(cpu, "cpu", out);
        metrics.push(resource(subject, "cpu", target, cpu.span, out));
    }
    if let Some(memory) = &scale.memory {
        let target = utilization(memory, "memory", out);
        metrics.push(resource(subject, "memory", target, memory.span, out));
    }
    metrics.extend(scale.queue.iter().map(|target| {
        positive(target.per_instance.value, target.per_instance.span, out);
        queue(target)
    }));
    if let Some(rate) = &scale.rate {
        positive(rate.value.in_millionths_per_hour(), rate.span, out);
        metrics.push(Metric {
            r#type: "Pods",
            pods: Some(NamedMetric {
                metric: MetricName {
                    name: RATE_METRIC,
                    selector: None,
                },
                target: average(units::per_second(rate.value)),
            }),
            ..Metric::default()
        });
    }
    if metrics.is_empty() {
        metrics.push(resource(subject, "cpu", CPU_DEFAULT, scale.span, out));
    }
    metrics
}

/// The API takes no target of nothing. Source: autoscaling validation, `validateMetricTarget`.
fn positive(target: u64, span: loadline_grammar::Span, out: &mut Output) {
    if target == 0 {
        out.refuse(span, "an autoscaler cannot aim at 0", "must be more than nothing");
    }
}

fn utilization(target: &Val<Ratio>, setting: &str, out: &mut Output) -> u64 {
    positive(target.value.in_millionths(), target.span, out);
    units::percent(target.value, target.span, Round::Down, setting, out).max(1)
}

/// Use relative to the request of all containers; of the main one alone where another has no request, since one
/// container without makes the whole metric fail. Source: replica_calculator.go.
fn resource<'m>(
    subject: &Subject<'m>,
    name: &'static str,
    target: u64,
    span: loadline_grammar::Span,
    out: &mut Output,
) -> Metric<'m> {
    let workload = subject.workload;
    let is_cpu = name == "cpu";
    let requested = |cpu: bool, memory: bool| if is_cpu { cpu } else { memory };
    let own = requested(
        workload.cpu.is_some(),
        workload.memory.as_ref().is_some_and(|memory| memory.size.is_some()),
    );
    if !own {
        let message = format!(
            "the autoscaler compares with the {name} request, and `{}` has none",
            subject.name
        );
        out.not_expressible(
            span,
            message,
            format!("it cannot scale on it: give the workload `{name}`"),
        );
    }
    let beside = workload.sidecar.iter().all(|sidecar| {
        requested(
            sidecar.cpu.is_some(),
            sidecar.memory.as_ref().is_some_and(|memory| memory.size.is_some()),
        )
    });
    // Metrics of one container are stable since 1.30. Source: KEP-1610.
    let one = !beside && subject.place.at_least(1, 30);
    let metric = ResourceMetric {
        name,
        container: one.then_some(subject.name),
        target: Target {
            r#type: "Utilization",
            average_utilization: Some(target),
            average_value: None,
        },
    };
    if one {
        Metric {
            r#type: "ContainerResource",
            container_resource: Some(metric),
            ..Metric::default()
        }
    } else {
        Metric {
            r#type: "Resource",
            resource: Some(metric),
            ..Metric::default()
        }
    }
}

fn queue(target: &QueueTarget) -> Metric<'_> {
    let mut labels = Entries::default();
    labels.set("queue", target.queue.value.name.as_str());
    Metric {
        r#type: "External",
        external: Some(NamedMetric {
            metric: MetricName {
                name: QUEUE_METRIC,
                selector: Some(Selector { match_labels: labels }),
            },
            target: average(target.per_instance.value.to_string()),
        }),
        ..Metric::default()
    }
}

fn average(value: String) -> Target {
    Target {
        r#type: "AverageValue",
        average_utilization: None,
        average_value: Some(value),
    }
}
