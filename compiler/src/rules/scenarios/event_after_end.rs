//! `event-after-end`

use crate::diagnostic::Diagnostic;
use crate::model::Until;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What a scenario says to happen happens before its run ends.
    /// ## Why
    /// A run that ends before the outage shows a system that survives it.
    /// ## Source
    /// `until` in [the scenario reference](../language/scenario.md). With `until settled` a run waits for every event.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 0s { traffic api 200/s }
    ///   at 5m { kill api }
    ///   expect availability api >= 99.9%
    ///   until 3m
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 0s { traffic api 200/s }
    ///   at 5m { kill api }
    ///   expect availability api >= 99.9%
    ///   until settled
    /// }
    /// ```
    1003 "event-after-end" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for scenario in &context.model.scenarios {
        let Until::Time(end) = scenario.until.value else {
            continue;
        };
        // A run of no time is a mistake of its own.
        if scenario.until.value.is_at_once() {
            continue;
        }
        for at in scenario.at.iter().filter(|at| end <= at.time.value) {
            let message = format!("what happens at {} is after the end of the run at {end}", at.time.value);
            let diagnostic = Diagnostic::new(&RULE, message, at.time.span, "never happens")
                .label(scenario.until.span, "the run ends here")
                .help("write `until settled`, which waits for every event, or a later end");
            found.push(diagnostic);
        }
    }
}
