//! `capacity-below-peak-during-rollout`

use crate::budget::capacity::Capacity;
use crate::budget::ready::{Ready, ReadyHow, ready, ready_at};
use crate::diagnostic::Diagnostic;
use crate::model::{ThingKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The instances that stay ready during a rollout can serve the peak.
    ///
    /// One instance serves `0.8 × cores / load.cpu` requests a second. Its cores are those of its limit, and for Node and Python
    /// no more than its processes. `require cpu_utilization` sets another part than 80 %. Environments other than production
    /// are not judged: they are smaller on purpose.
    /// ## Why
    /// Deploys happen when people are at work, which is when the traffic is highest. Instances that are too few answer
    /// slowly, then fail their probes, and then there are even fewer.
    /// ## Source
    /// Ready instances: R − u for a rolling update (`rolling.go`: taken away before a new one is ready), R − 1 where one is replaced
    /// after the other (StatefulSet, units of a host), R where the old set stays. 80 %: what Kubernetes' autoscaler aims at where
    /// nothing is said (autoscaling/v2 defaults).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   scale   4
    ///   cpu     500m..1
    ///   memory  512Mi { heap auto }
    ///   rollout rolling { surge 1; unavailable 1 }
    ///   load    { peak 500/s; cpu 6ms; boot 10s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   scale   4
    ///   cpu     500m..1
    ///   memory  512Mi { heap auto }
    ///   rollout rolling { surge 1; unavailable 0 }
    ///   load    { peak 500/s; cpu 6ms; boot 10s }
    /// }
    /// ```
    703 "capacity-below-peak-during-rollout" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // Staging is smaller on purpose, and inherits the load of what it is tried out for.
    if !context.model.is_under_load() {
        return;
    }
    // What a worker does not get done at once waits in its queue.
    let services = context
        .model
        .workloads
        .iter()
        .filter(|workload| workload.id.kind == ThingKind::Service);
    for workload in services {
        let Some(peak) = &workload.load.peak else { continue };
        let (Some(capacity), Some(left)) = (Capacity::of(context.model, workload), ready(context.model, workload))
        else {
            continue;
        };
        // An outage is what was asked for, or has a rule of its own.
        if left.count == 0 || capacity.serves(left.count, peak.value) {
            continue;
        }
        let name = &workload.name.value;
        let message = format!(
            "`{name}` can serve {}/s while it rolls out, but its peak is {}",
            capacity.per_second(left.count),
            peak.value
        );
        let (cpu, busy) = (capacity.request, capacity.utilization);
        let each = format!(
            "{}/s each: {busy} of {} cores / {cpu}",
            capacity.per_second(1),
            capacity.each
        );
        let span = workload.load.cpu.as_ref().map_or(workload.load.span, |cpu| cpu.span);
        let (why, term) = term(workload, &left);
        let mut diagnostic = Diagnostic::new(&RULE, message, peak.span, "the busiest time")
            .label(why, term)
            .label(span, each)
            .about(workload.id);
        if let Some(machines) = capacity.machines {
            diagnostic = diagnostic.note(format!(
                "all instances together have the {machines} cores of their machines"
            ));
        }
        let stays = matches!(left.how, ReadyHow::Rolling { unavailable } if unavailable != 0);
        let fits = |replicas: &u64| {
            ready_at(context.model, workload, *replicas)
                .is_some_and(|ready| ready.of == *replicas && capacity.serves(ready.count, peak.value))
        };
        let more = (left.of..=left.of.saturating_mul(8)).find(fits);
        found.push(if stays && capacity.serves(left.of, peak.value) {
            diagnostic.help("write `unavailable 0`, and `surge 1` with it")
        } else if let Some(replicas) = more.filter(|_| capacity.machines.is_none()) {
            diagnostic.help(format!("`scale {replicas}` serves it"))
        } else {
            diagnostic
        });
    }
}

fn term(workload: &Workload, left: &Ready) -> (loadline_grammar::Span, String) {
    let rollout = workload.rollout.as_ref();
    let of_rollout = rollout.map_or(workload.scale.span, |rollout| rollout.span);
    let (count, of) = (left.count, left.of);
    match left.how {
        ReadyHow::Rolling { unavailable: 0 } | ReadyHow::OldStays | ReadyHow::Reload { stopped: 0 } => {
            (workload.scale.span, format!("{count} stay ready"))
        }
        ReadyHow::Rolling { unavailable } => {
            let span = rollout.map_or(of_rollout, |rollout| rollout.unavailable.span);
            (span, format!("{count} stay ready: {of} − {unavailable}"))
        }
        ReadyHow::OneByOne => (of_rollout, format!("{count} stay ready: {of} − 1, one after the other")),
        ReadyHow::Reload { stopped } => (
            of_rollout,
            format!("{count} stay ready: {stopped} at a time are stopped first"),
        ),
        ReadyHow::NoneStays => (of_rollout, "none stays".to_owned()),
    }
}
