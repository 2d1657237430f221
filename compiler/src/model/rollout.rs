//! How a new revision replaces the old one.

use loadline_grammar::ast::Comparison;

use super::expect::Measure;
use super::health::ProbeCheck;
use super::parts::ToGateway;
use crate::lower::{InstancePath, Ref, Val};
use crate::quantity::{Duration, Ratio, Share};
use crate::schema::{block, words};

words! {
    /// The ways to replace instances.
    pub enum Strategy("a rollout strategy") {
        /// A few at a time, new before old.
        Rolling = "rolling",
        /// All old ones first, then all new ones: an outage, but never two revisions.
        Recreate = "recreate",
        /// A complete second set, then traffic moves over.
        BlueGreen = "blue-green",
        /// A growing part of the traffic, watched.
        Canary = "canary",
        /// PM2's reload: process by process, two at a time.
        Reload = "reload",
    }
}

block! {
    /// How a new revision replaces the old one.
    pub struct Rollout("rollout") {
        head {
            /// The strategy.
            strategy: Val<Strategy>,
        }
        /// How many more than the replicas may exist; a percentage is rounded up.
        surge in ["rolling", "canary"]: Val<Share> = Share::Count(1),
        /// How many fewer than the replicas may be available; a percentage is rounded down.
        unavailable in ["rolling", "canary"]: Val<Share> = Share::Count(0),
        /// How long a new instance must be ready until it counts.
        min_ready in ["rolling", "canary", "blue-green"]: Val<Duration> = Duration::ZERO,
        /// How long a rollout may make no progress until it is reported as stuck. It is not rolled back by that.
        deadline in ["rolling", "canary", "blue-green"]: Val<Duration> = Duration::minutes(10),
        /// What must pass on the new set before any traffic reaches it.
        smoke in ["blue-green"]: Option<Smoke>,
        /// Which gateway splits the traffic; without one, traffic follows instance counts.
        via in ["canary", "blue-green"]: Option<Val<Ref<ToGateway>>>,
        /// A part of the traffic, and how long it stays there. A final step of 100% is implied.
        step in ["canary", "blue-green"]: Vec<TrafficStep>,
        /// What takes the traffic back.
        abort in ["canary", "blue-green"]: Vec<Abort>,
        /// How long the old set stays up after all traffic left it.
        hold in ["blue-green"]: Option<Val<Duration>>,
        /// What must answer after a reload; PM2 itself does not check.
        verify in ["reload"]: Option<Verify>,
        /// How many releases are kept on the host.
        releases in ["reload"]: Val<u64> = 5,
    }
}

block! {
    /// A check of the new set before traffic.
    pub struct Smoke("smoke") {
        head {
            /// A path that is fetched, or `exec ["program"]`.
            check: ProbeCheck,
        }
    }
}

block! {
    /// A part of the traffic on the new revision.
    pub struct TrafficStep("step") [group] {
        head {
            /// How much.
            weight: Val<Ratio>,
        }
        /// How long it stays there.
        duration as "for": Option<Val<Duration>>,
    }
}

block! {
    /// A condition that takes the traffic back: `abort error_rate > 1%`.
    pub struct Abort("abort") [group] {
        head {
            /// What is measured.
            metric: Val<AbortMetric>,
            /// How it compares.
            comparison: Val<Comparison>,
            /// With what.
            value: Val<Measure>,
        }
    }
}

words! {
    /// What a canary is judged by.
    pub enum AbortMetric("a metric") {
        /// The part of requests that fail.
        ErrorRate = "error_rate",
        /// Half of the requests are faster.
        P50 = "p50",
        /// 95 of 100 requests are faster.
        P95 = "p95",
        /// 99 of 100 requests are faster.
        P99 = "p99",
    }
}

block! {
    /// A check after a reload, by the release script.
    pub struct Verify("verify") {
        head {
            /// A path that is fetched.
            path: Val<InstancePath>,
        }
        /// How long the script waits before the first try.
        after: Val<Duration> = Duration::seconds(3),
        /// Time between tries.
        every: Val<Duration> = Duration::seconds(2),
        /// How many tries.
        tries: Val<u64> = 5,
    }
}
