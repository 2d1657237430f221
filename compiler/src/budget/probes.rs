//! Probes as the kubelet runs them: one after the other, in whole seconds, from the start of the container.
//!
//! Source: kubernetes, `pkg/kubelet/prober/worker.go`, and the fields of core/v1 Probe.

use crate::model::{Health, Model, Platform, Probe, Workload};
use crate::quantity::Duration;

/// How often the kubelet asks: whole seconds, at least one.
#[must_use]
pub fn period(probe: &Probe) -> Duration {
    Duration::seconds(probe.every.ceil_seconds().max(1))
}

/// How long it waits for an answer: whole seconds, at least one.
#[must_use]
pub fn timeout(probe: &Probe) -> Duration {
    Duration::seconds(probe.timeout.ceil_seconds().max(1))
}

/// Failures in a row that count. `within` is a time: with a period that was rounded up fewer fit into it.
#[must_use]
pub fn failures(probe: &Probe) -> u64 {
    let within = probe.within.as_ref();
    let fitting = within.and_then(|within| within.minus(probe.after.value).ceil_div(period(probe)));
    fitting.unwrap_or(probe.failing.value).max(1)
}

/// How long a probe may fail in a row until that has consequences: `failures × period`.
#[must_use]
pub fn patience(probe: &Probe) -> Duration {
    period(probe).times(failures(probe))
}

/// What ends a container that does not come up.
#[derive(Clone, Copy, Debug)]
pub struct Deadline<'m> {
    /// The startup probe; without one, the liveness probe.
    pub probe: &'m Probe,
    /// Whether it is the startup probe.
    pub is_startup: bool,
    /// When it is ended, counted from the start of the container.
    pub time: Duration,
}

impl Deadline<'_> {
    /// `2s × 30 failures`, `10s + 10s × 3 failures`
    #[must_use]
    pub fn terms(&self) -> String {
        let after = Duration::seconds(self.probe.after.ceil_seconds());
        let first = if after.is_zero() {
            String::new()
        } else {
            format!("{after} + ")
        };
        format!("{first}{} × {} failures", period(self.probe), failures(self.probe))
    }
}

/// When the kubelet gives a container up that does not come up: the startup probe holds the others back until it passes once;
/// without it liveness counts from the start. `None` where neither is asked.
#[must_use]
pub fn startup_deadline(health: &Health) -> Option<Deadline<'_>> {
    let probe = health.startup.as_ref().or(health.live.as_ref())?;
    let after = Duration::seconds(probe.after.ceil_seconds());
    Some(Deadline {
        probe,
        is_startup: health.startup.is_some(),
        time: after.plus(patience(probe)),
    })
}

/// Whether a kubelet asks the probes of a workload. systemd and PM2 ask nothing, and compose asks only to order starts.
#[must_use]
pub fn are_asked(model: &Model, workload: &Workload) -> bool {
    matches!(model.platform(workload), Platform::Kubernetes(_))
}
