//! Queues that fill: messages that wait, how long they wait, and those that were given up.
//!
//! No two brokers name these alike, so they are asked for by the names that the target `kubernetes` scales by.

use loadline_compiler::budget::instances;
use loadline_compiler::model::{Model, Store, ThingId};
use loadline_compiler::quantity::{Bytes, Duration};

use super::memory::threshold;
use super::proof::TestFile;
use super::subject::{Said, Severity, Subject};
use crate::escape::prometheus::{Piece, literal};

const DEPTH: &str = "queue_messages_ready";
const AGE: &str = "queue_oldest_message_age_seconds";

/// Tenths of the most messages that may wait.
const TENTHS: u64 = 8;

pub(crate) fn add(subject: &mut Subject<'_>, store: &Store, tests: &mut TestFile) {
    let queue = format!("queue={}", literal(&store.name.value));
    let depth = format!("{DEPTH}{{{queue}}}");
    let model = subject.model;
    if let Some(most) = &store.max_depth {
        let (bound, limit) = (most.value.saturating_mul(TENTHS) / 10, most.value.to_string());
        let description = [
            Piece::Code("{{ $value }}"),
            Piece::Text(" messages wait, and the queue holds "),
            Piece::Text(&limit),
            Piece::Text(". Then publishers are refused, or messages are lost."),
        ];
        let summary = [Piece::Text("the queue is nearly full")];
        one(
            subject,
            "QueueNearlyFull",
            Severity::Page,
            &depth,
            bound,
            &summary,
            &description,
            tests,
        );
    }
    if let Some((most, terms)) = scaled_for(model, store.id) {
        let description = [
            Piece::Code("{{ $value }}"),
            Piece::Text(" messages wait, more than all consumers that there can be are meant for: "),
            Piece::Text(&terms),
            Piece::Text("."),
        ];
        let summary = [Piece::Text("consumers cannot keep up")];
        one(
            subject,
            "QueueBacklog",
            Severity::Ticket,
            &depth,
            most,
            &summary,
            &description,
            tests,
        );
    }
    if let Some((most, terms)) = longest_way(model, store.id) {
        let age = format!("{AGE}{{{queue}}}");
        let bound = most.ceil_seconds();
        let description = [
            Piece::Text("The oldest message has waited for "),
            Piece::Code("{{ $value | humanizeDuration }}"),
            Piece::Text(", longer than all its deliveries may take: "),
            Piece::Text(&terms),
            Piece::Text("."),
        ];
        let summary = [Piece::Text("messages wait too long")];
        one(
            subject,
            "QueueMessagesOld",
            Severity::Ticket,
            &age,
            bound,
            &summary,
            &description,
            tests,
        );
    }
    let gives_up = |queue: &&Store| queue.dead_letter.as_ref().is_some_and(|letter| letter.id == store.id);
    if let Some(source) = model.stores.iter().find(gives_up) {
        let description = [
            Piece::Code("{{ $value }}"),
            Piece::Text(" messages of "),
            Piece::Text(&source.name.value),
            Piece::Text(" could not be worked on. Nobody tries them again by itself."),
        ];
        let summary = [Piece::Text("messages were given up")];
        one(
            subject,
            "DeadLetters",
            Severity::Ticket,
            &depth,
            0,
            &summary,
            &description,
            tests,
        );
    }
}

#[expect(clippy::too_many_arguments, reason = "they are what four alerts differ in")]
fn one(
    subject: &mut Subject<'_>,
    alert: &'static str,
    severity: Severity,
    series: &str,
    most: u64,
    summary: &[Piece<'_>],
    description: &[Piece<'_>],
    tests: &mut TestFile,
) {
    subject.alert(
        Said {
            alert,
            severity,
            expr: format!("{series} > {most}"),
            lasting: Some(Duration::minutes(10)),
            labels: &[],
            summary,
            description,
            proof: threshold(series, Bytes::new(most), true),
        },
        tests,
    );
}

/// Messages for which the autoscaler starts everything that it may.
fn scaled_for(model: &Model, queue: ThingId) -> Option<(u64, String)> {
    let targets = model.workloads.iter().flat_map(|workload| {
        let own = workload.scale.queue.iter().filter(|target| target.queue.id == queue);
        own.map(move |target| (workload, target.per_instance.value))
    });
    let (workload, each) = targets.last()?;
    let most = instances::replicas_max(model, workload);
    let terms = format!("{most} instances of {} × {each}", workload.name.value);
    Some((most.saturating_mul(each), terms))
}

/// How long a message may be underway until it is given up: every delivery, hidden to its end.
fn longest_way(model: &Model, queue: ThingId) -> Option<(Duration, String)> {
    let all = model.workloads.iter().flat_map(|workload| &workload.consumes);
    let own = all.filter(|consumes| consumes.queue.id == queue);
    let ways = own.filter_map(|consumes| {
        let (hidden, attempts) = (consumes.visibility.as_ref()?, consumes.max_attempts.as_ref()?);
        let way = hidden.value.times(attempts.value);
        Some((way, format!("{} × {}", attempts.value, hidden.value)))
    });
    ways.max_by_key(|(way, _)| *way)
}
