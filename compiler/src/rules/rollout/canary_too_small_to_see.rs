//! `canary-too-small-to-see`

use crate::diagnostic::Diagnostic;
use crate::model::{AbortMetric, Measure, Model, Rollout, Strategy, TrafficStep, Workload};
use crate::quantity::{Rate, Ratio};
use crate::rules::{Context, rule};

/// With fewer events than this expected at the threshold, chance decides: a count of 10 has a standard deviation of 3.2
/// (Poisson).
const EVENTS: u64 = 10;

rule! {
    /// ## What it checks
    /// In at least one of its steps a canary gets enough requests to tell a bad revision from chance: ten of the events that
    /// `abort` counts.
    ///
    /// Expected events = `load.rate` × step × its time × threshold. For `p95` the events are the 5 % slowest requests, for `p99` the
    /// slowest 1 %. Without `via` traffic follows instance counts, and a step is one instance at least.
    /// ## Why
    /// A canary that three requests reach in its ten minutes says nothing about a failure of one in a hundred. It passes, and
    /// the whole fleet gets the revision.
    /// ## Source
    /// Poisson: a count of n has a standard deviation of √n; below 10 it is a third of the count and more.
    ///
    /// ```loadline,bad
    /// cluster prod { rollouts argo }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   rollout canary { step 10% { for 5m }; abort error_rate > 1% }
    ///   load    { rate 20/s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { rollouts argo }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   10
    ///   memory  512Mi
    ///   rollout canary { step 10% { for 10m }; abort error_rate > 1% }
    ///   load    { rate 20/s }
    /// }
    /// ```
    706 "canary-too-small-to-see" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let (Some(rollout), Some(rate)) = (&workload.rollout, &workload.load.rate) else {
            continue;
        };
        if rollout.strategy.value != Strategy::Canary {
            continue;
        }
        let Some((step, share)) = most_seen(context.model, workload, rollout) else {
            continue;
        };
        for abort in &rollout.abort {
            let Some(threshold) = counted_part(abort.metric.value, &abort.value.value) else {
                continue;
            };
            if enough(rate.value, step, share, threshold) {
                continue;
            }
            let name = &workload.name.value;
            let message = format!(
                "the canary of `{name}` expects {} of the events that `{}` counts, too few to tell from chance",
                expected(rate.value, step, share, threshold),
                abort.metric.word(),
            );
            let time = step
                .duration
                .as_ref()
                .map_or_else(|| "no time".to_owned(), |time| time.to_string());
            let mut diagnostic =
                Diagnostic::new(&RULE, message, step.span, format!("{share} of the traffic for {time}"))
                    .label(rate.span, format!("{} on an ordinary day", rate.value))
                    .label(abort.span, format!("counts {threshold} of the requests"))
                    .about(workload.id);
            if let Some(minutes) = minutes_needed(rate.value, share, threshold) {
                diagnostic = diagnostic.help(format!(
                    "write `for {minutes}m`, which makes it {EVENTS}; or a larger step"
                ));
            }
            found.push(diagnostic);
        }
    }
}

/// The step in which most requests reach the canary, and their share.
fn most_seen<'m>(model: &Model, workload: &Workload, rollout: &'m Rollout) -> Option<(&'m TrafficStep, Ratio)> {
    let partial = rollout.step.iter().filter(|step| step.weight.value < Ratio::ONE);
    let seen = |step: &'m TrafficStep| (step, share(model, workload, rollout, step));
    partial.map(seen).max_by_key(|(step, share)| {
        let time = step.duration.as_ref().map_or(0, |time| time.in_micros());
        u128::from(time) * u128::from(share.in_millionths())
    })
}

/// Without a gateway that splits the traffic, the canary is one instance at least.
fn share(model: &Model, workload: &Workload, rollout: &Rollout, step: &TrafficStep) -> Ratio {
    if rollout.via.is_some() {
        return step.weight.value;
    }
    let replicas = crate::budget::instances::replicas_min(model, workload).max(1);
    // One in R, rounded up to a whole percent: more than it sees, never less.
    step.weight.value.max(Ratio::percent(100_u64.div_ceil(replicas)))
}

/// The part of the requests that a condition counts at its threshold.
fn counted_part(metric: AbortMetric, threshold: &Measure) -> Option<Ratio> {
    match metric {
        AbortMetric::ErrorRate => match threshold {
            Measure::Ratio(ratio) => Some(*ratio),
            _ => None,
        },
        AbortMetric::P50 => Some(Ratio::percent(50)),
        AbortMetric::P95 => Some(Ratio::percent(5)),
        AbortMetric::P99 => Some(Ratio::percent(1)),
    }
}

/// Millionths of an event per hour × µs × millionths × millionths: so many of them are one event.
const ONE_EVENT: u128 = 1_000_000 * 3_600_000_000 * 1_000_000 * 1_000_000;

/// Rate × time × share × threshold, in parts of [`ONE_EVENT`].
fn product(rate: Rate, micros: u64, share: Ratio, threshold: Ratio) -> u128 {
    u128::from(rate.in_millionths_per_hour())
        .saturating_mul(u128::from(micros))
        .saturating_mul(u128::from(share.in_millionths()))
        .saturating_mul(u128::from(threshold.in_millionths()))
}

fn enough(rate: Rate, step: &TrafficStep, share: Ratio, threshold: Ratio) -> bool {
    let time = step.duration.as_ref().map_or(0, |time| time.in_micros());
    ONE_EVENT * u128::from(EVENTS) <= product(rate, time, share, threshold)
}

/// With one decimal, rounded down.
fn expected(rate: Rate, step: &TrafficStep, share: Ratio, threshold: Ratio) -> String {
    let time = step.duration.as_ref().map_or(0, |time| time.in_micros());
    let tenths = product(rate, time, share, threshold) / (ONE_EVENT / 10);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

/// Whole minutes after which the step has seen enough.
fn minutes_needed(rate: Rate, share: Ratio, threshold: Ratio) -> Option<u128> {
    let a_minute = product(rate, 60_000_000, share, threshold);
    (a_minute != 0).then(|| (ONE_EVENT * u128::from(EVENTS)).div_ceil(a_minute))
}
