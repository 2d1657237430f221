//! Health checks of containers: one for each, where Kubernetes knows three probes.

use loadline_compiler::model::{Health, Workload};
use loadline_compiler::quantity::Duration;

use super::file::Healthcheck;
use super::text::Text;
use crate::docker::probe::{self, Inside};
use crate::output::Output;

/// Readiness, else liveness: what waits for this container wants to know whether it can be used.
///
/// `None` without a probe, and where no command inside the container is known to ask.
pub(crate) fn check(
    inside: Inside<'_>,
    health: &Health,
    boot: Option<Duration>,
    out: &mut Output,
) -> Option<Healthcheck> {
    let asked = health.ready.as_ref().or(health.live.as_ref())?;
    let span = probe::span(asked);
    probe::judge_headers(inside, asked, out);
    let command = match probe::command(inside, asked) {
        Ok(command) => command,
        Err(reason) => {
            let message = "the container gets no health check in the compose file: whoever depends on it waits until it runs, not until it is ready";
            out.not_expressible(span, message, reason);
            return None;
        }
    };
    let mut test = vec![Text::own("CMD")];
    for word in &command {
        test.push(out.escaped(span, Text::plain(word)));
    }
    let time = |duration| Text::own(probe::duration(duration));
    let start = probe::start_period(health, boot, asked);
    Some(Healthcheck {
        test,
        interval: time(asked.every.value),
        timeout: time(asked.timeout.value),
        retries: asked.failures(),
        start_period: (!start.is_zero()).then(|| time(start)),
        start_interval: health.startup.as_ref().map(|startup| time(startup.every.value)),
    })
}

/// Whether a workload gets one.
pub(crate) fn has_check(workload: &Workload) -> bool {
    let health = &workload.health;
    let asked = health.ready.as_ref().or(health.live.as_ref());
    asked.is_some_and(|asked| probe::command(Inside::of(workload), asked).is_ok())
}
