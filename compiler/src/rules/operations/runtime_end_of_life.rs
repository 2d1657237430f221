//! `runtime-end-of-life`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The runtime still gets security fixes today. "Today" is `--today`, else the project's `as_of`, else the current date.
    /// ## Why
    /// After its end of life a runtime's known holes stay open.
    /// ## Source
    /// Node.js: `schedule.json` of nodejs/Release, as of 2026-07-02, or the file that `node_schedule` of the project names. Dates are compared, not parity: from version 27 on every
    /// major gets long-term support.
    ///
    /// ```loadline,bad
    /// project shop { as_of "2026-11-21" }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 20
    ///   memory  512Mi { heap auto }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { as_of "2026-11-21" }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    /// }
    /// ```
    905 "runtime-end-of-life" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(runtime) = workload.runtime.as_ref().filter(|runtime| runtime.is_node()) else {
            continue;
        };
        let Some(major) = runtime.major() else {
            continue;
        };
        let schedule = &context.model.node_schedule;
        // What is older than the schedule is long gone.
        let end = match schedule.of(major) {
            Some(release) if release.end <= context.today => release.end.to_string(),
            None if major < schedule.oldest() => "long ago".to_owned(),
            _ => continue,
        };
        let message = format!(
            "Node {major} of `{}` reached its end of life on {end}",
            workload.name.value
        );
        let message = message.replace("on long ago", "long ago");
        let label = format!("no fixes any more on {}", context.today);
        let diagnostic = Diagnostic::new(&RULE, message, runtime.span, label).about(workload.id);
        found.push(match schedule.newest_lts(context.today) {
            Some(newest) => diagnostic.help(format!(
                "`runtime node {}` has support until {}",
                newest.major, newest.end
            )),
            None => diagnostic,
        });
    }
}
