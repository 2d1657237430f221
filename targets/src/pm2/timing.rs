//! How long PM2 waits, in whole milliseconds, rounded up. To PM2 0 is its own default.

use loadline_compiler::budget::ShutdownSum;
use loadline_compiler::model::Workload;
use loadline_compiler::quantity::Duration;

/// From the signal to SIGKILL: the grace period without its settle time, which has passed before the signal.
pub(crate) fn kill_timeout(workload: &Workload) -> Duration {
    let stop = ShutdownSum::of(workload);
    stop.grace.minus(stop.settle).max(Duration::millis(1))
}
