//! `runtime-end-of-life`

use crate::diagnostic::Diagnostic;
use crate::facts::node::Release;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The runtime still gets security fixes today. "Today" is `--today`, else the project's `as_of`, else the current date.
    /// ## Why
    /// After its end of life a runtime's known holes stay open.
    /// ## Source
    /// Node.js: `schedule.json` of nodejs/Release, as of 2026-07-02. Dates are compared, not parity: from version 27 on every
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
        // What is older than the table is long gone.
        let end = Release::of(major).map(|release| (release.end_of_life, release.end_of_life_date()));
        let oldest = crate::facts::node::RELEASES.first().map_or(0, |release| release.major);
        let end = match end {
            Some((text, Some(date))) if date <= context.today => text,
            None if major < oldest => "long ago",
            _ => continue,
        };
        let message = format!(
            "Node {major} of `{}` reached its end of life on {end}",
            workload.name.value
        );
        let message = message.replace("on long ago", "long ago");
        let label = format!("no fixes any more on {}", context.today);
        let diagnostic = Diagnostic::new(&RULE, message, runtime.span, label).about(workload.id);
        found.push(match Release::newest_lts(context.today) {
            Some(newest) => diagnostic.help(format!(
                "`runtime node {}` has support until {}",
                newest.major, newest.end_of_life
            )),
            None => diagnostic,
        });
    }
}
