//! Jobs and CronJobs.

use std::borrow::Cow;

use loadline_compiler::model::{Concurrency, RestartPolicy, Schedule};
use serde::Serialize;

use super::metadata::{Entries, Object};
use super::names;
use super::objects::Objects;
use super::pod::PodTemplate;
use super::subject::Subject;
use super::units;
use crate::cron::Cron;
use crate::escape::kubernetes as escape;
use crate::yaml;

/// How long a Job that ended can be looked at: longer than a weekend. A Job that is applied again after that runs again.
pub(crate) const KEPT_SECONDS: u64 = 7 * 86_400;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobSpec<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suspend: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parallelism: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_mode: Option<&'static str>,
    pub(crate) backoff_limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) active_deadline_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ttl_seconds_after_finished: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pod_replacement_policy: Option<&'static str>,
    pub(crate) template: PodTemplate<'m>,
}

impl<'m> JobSpec<'m> {
    /// Once, and so many times again when it fails.
    pub(crate) fn once(retries: u64, template: PodTemplate<'m>) -> Self {
        Self {
            suspend: None,
            parallelism: None,
            completions: None,
            completion_mode: None,
            backoff_limit: retries,
            active_deadline_seconds: None,
            ttl_seconds_after_finished: None,
            pod_replacement_policy: None,
            template,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CronJobSpec<'m> {
    schedule: Cow<'m, str>,
    time_zone: &'m str,
    concurrency_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_deadline_seconds: Option<u64>,
    job_template: JobTemplate<'m>,
}

#[derive(Serialize)]
struct JobTemplate<'m> {
    metadata: JobMetadata<'m>,
    spec: JobSpec<'m>,
}

#[derive(Serialize)]
struct JobMetadata<'m> {
    labels: Entries<'m>,
}

/// A job that is run once, or by the clock.
pub(crate) fn emit<'m>(subject: &Subject<'m>, mut template: PodTemplate<'m>, objects: &mut Objects<'_, '_>) {
    let workload = subject.workload;
    template.spec.restart_policy = Some(restart(subject, objects));
    let several = (1 < workload.parallel.value).then_some(workload.parallel.value);
    let timeout = workload.timeout.as_ref();
    let mut spec = JobSpec {
        parallelism: several,
        completions: several,
        active_deadline_seconds: timeout.map(|time| units::seconds(time, "timeout", objects.out)),
        pod_replacement_policy: replacement(subject),
        ..JobSpec::once(workload.retries.value, template)
    };
    if let Some(schedule) = &workload.schedule {
        cron(subject, schedule, spec, objects);
        return;
    }
    spec.ttl_seconds_after_finished = Some(KEPT_SECONDS);
    let name = names::suffixed(subject.name, &digest(&spec));
    let object = Object {
        api_version: "batch/v1",
        kind: "Job",
        metadata: subject.controller(name.as_str()),
        spec,
    };
    objects.add("Job", &name, &object);
}

/// A pod that replaces another starts when that one is gone: a run never works twice at the same time.
/// Source: KEP-3939, on by default since 1.29.
pub(crate) fn replacement(subject: &Subject<'_>) -> Option<&'static str> {
    subject.place.at_least(1, 29).then_some("Failed")
}

/// What tells two versions of a Job apart: a Job cannot be changed.
pub(crate) fn digest(spec: &JobSpec<'_>) -> String {
    names::short_digest(&yaml::document(spec).unwrap_or_default())
}

/// A run that failed is tried again in a new pod, whose log is its own, unless the user says otherwise.
fn restart(subject: &Subject<'_>, objects: &mut Objects<'_, '_>) -> &'static str {
    let Some(restart) = &subject.workload.restart else {
        return "Never";
    };
    let delay = restart.delay.is_written().then_some(restart.delay.span);
    let limit = restart.limit.as_ref().map(|limit| limit.span);
    for span in [delay, limit].into_iter().flatten() {
        let message = "Kubernetes chooses the waits between the runs of a job itself";
        objects
            .out
            .remark(span, message, "10s, 20s, 40s and so on, `retries` times");
    }
    match restart.policy.value {
        RestartPolicy::Never => "Never",
        RestartPolicy::OnFailure => "OnFailure",
        RestartPolicy::Always => {
            let message = "a job that is started again whatever it ended with never ends";
            let consequence = "tried again only when it failed";
            objects.out.not_expressible(restart.policy.span, message, consequence);
            "Never"
        }
    }
}

/// Kubernetes does not know that 7 is Sunday too. Source: robfig/cron 3, bounds of `dow`.
fn sunday_is_zero<'m>(text: &'m str, cron: &Cron) -> Cow<'m, str> {
    let Some((before, weekdays)) = text.trim_end().rsplit_once([' ', '\t']) else {
        return Cow::Borrowed(text);
    };
    let names_seven = |part: &str| part.split('/').next().is_some_and(|days| days.contains('7'));
    if !weekdays.split(',').any(names_seven) {
        return Cow::Borrowed(text);
    }
    let days: Vec<String> = cron.weekdays.values.iter().map(u64::to_string).collect();
    Cow::Owned(format!("{before} {}", days.join(",")))
}

fn cron<'m>(subject: &Subject<'m>, schedule: &'m Schedule, spec: JobSpec<'m>, objects: &mut Objects<'_, '_>) {
    let text = schedule.cron.value.0.as_str();
    let cron = Cron::read(text).map(|cron| sunday_is_zero(text, &cron));
    let label = "five fields: minute, hour, day of month, month, day of week";
    if let Err(reason) = &cron {
        objects.out.refuse(schedule.cron.span, reason.as_str(), label);
    }
    if let Some(zone) = &schedule.zone {
        objects.out.escape(zone, |zone| escape::zone(zone).map(|_| ()));
    }
    let deadline = schedule.deadline.as_ref();
    let name = names::within(subject.name, names::CONTROLLER_MAX);
    let zone = schedule.zone.as_ref().map(|zone| zone.value.0.as_str());
    let object = Object {
        api_version: "batch/v1",
        kind: "CronJob",
        metadata: subject.controller(name.clone()),
        spec: CronJobSpec {
            schedule: cron.unwrap_or_default(),
            // Without one the controller takes its own machine's.
            time_zone: zone.unwrap_or("Etc/UTC"),
            concurrency_policy: match schedule.concurrency.value {
                Concurrency::Forbid => "Forbid",
                Concurrency::Allow => "Allow",
                Concurrency::Replace => "Replace",
            },
            starting_deadline_seconds: deadline.map(|time| units::seconds(time, "deadline", objects.out)),
            job_template: JobTemplate {
                metadata: JobMetadata {
                    labels: subject.labels(subject.name),
                },
                spec,
            },
        },
    };
    objects.add("CronJob", &name, &object);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sunday_is_what_kubernetes_calls_it() {
        for (text, written) in [
            ("0 3 * * 7", "0 3 * * 0"),
            ("0 3 1 * 5-7", "0 3 1 * 0,5,6"),
            ("0 3 * * */7", "0 3 * * */7"),
            ("7 7 7 7 mon", "7 7 7 7 mon"),
            ("@daily", "@daily"),
        ] {
            assert_eq!(sunday_is_zero(text, &Cron::read(text).unwrap()), written);
        }
    }
}
