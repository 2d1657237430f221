//! When a service's process that has ended is started again, on a host.

use crate::model::{RestartPolicy, Workload};
use crate::quantity::Duration;

/// Between two starts, unless the spec says otherwise. With systemd's own 100 ms and 5 starts in 10 s, a program that
/// cannot start is given up for good within three seconds; a machine that boots before its database would stay down.
/// PM2's own is no delay at all.
pub const DELAY: Duration = Duration::seconds(5);

/// A process of PM2 that lived so long does not count as unstable. Source: PM2's own default.
const MIN_UPTIME: Duration = Duration::seconds(1);

/// The least that PM2 takes for `min_uptime`. Source: its schema.json.
const MIN_UPTIME_LEAST: Duration = Duration::millis(100);

/// As good as never: PM2's own 16 would end an app whose database is away for a minute.
const STARTS_ENDLESS: u64 = u32::MAX as u64;

/// What the spec says of a service or worker, or what holds when it says nothing: always, however it ended. An exit
/// with 0 or by SIGTERM is a clean one, after which `on-failure` leaves it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restarts {
    /// After which ends.
    pub policy: RestartPolicy,
    /// How long it waits before.
    pub delay: Duration,
    /// It gives up after so many starts in such a time.
    pub limit: Option<(u64, Duration)>,
}

impl Restarts {
    /// Of a service or worker.
    #[must_use]
    pub fn of(workload: &Workload) -> Self {
        let written = workload.restart.as_ref();
        let limit = written.and_then(|written| written.limit.as_ref());
        Self {
            policy: written.map_or(RestartPolicy::Always, |written| written.policy.value),
            delay: written.map_or(DELAY, |written| written.delay.value),
            limit: limit.map(|limit| (limit.starts.value, limit.window.value)),
        }
    }

    /// PM2's `max_restarts` and `min_uptime`: it gives up when so many processes lived shorter than that, in their
    /// product after a release.
    #[must_use]
    pub fn unstable(&self) -> (u64, Duration) {
        let (starts, uptime) = match self.limit {
            Some((starts, window)) => {
                let starts = starts.max(1);
                (starts, window.scaled_up(1, starts))
            }
            None => (STARTS_ENDLESS, MIN_UPTIME),
        };
        (starts, uptime.max(MIN_UPTIME_LEAST))
    }
}
