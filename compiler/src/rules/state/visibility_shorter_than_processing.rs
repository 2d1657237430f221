//! `visibility-shorter-than-processing`

use crate::budget::shutdown::DRAIN_FACTOR;
use crate::diagnostic::Diagnostic;
use crate::facts::queues::queue_default;
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A message stays hidden for as long as the longest one is worked on.
    /// ## Why
    /// When the time is over the broker gives the message to another worker, while the first is still at it. Both do the work,
    /// neither can confirm it in time, and it is given out again: the longest messages are worked on until they are put
    /// aside as failed, although each of them succeeded.
    /// ## Source
    /// Amazon SQS, "Visibility timeout", 30 s unless it is set. A fifth is added to the longest, as for a drain.
    ///
    /// ```loadline,bad
    /// queue exports { engine sqs; dead_letter exports-dead }
    /// queue exports-dead { engine sqs }
    /// worker exporter {
    ///   image    "ghcr.io/acme/exporter@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   consumes exports { visibility 60s; max_attempts 5; idempotent }
    ///   load     { longest 90s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// queue exports { engine sqs; dead_letter exports-dead }
    /// queue exports-dead { engine sqs }
    /// worker exporter {
    ///   image    "ghcr.io/acme/exporter@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   consumes exports { visibility 2m; max_attempts 5; idempotent }
    ///   load     { longest 90s }
    /// }
    /// ```
    808 "visibility-shorter-than-processing" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(longest) = &workload.load.longest else {
            continue;
        };
        for consumes in &workload.consumes {
            let engine = context
                .model
                .store(consumes.queue.id)
                .map_or("", |queue| queue.engine_name());
            let written = consumes.visibility.as_ref();
            let hidden = written
                .map(|visibility| visibility.value)
                .or(queue_default(engine).visibility);
            let Some(hidden) = hidden.filter(|hidden| *hidden < longest.value) else {
                continue;
            };
            let queue = &consumes.queue.name;
            let message = format!(
                "messages of `{queue}` are delivered again after {hidden}, and `{}` works on one for up to {}",
                workload.name.value, longest.value
            );
            let needed = longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1);
            let needed = Duration::seconds(needed.ceil_seconds());
            let (span, label) = match written {
                Some(visibility) => (visibility.span, "then it is given to another".to_owned()),
                None => (
                    consumes.span,
                    format!("no `visibility`: {engine} gives it to another after {hidden}"),
                ),
            };
            let diagnostic = Diagnostic::new(&RULE, message, span, label)
                .label(longest.span, "worked on for so long")
                .help(format!("write `visibility {needed}`: a fifth longer than the longest"))
                .about(workload.id);
            found.push(match written {
                Some(visibility) => diagnostic.edit(visibility.span, needed.to_string()),
                None => diagnostic,
            });
        }
    }
}
