//! `deadline-too-short`

use crate::budget::instances::{Effective, strategy};
use crate::diagnostic::Diagnostic;
use crate::model::{Platform, Strategy, Workload};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

/// What holds where no rollout is written. Source: apps/v1 defaults, `progressDeadlineSeconds`.
const DEADLINE_DEFAULT: Duration = Duration::seconds(600);

rule! {
    /// ## What it checks
    /// A rollout may go without progress for longer than one instance takes to become ready, and longer than `min_ready`.
    /// ## Why
    /// The deadline counts from one step of progress to the next, not over the whole rollout. One that is shorter than a single
    /// start reports every good rollout as stuck, and the pipeline that waits for it fails. One that is not longer than
    /// `min_ready` is refused by the API server.
    /// ## Source
    /// Kubernetes, `progress.go`: an instance that is created, ready or available is progress; apps validation:
    /// progressDeadlineSeconds "must be greater than minReadySeconds". The default is 600 s.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   2
    ///   memory  512Mi
    ///   rollout rolling { deadline 60s }
    ///   load    { boot 30s..90s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   2
    ///   memory  512Mi
    ///   rollout rolling { deadline 180s }
    ///   load    { boot 30s..90s }
    /// }
    /// ```
    708 "deadline-too-short" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let on_kubernetes = matches!(context.model.platform(workload), Platform::Kubernetes(_));
        let watched = matches!(
            strategy(context.model, workload),
            Effective::Rolling | Effective::TwoSets
        );
        if !(on_kubernetes && watched) {
            continue;
        }
        let rollout = workload.rollout.as_ref();
        if rollout.is_some_and(|rollout| rollout.strategy.value == Strategy::Reload) {
            continue;
        }
        let (deadline, span) = rollout.map_or((DEADLINE_DEFAULT, workload.span), |rollout| {
            (rollout.deadline.value, rollout.deadline.span)
        });
        let name = &workload.name.value;
        let Some((reason, why, term, least)) = too_short(workload, deadline) else {
            continue;
        };
        let message = format!("a rollout of `{name}` is given up after {deadline} without progress, {reason}");
        let label = if rollout.is_some_and(|rollout| rollout.deadline.is_written()) {
            "counts from one step to the next"
        } else {
            "10m is the default"
        };
        // Twice the time is what a slow node and a cold image cache take.
        let enough = Duration::minutes(least.times(2).ceil_seconds().div_ceil(60));
        let diagnostic = Diagnostic::new(&RULE, message, span, label)
            .label(why, term)
            .help(format!("write `deadline {enough}`: twice as long"))
            .about(workload.id);
        let written = rollout.filter(|rollout| rollout.deadline.is_written());
        found.push(match written {
            Some(rollout) => diagnostic.edit(rollout.deadline.span, enough.to_string()),
            None => diagnostic,
        });
    }
}

/// In words, where it is written, as a term, and how long.
type Reason = (String, loadline_grammar::Span, &'static str, Duration);

fn too_short(workload: &Workload, deadline: Duration) -> Option<Reason> {
    let min_ready = workload.rollout.as_ref().map(|rollout| rollout.min_ready);
    // The API server compares whole seconds.
    let refused = min_ready.filter(|min_ready| deadline.ceil_seconds() <= min_ready.ceil_seconds());
    if let Some(min_ready) = refused {
        let reason = format!("and `min_ready` is {}", min_ready.value);
        return Some((reason, min_ready.span, "must be less", min_ready.value.max(deadline)));
    }
    let boot = workload.load.boot.as_ref().filter(|boot| deadline < boot.high)?;
    let reason = format!("and one instance takes up to {} to be ready", boot.high);
    Some((reason, boot.span, "from created to ready", boot.high))
}
