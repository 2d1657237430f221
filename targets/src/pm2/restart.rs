//! What PM2 does when a process ends.

use loadline_compiler::model::{RestartPolicy, Workload};
use loadline_compiler::quantity::Duration;
use serde::Serialize;

use crate::output::Output;

/// Between two starts, unless the spec says otherwise: as the units of systemd have it. PM2's own is no delay at all.
const DELAY: Duration = Duration::seconds(5);

/// A process that lived so long does not count as unstable. Source: PM2's own default.
const MIN_UPTIME: Duration = Duration::seconds(1);

/// The least that PM2 takes for `min_uptime`. Source: its schema.json.
const MIN_UPTIME_LEAST: Duration = Duration::millis(100);

/// As good as never: PM2's own 16 would end an app whose database is away for a minute.
const STARTS_ENDLESS: u64 = u32::MAX as u64;

#[derive(Debug, Serialize)]
pub(crate) struct Restart {
    again: bool,
    only_failures: bool,
    delay_ms: u64,
    min_uptime_ms: u64,
    starts: u64,
}

impl Restart {
    /// A job is started by its schedule only.
    pub(crate) fn of(workload: &Workload, out: &mut Output) -> Self {
        let written = workload.restart.as_ref();
        let policy = match written {
            Some(written) => written.policy.value,
            None => RestartPolicy::Always,
        };
        let delay = written.map_or(DELAY, |written| written.delay.value);
        let limit = written.and_then(|written| written.limit.as_ref());
        let again = policy != RestartPolicy::Never && !workload.is_job();
        if let Some(limit) = limit.filter(|_| again) {
            out.not_expressible(
                limit.span,
                format!(
                    "PM2 counts starts only in the first {} after a release",
                    limit.window.value
                ),
                "a process that begins to fail later is started again without end",
            );
        }
        let (starts, min_uptime) = match limit {
            // PM2 gives up when so many processes lived shorter than `min_uptime`, in `min_uptime` times their number.
            Some(limit) => {
                let starts = limit.starts.value.max(1);
                (starts, limit.window.value.scaled_up(1, starts))
            }
            None => (STARTS_ENDLESS, MIN_UPTIME),
        };
        Self {
            again,
            only_failures: policy == RestartPolicy::OnFailure,
            delay_ms: delay.ceil_millis(),
            min_uptime_ms: min_uptime.max(MIN_UPTIME_LEAST).ceil_millis(),
            starts,
        }
    }
}
