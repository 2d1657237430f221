//! `worker-drain-exceeds-visibility`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A worker that stops gives itself no more time for the message in hand than the queue hides it from others.
    /// ## Why
    /// After that the queue delivers the message to somebody else, while the one that stops is still working on it: it is worked
    /// on twice, at every deploy that meets a slow message. Where twice has the effect of once (`idempotent`) that is work
    /// for nothing; elsewhere it is done twice.
    /// ## Source
    /// The two times themselves. Amazon SQS, "Visibility timeout": it counts from the delivery. Libraries that extend it while
    /// they work, as BullMQ does with its locks, need no `visibility`.
    ///
    /// ```loadline,bad
    /// queue jobs { engine sqs; dead_letter jobs-dead }
    /// queue jobs-dead { engine sqs }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   consumes jobs { visibility 30s; max_attempts 5; idempotent }
    ///   shutdown { drain 60s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// queue jobs { engine sqs; dead_letter jobs-dead }
    /// queue jobs-dead { engine sqs }
    /// worker mailer {
    ///   image    "ghcr.io/acme/mailer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   consumes jobs { visibility 60s; max_attempts 5; idempotent }
    ///   shutdown { drain 60s }
    /// }
    /// ```
    609 "worker-drain-exceeds-visibility" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        // A drain that was computed follows the longest message: whether that fits is another question.
        let drain = &workload.shutdown.drain;
        if !drain.is_written() {
            continue;
        }
        let time = workload.shutdown.drain();
        for consumes in &workload.consumes {
            let Some(visibility) = consumes
                .visibility
                .as_ref()
                .filter(|visibility| visibility.value < time)
            else {
                continue;
            };
            let (name, queue) = (&workload.name.value, &consumes.queue.name);
            let message = format!(
                "`{name}` works on a message for up to {time} while it stops, but `{queue}` hides it for {}",
                visibility.value
            );
            found.push(
                Diagnostic::new(&RULE, message, drain.span, "then somebody else is working on it too")
                    .label(visibility.span, "counted from the delivery")
                    .help(format!("write `visibility {time}`, or a shorter `drain`"))
                    .about(workload.id),
            );
        }
    }
}
