//! `queue-unbounded`

use crate::diagnostic::Diagnostic;
use crate::facts::queues::queue_default;
use crate::model::{EdgeKind, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A queue says how many messages may wait in it.
    /// ## Why
    /// When its consumer is slower than what comes in, a queue without a bound grows until memory or disk of the broker are
    /// used up, and then every queue of that broker stands still. A bound turns that into an error that one publisher sees.
    /// ## Source
    /// RabbitMQ, "Queue Length Limit": without one a queue grows until the memory or disk alarm blocks all publishers. Brokers
    /// that drop what is older than a time (Kafka, SQS, Pub/Sub, Kinesis) are let be.
    ///
    /// ```loadline,bad
    /// queue mail { engine rabbitmq 4.1 }
    /// service api {
    ///   image     "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory    512Mi
    ///   publishes mail
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// queue mail { engine rabbitmq 4.1; max_depth 50_000 }
    /// service api {
    ///   image     "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory    512Mi
    ///   publishes mail
    /// }
    /// ```
    809 "queue-unbounded" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let queues = model.stores.iter().filter(|store| store.id.kind == ThingKind::Queue);
    for queue in queues.filter(|queue| queue.max_depth.is_none()) {
        // What was put aside is for a person to look at, and comes one by one.
        let filled = model
            .graph
            .edges()
            .find(|edge| edge.to == queue.id && edge.kind == EdgeKind::Publishes);
        let Some(filled) = filled.filter(|_| queue_default(queue.engine_name()).retention.is_none()) else {
            continue;
        };
        let name = &queue.name.value;
        let message = format!("nothing bounds how many messages wait in `{name}`");
        let full = match &queue.on {
            Some(on) => format!("grows until the memory of `{}` is used up", on.name),
            None => "grows until its broker has no more room".to_owned(),
        };
        let diagnostic = Diagnostic::new(&RULE, message, queue.name.span, full)
            .label(filled.span, "filled here")
            .help("write `max_depth 50_000`, and let whoever publishes handle a refusal")
            .about(queue.id);
        found.push(diagnostic);
    }
}
