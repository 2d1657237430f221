//! `drain-shorter-than-longest-request`

use crate::budget::shutdown::DRAIN_FACTOR;
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The drain lasts a fifth longer than the longest request that must be let finish.
    /// ## Why
    /// A request that begins just before the instance is told to stop needs its whole time, and a little more when the machine
    /// is busy with a deploy. What does not finish is lost, on every deploy.
    /// ## Source
    /// The buffer of 20 % is common practice for `kill_timeout` under PM2 and for grace periods elsewhere.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { drain 10s }
    ///   load     { longest 20s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   shutdown { drain 24s }
    ///   load     { longest 20s }
    /// }
    /// ```
    603 "drain-shorter-than-longest-request" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(longest) = &workload.load.longest else {
            continue;
        };
        let drain = &workload.shutdown.drain;
        let has = drain.get().unwrap_or_default();
        let needed = longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1);
        if needed <= has {
            continue;
        }
        let name = &workload.name.value;
        let message = format!(
            "`{name}` drains for {has}, but its longest request takes {}",
            longest.value
        );
        let diagnostic = Diagnostic::new(&RULE, message, drain.span, "what is still in flight then is cut off")
            .label(longest.span, format!("{needed} with a fifth to spare"))
            .help(format!("write `drain {needed}`"))
            .about(workload.id);
        found.push(if drain.is_written() {
            diagnostic.edit(drain.span, needed.to_string())
        } else {
            diagnostic
        });
    }
}
