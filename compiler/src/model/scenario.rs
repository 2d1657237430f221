//! What-ifs.

use loadline_grammar::ast::{Comparison, Value, ValueKind};

use super::parts::{ToAnything, ToDependency, ToPlace, ToWorkload};
use crate::lower::{Bounds, Cx, Head, HeadField, Name, ProjectPath, Ref, Scalar, Val, Version, Walk};
use crate::quantity::{Amount, Bytes, Duration, Rate, Ratio};
use crate::schema::{Kind, block, words};

block! {
    /// A what-if, and a test of it.
    pub struct Scenario("scenario") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// Something that happens; may repeat.
        at: Vec<At>,
        /// Something that must hold; may repeat.
        expect: Vec<Expect>,
        /// How many times it is run, each with other luck.
        runs: Val<u64> = 1,
        /// Where the luck begins; the same seed gives the same runs.
        seed: Val<u64> = 1,
        /// When a run ends.
        until: Val<Until> = Until::Settled,
    }
}

/// When a run of a scenario ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When nothing has been going on for 30 seconds.
    Settled,
    /// At this time.
    Time(Duration),
}

impl Scalar for Until {
    const KIND: Kind =
        Kind::new("a duration", "10m").or(&[("settled", "No rollout, no backlog, no open breaker for 30 seconds.")]);

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("settled") => Some(Self::Settled),
            _ => <Duration as Scalar>::read(value, cx).map(Self::Time),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Settled => "settled".to_owned(),
            Self::Time(time) => time.to_string(),
        }
    }
}

block! {
    /// Something that happens at a time.
    pub struct At("at") [group] {
        head {
            /// Since the start of the run.
            time: Val<Duration>,
        }
        /// Requests from outside.
        traffic: Vec<TrafficEvent>,
        /// A new revision.
        rollout: Vec<RolloutEvent>,
        /// Back to the revision before.
        rollback: Vec<RollbackEvent>,
        /// A thing is away.
        fail: Vec<Outage>,
        /// A thing is slow.
        slow: Vec<Outage>,
        /// Two things cannot reach each other.
        partition: Vec<Partition>,
        /// Instances end without warning.
        kill: Vec<Kill>,
        /// A node is emptied.
        drain_node: Vec<DrainNode>,
        /// The number of instances is set by hand.
        scale: Vec<ScaleEvent>,
        /// Instances lose memory.
        leak: Vec<Leak>,
        /// The next step of a change.
        migrate: Vec<MigrateEvent>,
    }
}

block! {
    /// Requests from outside.
    pub struct TrafficEvent("traffic") {
        head {
            /// Who gets them.
            target: Val<Ref<ToDependency>>,
            /// How many.
            rate: Option<Val<Rate>>,
        }
        /// Reached little by little over this time.
        ramp: Option<Val<Duration>>,
        /// Only for this long; then as before.
        duration as "for": Option<Val<Duration>>,
        /// So many at once, on top.
        burst: Option<Val<u64>>,
        /// Rates from a file, one a line.
        series: Option<Val<ProjectPath>>,
    }
}

block! {
    /// A new revision: the spec as it is, with what is said here.
    pub struct RolloutEvent("rollout") {
        head {
            /// Of which workload.
            service: Val<Ref<ToWorkload>>,
        }
        /// Its version.
        to: Option<Val<Version>>,
        /// Part of its requests that fail.
        errors: Option<Val<Ratio>>,
        /// How much slower it is.
        slower: Option<Val<Ratio>>,
        /// How long it takes to start.
        boot: Option<Val<Bounds<Duration>>>,
        /// How much memory it needs.
        memory: Option<Val<Bytes>>,
    }
}

block! {
    /// Back to the revision before.
    pub struct RollbackEvent("rollback") {
        head {
            /// Of which workload.
            service: Val<Ref<ToWorkload>>,
        }
    }
}

block! {
    /// A thing is away or slow.
    pub struct Outage("fail") {
        head {
            /// Which.
            thing: Val<Ref<ToDependency>>,
        }
        /// For how long; to the end when left out.
        duration as "for": Option<Val<Duration>>,
        /// How much slower.
        by in ["slow"]: Option<Val<Ratio>>,
        /// Such a part of the requests.
        share: Option<Val<Ratio>>,
    }
}

block! {
    /// Two things cannot reach each other.
    pub struct Partition("partition") {
        head {
            /// The one.
            one: Val<Ref<ToAnything>>,
            /// The other.
            other: Val<Ref<ToAnything>>,
        }
        /// For how long; to the end when left out.
        duration as "for": Option<Val<Duration>>,
    }
}

block! {
    /// Instances end without warning.
    pub struct Kill("kill") {
        head {
            /// Of which workload.
            service: Val<Ref<ToWorkload>>,
        }
        /// How many.
        count: Val<u64> = 1,
    }
}

block! {
    /// A node is emptied, as for maintenance.
    pub struct DrainNode("drain_node") {
        head {
            /// Of which cluster or host.
            place: Val<Ref<ToPlace>>,
        }
        /// Which node, from 1.
        node: Val<u64> = 1,
    }
}

block! {
    /// The number of instances is set by hand.
    pub struct ScaleEvent("scale") {
        head {
            /// Of which workload.
            service: Val<Ref<ToWorkload>>,
            /// To how many.
            replicas: Val<u64>,
        }
    }
}

block! {
    /// Instances lose memory.
    pub struct Leak("leak") {
        head {
            /// Of which workload.
            service: Val<Ref<ToWorkload>>,
        }
        /// How much each time.
        memory: Option<Val<Bytes>>,
        /// How often.
        every: Val<Duration> = Duration::seconds(1),
    }
}

block! {
    /// The next step of a change.
    pub struct MigrateEvent("migrate") {
        head {
            /// Of which change.
            change: Val<super::parts::Word>,
        }
    }
}

words! {
    /// What an expectation is about.
    pub enum ExpectMetric("a metric") {
        /// Part of the requests that succeed.
        Availability = "availability",
        /// Part of the requests that fail.
        Errors = "errors",
        /// Half of the requests are faster.
        P50 = "p50",
        /// 95 of 100 requests are faster.
        P95 = "p95",
        /// 99 of 100 requests are faster.
        P99 = "p99",
        /// Requests that were given up without trying.
        Dropped = "dropped",
        /// Most connections at once.
        Connections = "connections",
        /// Fewest ready instances.
        MinReady = "min_ready",
        /// Most instances at once.
        Live = "live",
        /// Most messages that waited.
        QueueDepth = "queue_depth",
        /// How long the rollout took.
        Duration = "duration",
    }
}

block! {
    /// Something that must hold: `expect availability api >= 99.5% in 99%`.
    pub struct Expect("expect") [group] {
        head {
            /// What is measured.
            metric: Val<ExpectMetric>,
            /// Of which thing; of all traffic through gateways when left out.
            thing: Measured,
            /// How it compares.
            comparison: Val<Comparison>,
            /// With what.
            value: Val<Measure>,
            /// In which part of the runs; in all when left out.
            "in" share: Option<Val<Ratio>>,
        }
    }
}

/// The thing that an expectation is about, if it names one.
#[derive(Clone, Debug)]
pub struct Measured(pub Option<Val<Ref<ToAnything>>>);

impl HeadField for Measured {
    const KIND: Kind = <Ref<ToAnything> as Scalar>::KIND;
    const OPTIONAL: bool = true;

    fn take(head: &mut Head<'_>, _keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        match head.peek().map(|value| &value.kind) {
            Some(ValueKind::Word(_)) => HeadField::take(head, None, cx).map(Self),
            _ => Some(Self(None)),
        }
    }

    fn walk(&self, keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        HeadField::walk(&self.0, keyword, name, to);
    }
}

/// A measured value: a number, a part, a time, a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Measure {
    /// A plain number.
    Amount(Amount),
    /// A part of a whole.
    Ratio(Ratio),
    /// A length of time.
    Duration(Duration),
    /// Events per time.
    Rate(Rate),
}

impl Scalar for Measure {
    const KIND: Kind = Kind::new("a number, ratio, duration or rate", "99.5%");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Quantity(text) if text.ends_with('%') => <Ratio as Scalar>::read(value, cx).map(Self::Ratio),
            ValueKind::Quantity(text) if text.contains('/') => <Rate as Scalar>::read(value, cx).map(Self::Rate),
            ValueKind::Quantity(_) => <Duration as Scalar>::read(value, cx).map(Self::Duration),
            _ => <Amount as Scalar>::read(value, cx).map(Self::Amount),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Amount(amount) => amount.to_string(),
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Duration(duration) => duration.to_string(),
            Self::Rate(rate) => rate.to_string(),
        }
    }
}
