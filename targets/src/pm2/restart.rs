//! What PM2 does when a process ends.

use loadline_compiler::budget::restart::Restarts;
use loadline_compiler::model::{RestartPolicy, Workload};
use serde::Serialize;

use crate::output::Output;

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
        let restarts = Restarts::of(workload);
        let policy = restarts.policy;
        let limit = workload.restart.as_ref().and_then(|written| written.limit.as_ref());
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
        let (starts, min_uptime) = restarts.unstable();
        Self {
            again,
            only_failures: policy == RestartPolicy::OnFailure,
            delay_ms: restarts.delay.ceil_millis(),
            min_uptime_ms: min_uptime.ceil_millis(),
            starts,
        }
    }
}
