//! How long PM2 waits, in whole milliseconds, rounded up. To PM2 0 is its own default.

use loadline_compiler::budget::ShutdownSum;
use loadline_compiler::model::{Probe, Workload};
use loadline_compiler::quantity::Duration;

/// A new process that is slower than this is taken to be ready, and its predecessor killed, so it must be on the safe side.
/// PM2's own 3 s have ended many a good process.
const LISTEN_TIMEOUT_UNKNOWN: Duration = Duration::seconds(30);

/// From the signal to SIGKILL: the grace period without its settle time, which has passed before the signal.
pub(crate) fn kill_timeout(workload: &Workload) -> Duration {
    let stop = ShutdownSum::of(workload);
    stop.grace.minus(stop.settle).max(Duration::millis(1))
}

/// How long a new process may take: half as long again as the slowest boot, and what a startup probe allows.
pub(crate) fn listen_timeout(workload: &Workload) -> Duration {
    let boot = workload.load.boot.as_ref().map(|boot| boot.high.scaled_up(3, 2));
    let startup = workload.health.startup.as_ref().map(allowed);
    boot.max(startup)
        .unwrap_or(LISTEN_TIMEOUT_UNKNOWN)
        .max(Duration::millis(1))
}

fn allowed(probe: &Probe) -> Duration {
    probe.after.value.plus(probe.every.value.times(probe.failures()))
}
