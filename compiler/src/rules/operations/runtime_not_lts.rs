//! `runtime-not-lts`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The runtime has long-term support today. "Today" is `--today`, else the project's `as_of`, else the current date.
    /// ## Why
    /// Other versions get fixes for half a year, with changes that break programs in between, and end while the project
    /// goes on.
    /// ## Source
    /// Node.js: `schedule.json` of nodejs/Release, as of 2026-07-02, or the file that `node_schedule` of the project names. A
    /// version that is not in it yet is not judged.
    ///
    /// ```loadline,bad
    /// project { as_of "2026-06-15" }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 26
    ///   memory  512Mi { heap auto }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project { as_of "2026-06-15" }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    /// }
    /// ```
    906 "runtime-not-lts" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // Of a day before the table begins nothing is known.
    let schedule = &context.model.node_schedule;
    let Some(newest) = schedule.newest_lts(context.today) else {
        return;
    };
    for workload in &context.model.workloads {
        let Some(runtime) = workload.runtime.as_ref().filter(|runtime| runtime.is_node()) else {
            continue;
        };
        let Some(release) = runtime.major().and_then(|major| schedule.of(major)) else {
            continue;
        };
        // What is at its end is `runtime-end-of-life`.
        if release.end <= context.today || release.lts.is_some_and(|lts| lts <= context.today) {
            continue;
        }
        let name = &workload.name.value;
        let message = format!(
            "Node {} of `{name}` has no long-term support on {}",
            release.major, context.today
        );
        let label = match release.lts {
            Some(lts) => format!("begins on {lts}"),
            None => "none is scheduled".to_owned(),
        };
        let diagnostic = Diagnostic::new(&RULE, message, runtime.span, label).about(workload.id);
        found.push(diagnostic.help(format!(
            "`runtime node {}` has support until {}",
            newest.major, newest.end
        )));
    }
}
