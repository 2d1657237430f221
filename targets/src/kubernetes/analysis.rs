//! AnalysisTemplates: what takes a rollout back.

use loadline_compiler::budget::release;
use loadline_compiler::model::{Abort, AbortMetric, Measure};
use serde::Serialize;

use super::controller::{Progressive, ProgressiveKind};
use super::job::JobSpec;
use super::metadata::Object;
use super::names;
use super::objects::Objects;
use super::pod::Parts;
use super::smoke;
use super::subject::Subject;
use super::units;
use crate::output::Output;

/// Argument that holds the hash of the new pods.
pub(crate) const HASH_ARGUMENT: &str = "pod-hash";

/// Prometheus as its operator names it, in the namespace that its documentation uses. An argument, so that it can be
/// given another value.
const PROMETHEUS: &str = "http://prometheus-operated.monitoring:9090";

/// Requests and their durations. Source: OpenTelemetry's semantic conventions for HTTP servers, as Prometheus names it.
const REQUESTS: &str = "http_server_request_duration_seconds";
const STATUS: &str = "http_response_status_code";

/// A pod's name keeps 58 characters of its ReplicaSet's: the name, a dash, a hash of ten and a dash.
/// Source: apiserver, storage/names `maxGeneratedNameLength`.
const NAME_MAX: usize = 46;

#[derive(Serialize)]
struct TemplateSpec<'m> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Argument>,
    metrics: Vec<Metric<'m>>,
}

#[derive(Serialize)]
struct Argument {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'static str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'m> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_condition: Option<String>,
    /// A metric fails when *more* measurements than this failed.
    failure_limit: u64,
    provider: Provider<'m>,
}

#[derive(Default, Serialize)]
struct Provider<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    prometheus: Option<Prometheus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobMetric<'m>>,
}

#[derive(Serialize)]
struct Prometheus {
    address: String,
    query: String,
}

#[derive(Serialize)]
struct JobMetric<'m> {
    spec: JobSpec<'m>,
}

pub(crate) fn abort_name(subject: &Subject<'_>) -> String {
    names::suffixed(subject.name, "abort")
}

/// Writes the templates that a rollout refers to. The name of the pods that smoke it, if there are any.
pub(crate) fn emit<'m>(
    subject: &Subject<'m>,
    progressive: &Progressive<'m>,
    parts: &Parts<'m>,
    objects: &mut Objects<'_, '_>,
) -> Option<String> {
    let rollout = progressive.rollout;
    if !rollout.abort.is_empty() {
        emit_abort(subject, progressive, objects);
    }
    let check = rollout.smoke.as_ref()?;
    smoke::emit(subject, rollout, check, progressive, parts, objects)
}

fn emit_abort(subject: &Subject<'_>, progressive: &Progressive<'_>, objects: &mut Objects<'_, '_>) {
    let rollout = progressive.rollout;
    if NAME_MAX < subject.name.len() {
        let message = format!("the new pods of `{}` cannot be told apart by their names", subject.name);
        let label = format!("with `abort` a name has at most {NAME_MAX} characters");
        objects.out.refuse(subject.workload.name.span, message, label);
    }
    // Behind a switch the judgement must come to an end: the old set stays until then, and is held after it.
    let switches = matches!(progressive.kind, ProgressiveKind::BlueGreen);
    let count = switches.then(|| release::measurements_behind_switch(rollout));
    let interval = || Some(units::go_duration(release::MEASURED_EVERY));
    let mut metrics = Vec::new();
    for abort in &rollout.abort {
        if let Some(condition) = condition(abort, objects.out) {
            let name = abort.metric.value.word().replace('_', "-");
            let same = metrics
                .iter()
                .filter(|metric: &&Metric<'_>| metric.name.starts_with(&name));
            let number = same.count().saturating_add(1);
            metrics.push(Metric {
                name: if number == 1 { name } else { format!("{name}-{number}") },
                initial_delay: interval(),
                interval: interval(),
                count,
                failure_condition: Some(condition),
                failure_limit: release::FAILURES_SUFFERED,
                provider: Provider {
                    prometheus: Some(Prometheus {
                        address: "{{args.prometheus}}".to_owned(),
                        query: query(subject, abort.metric.value),
                    }),
                    job: None,
                },
            });
        }
    }
    let args = vec![
        Argument {
            name: HASH_ARGUMENT,
            value: None,
        },
        Argument {
            name: "prometheus",
            value: Some(PROMETHEUS),
        },
    ];
    template(subject, &abort_name(subject), TemplateSpec { args, metrics }, objects);
}

/// What of a metric aborts. No data and no requests are no reason to.
fn condition(abort: &Abort, out: &mut Output) -> Option<String> {
    let is_ratio = abort.metric.value == AbortMetric::ErrorRate;
    let bound = match abort.value.value {
        Measure::Ratio(ratio) if is_ratio => units::decimal(ratio.in_millionths()),
        Measure::Duration(time) if !is_ratio => units::decimal(time.in_micros()),
        _ => {
            let message = format!(
                "`{}` is compared with {}",
                abort.metric.value.word(),
                if is_ratio { "a ratio" } else { "a duration" }
            );
            let label = if is_ratio { "as in `1%`" } else { "as in `500ms`" };
            out.refuse(abort.value.span, message, label);
            return None;
        }
    };
    let comparison = abort.comparison.value.symbol();
    Some(format!(
        "len(result) > 0 && !isNaN(result[0]) && result[0] {comparison} {bound}"
    ))
}

fn query(subject: &Subject<'_>, metric: AbortMetric) -> String {
    let namespace = subject.place.namespace;
    let name = subject.name;
    let pods = format!("namespace=\"{namespace}\",pod=~\"{name}-{{{{args.{HASH_ARGUMENT}}}}}-.+\"");
    let window = units::go_duration(release::MEASURED_OVER);
    let quantile = match metric {
        AbortMetric::ErrorRate => {
            return format!(
                "sum(rate({REQUESTS}_count{{{pods},{STATUS}=~\"5..\"}}[{window}])) / sum(rate({REQUESTS}_count{{{pods}}}[{window}]))"
            );
        }
        AbortMetric::P50 => "0.5",
        AbortMetric::P95 => "0.95",
        AbortMetric::P99 => "0.99",
    };
    format!("histogram_quantile({quantile}, sum by (le) (rate({REQUESTS}_bucket{{{pods}}}[{window}])))")
}

/// A template whose only metric is a Job that has to succeed.
pub(super) fn by_job(subject: &Subject<'_>, name: &str, spec: JobSpec<'_>, objects: &mut Objects<'_, '_>) {
    let metric = Metric {
        name: "smoke".to_owned(),
        provider: Provider {
            prometheus: None,
            job: Some(JobMetric { spec }),
        },
        ..Metric::default()
    };
    let spec = TemplateSpec {
        args: Vec::new(),
        metrics: vec![metric],
    };
    template(subject, name, spec, objects);
}

fn template(subject: &Subject<'_>, name: &str, spec: TemplateSpec<'_>, objects: &mut Objects<'_, '_>) {
    let object = Object {
        api_version: "argoproj.io/v1alpha1",
        kind: "AnalysisTemplate",
        metadata: subject.metadata(name),
        spec,
    };
    objects.add("AnalysisTemplate", name, &object);
}
