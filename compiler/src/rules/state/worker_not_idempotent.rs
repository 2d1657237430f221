//! `worker-not-idempotent`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Messages that may be delivered twice may be worked on twice.
    /// ## Why
    /// A worker that ends before it confirms a message gets it again: at every crash, at every deploy that is faster than the
    /// work, and whenever a confirmation is lost. The mail is sent twice, the card charged twice. A consumer with
    /// `max_attempts 1` gives a message up instead of repeating it, and is let be.
    /// ## Source
    /// RabbitMQ, "Consumer Acknowledgements", and Amazon SQS, "At-least-once delivery": messages can be delivered more than
    /// once.
    ///
    /// ```loadline,bad
    /// queue mail { engine rabbitmq 4.1; max_depth 50_000; dead_letter mail-dead }
    /// queue mail-dead { engine rabbitmq 4.1; max_depth 50_000 }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   256Mi
    ///   consumes mail { max_attempts 5 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// queue mail { engine rabbitmq 4.1; max_depth 50_000; dead_letter mail-dead }
    /// queue mail-dead { engine rabbitmq 4.1; max_depth 50_000 }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   256Mi
    ///   # Each mail has a number that the mail server knows already if it was sent.
    ///   consumes mail { max_attempts 5; idempotent }
    /// }
    /// ```
    810 "worker-not-idempotent" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        for consumes in workload.consumes.iter().filter(|consumes| !consumes.idempotent.value) {
            let attempts = consumes.max_attempts.as_ref();
            if attempts.is_some_and(|attempts| attempts.value <= 1) {
                continue;
            }
            let message = format!(
                "`{}` may get a message of `{}` again that it has worked on",
                workload.name.value, consumes.queue.name
            );
            let label = match attempts {
                Some(attempts) => format!("delivered up to {} times", attempts.value),
                None => "delivered until it is confirmed".to_owned(),
            };
            let span = attempts.map_or(consumes.span, |attempts| attempts.span);
            let diagnostic = Diagnostic::new(&RULE, message, span, label)
                .help("write `idempotent` once twice has the effect of once (a key that is remembered), or `max_attempts 1`")
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}
