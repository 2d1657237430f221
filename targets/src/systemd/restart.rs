//! What happens when a process ends.

use loadline_compiler::budget::restart::DELAY;
use loadline_compiler::model::{Restart as Written, RestartPolicy, Workload};
use loadline_compiler::quantity::Duration;
use serde::Serialize;

use crate::cron::Cron;
use crate::escape::systemd as escape;
use crate::output::Output;
use crate::template::Escaped;

/// The runs of a job that starts by hand are counted over this time when nothing says how long one takes.
const RUNS_COUNTED: Duration = Duration::minutes(60);

/// `Restart=`, `RestartSec=` and the limit of starts, which belong together.
#[derive(Debug, Serialize)]
pub(crate) struct Restart {
    pub(crate) policy: Escaped,
    pub(crate) delay: Escaped,
    /// Starts are counted over this time; `0` is no limit.
    pub(crate) window: Escaped,
    pub(crate) starts: Option<u64>,
}

impl Restart {
    /// Of a service or worker: always, however it ended. An exit with 0 or by SIGTERM is a clean one, after which
    /// `on-failure` leaves the service down.
    pub(crate) fn of_service(workload: &Workload) -> Self {
        match &workload.restart {
            Some(written) => Self::of(written, word(written.policy.value)),
            None => Self::endless("always"),
        }
    }

    /// Of a job: as often as `retries` says. Starts by the timer count too, so that they are counted over less time than
    /// lies between two of them.
    pub(crate) fn of_job(workload: &Workload, cron: Option<&Cron>, out: &mut Output) -> Self {
        if let Some(written) = &workload.restart {
            let policy = match written.policy.value {
                RestartPolicy::Always => {
                    out.not_expressible(
                        written.policy.span,
                        "systemd starts no job again that succeeded",
                        "it is started again when it failed",
                    );
                    "on-failure"
                }
                other => word(other),
            };
            return Self::of(written, policy);
        }
        let starts = workload.retries.value.saturating_add(1);
        if starts == 1 {
            return Self::endless("no");
        }
        let run = workload.timeout.as_ref().map(|timeout| timeout.value.plus(DELAY));
        let window = match (cron, run) {
            // The timer may be a second late.
            (Some(cron), _) => Duration::minutes(cron.shortest_gap_minutes()).minus(Duration::seconds(2)),
            (None, Some(run)) => run.times(starts),
            (None, None) => RUNS_COUNTED,
        };
        Self {
            policy: escape::fixed("on-failure"),
            delay: escape::time(DELAY),
            window: escape::time(window),
            starts: Some(starts),
        }
    }

    fn of(written: &Written, policy: &'static str) -> Self {
        let limit = written.limit.as_ref();
        let window = limit.map_or(Duration::ZERO, |limit| limit.window.value);
        Self {
            policy: escape::fixed(policy),
            delay: escape::time(written.delay.value),
            window: escape::time(window),
            starts: limit.map(|limit| limit.starts.value),
        }
    }

    /// Without a limit of starts.
    pub(crate) fn endless(policy: &'static str) -> Self {
        Self {
            policy: escape::fixed(policy),
            delay: escape::time(DELAY),
            window: escape::time(Duration::ZERO),
            starts: None,
        }
    }
}

const fn word(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Never => "no",
    }
}
