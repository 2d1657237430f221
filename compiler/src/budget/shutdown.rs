//! How long an instance takes to stop.

use crate::facts::node;
use crate::model::{Model, Release, Uses, Workload};
use crate::quantity::Duration;

/// Kubernetes' default `terminationGracePeriodSeconds`: what holds when neither `load.longest` nor `grace` says otherwise.
/// Source: core/v1 PodSpec.
pub const GRACE_DEFAULT: Duration = Duration::seconds(30);

/// Kept between the end of the drain and the kill, for the process to exit.
pub const EXIT_MARGIN: Duration = Duration::seconds(2);

/// The kubelet grants at least this much after `preStop`. Source: kuberuntime_container.go, `minimumGracePeriodInSeconds`.
pub const KUBELET_MINIMUM: Duration = Duration::seconds(2);

/// On Kubernetes a pod is told to stop and taken out of the endpoints at the same time; proxies follow within a second or
/// two, external balancers later.
pub const SETTLE_KUBERNETES: Duration = Duration::seconds(5);

/// A drain lasts this much longer than the longest request: 6/5.
pub const DRAIN_FACTOR: (u64, u64) = (6, 5);

/// What the shutdown of one instance is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownSum {
    /// It keeps serving.
    pub settle: Duration,
    /// Requests in flight finish.
    pub drain: Duration,
    /// Keep-alive connections end, when the server does not end them itself.
    pub tail: Duration,
    /// Pools close.
    pub close: Duration,
    /// After this it is killed.
    pub grace: Duration,
}

impl ShutdownSum {
    /// Of a workload, all values computed.
    #[must_use]
    pub fn of(workload: &Workload) -> Self {
        Self {
            settle: workload.shutdown.settle(),
            drain: workload.shutdown.drain(),
            tail: tail(workload),
            close: workload
                .uses
                .iter()
                .map(|uses| uses.close.value)
                .max()
                .unwrap_or_default(),
            grace: workload.shutdown.grace(),
        }
    }

    /// What it needs before it is killed.
    #[must_use]
    pub fn needed(&self) -> Duration {
        self.settle.plus(self.drain).plus(self.tail).plus(self.close)
    }

    /// `5s settle + 24s drain + 6s keep-alive tail`
    #[must_use]
    pub fn terms(&self) -> String {
        let parts = [
            (self.settle, "settle"),
            (self.drain, "drain"),
            (self.tail, "keep-alive tail"),
            (self.close, "close"),
        ];
        let shown: Vec<String> = parts
            .iter()
            .filter(|(time, _)| !time.is_zero())
            .map(|(time, what)| format!("{time} {what}"))
            .collect();
        if shown.is_empty() {
            "nothing".to_owned()
        } else {
            shown.join(" + ")
        }
    }

    /// As a kubelet runs it: grace period and `preStop` are whole seconds, and `preStop` is cut off at the end of the grace period.
    /// Source: core/v1 PodSpec, `terminationGracePeriodSeconds`, and SleepAction, `seconds`; `executePreStopHook`.
    #[must_use]
    pub fn by_kubelet(self) -> Self {
        let grace = Duration::seconds(self.grace.ceil_seconds());
        Self {
            settle: Duration::seconds(self.settle.ceil_seconds()).min(grace),
            grace,
            ..self
        }
    }

    /// When a kubelet kills it, however much it still needs: at the end of the grace period, or a little after `preStop`.
    #[must_use]
    pub fn killed_after(&self) -> Duration {
        self.grace.max(self.settle.plus(KUBELET_MINIMUM))
    }

    /// D: how long a terminating instance may keep the connections of one client, on Kubernetes.
    ///
    /// Given back at the signal, they are there until then, and those in use until their requests are done; but not for the
    /// tail of connections on which nobody asks any more.
    #[must_use]
    pub fn holding(&self, uses: &Uses) -> Duration {
        let tail = match uses.release.value {
            Release::OnSignal => Duration::ZERO,
            Release::AfterDrain => self.tail,
        };
        let sum = Self {
            close: uses.close.value,
            tail,
            ..self.by_kubelet()
        };
        sum.needed().min(sum.killed_after())
    }
}

/// A server that does not end keep-alive connections itself keeps them for the idle timeout and a second more after their
/// last answer. Source: measured on Node 20 to 24 (`keepAliveTimeoutBuffer` is 1000 ms).
#[must_use]
pub fn tail(workload: &Workload) -> Duration {
    let lingering = workload.listen.iter().filter(|listen| !listen.closes_idle.value);
    let timeouts = lingering.map(|listen| {
        let idle = listen.idle_timeout.as_ref().map(|idle| idle.value);
        idle.unwrap_or(Duration::seconds(node::KEEP_ALIVE_SECONDS))
            .plus(Duration::seconds(1))
    });
    timeouts.max().unwrap_or_default()
}

/// `settle` where it is not given.
#[must_use]
pub fn settle_default(model: &Model, workload: &Workload) -> (Duration, &'static str) {
    if workload.is_job() {
        return (Duration::ZERO, "a job serves no requests");
    }
    if workload.listen.is_empty() {
        return (Duration::ZERO, "nobody sends requests to what does not listen");
    }
    match model.platform(workload) {
        crate::model::Platform::Kubernetes(_) => (
            SETTLE_KUBERNETES,
            "on Kubernetes endpoints follow a termination with a delay",
        ),
        _ => (Duration::ZERO, "on a host the proxy is told before the process"),
    }
}
