//! `queue-without-dead-letter`

use crate::diagnostic::Diagnostic;
use crate::model::{Consumes, Model, Store, ThingKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A queue that is consumed says where messages go that cannot be worked on.
    /// ## Why
    /// Sooner or later one message is broken. If nothing limits its deliveries it comes back for ever and keeps a worker busy
    /// with failing; if something does, it is gone, and with it the order that it stood for. In a queue of its own somebody
    /// can look at it, mend the worker and send it again.
    /// ## Source
    /// RabbitMQ, "Dead Letter Exchanges"; Amazon SQS, "Using dead-letter queues".
    ///
    /// ```loadline,bad
    /// queue mail { engine rabbitmq 4.1; max_depth 50_000 }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   256Mi
    ///   consumes mail { max_attempts 5; idempotent }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// queue mail { engine rabbitmq 4.1; max_depth 50_000; dead_letter mail-dead }
    /// queue mail-dead { engine rabbitmq 4.1; max_depth 50_000 }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   256Mi
    ///   consumes mail { max_attempts 5; idempotent }
    /// }
    /// ```
    807 "queue-without-dead-letter" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let queues = model.stores.iter().filter(|store| store.id.kind == ThingKind::Queue);
    for queue in queues.filter(|queue| queue.dead_letter.is_none() && !takes_dead_letters(model, queue)) {
        let Some((workload, consumes)) = consumer(model, queue) else {
            continue;
        };
        let name = &queue.name.value;
        let (message, span, label) = match &consumes.max_attempts {
            Some(attempts) => (
                format!("a message of `{name}` that fails {} times is gone", attempts.value),
                attempts.span,
                format!("`{}` gives it up", workload.name.value),
            ),
            None => (
                format!("a message of `{name}` that cannot be worked on is never put aside"),
                consumes.span,
                format!("`{}` gets it again, as often as its broker likes", workload.name.value),
            ),
        };
        let attempts = if consumes.max_attempts.is_none() {
            ", and `max_attempts 5` in its consumer"
        } else {
            ""
        };
        let diagnostic = Diagnostic::new(&RULE, message, queue.name.span, "no `dead_letter`")
            .label(span, label)
            .help(format!(
                "declare `queue {name}-dead`, write `dead_letter {name}-dead` in `{name}`{attempts}"
            ))
            .about(queue.id);
        found.push(diagnostic);
    }
}

/// What is put aside already needs no further place.
fn takes_dead_letters(model: &Model, queue: &Store) -> bool {
    let targets = model.stores.iter().filter_map(|store| store.dead_letter.as_ref());
    targets.into_iter().any(|target| target.id == queue.id)
}

fn consumer<'m>(model: &'m Model, queue: &Store) -> Option<(&'m Workload, &'m Consumes)> {
    let edges = model
        .workloads
        .iter()
        .flat_map(|workload| workload.consumes.iter().map(move |edge| (workload, edge)));
    let mut edges = edges.filter(|(_, edge)| edge.queue.id == queue.id);
    edges.next()
}
