//! What happens in a what-if.

use loadline_grammar::ast::{Value, ValueKind};

use super::distribution::Drawn;
use super::parts::{ToAnything, ToFailing, ToPlace, ToReceiver, ToRolledOut, ToWorkload, Word};
use crate::lower::{Bounds, Cx, ProjectPath, Ref, Scalar, Val, Version, report_kind};
use crate::quantity::{Bytes, Duration, Rate, Ratio};
use crate::schema::{Kind, block};

block! {
    /// Requests from outside, from now on; onto a queue, messages. They come as they come (open loop), however slow the answers
    /// are, unless there are `clients`, who wait for an answer before they ask again.
    pub struct TrafficEvent("traffic") {
        head {
            /// Who gets them.
            target: Val<Ref<ToReceiver>>,
            /// How many.
            rate: Option<Val<Rate>>,
        }
        /// Reached evenly over this time, from what there was before.
        ramp: Option<Val<Duration>>,
        /// Only for this long, a spike; then as before.
        duration as "for": Option<Val<Duration>>,
        /// So many at once, on top.
        burst: Option<Val<u64>>,
        /// Rates from a file, one a line: `120/s`, or `120` for requests a second. The last one stays.
        series: Option<Val<ProjectPath>>,
        /// Time from one line of the series to the next; a second when left out.
        every: Option<Val<Duration>>,
        /// So many clients instead of a rate: each asks, waits for the answer, thinks, and asks again (closed loop).
        clients: Option<Val<u64>>,
        /// How many different users the requests are of, each alike; of no rate, but of all that come from then on. For services with
        /// sessions and routes that are `sticky`. Left out, it is `load.users` of the service.
        users: Option<Val<u64>>,
        /// How long a client thinks between an answer and its next request, on average; exponential unless its braces say
        /// otherwise. Not at all when left out.
        think: Option<Drawn<Duration>>,
        /// How long a client waits for an answer until it gives up; as long as it takes when left out.
        timeout: Option<Val<Duration>>,
        /// Further attempts of a client whose request failed.
        retries: Val<u64> = 0,
        /// Wait between attempts: first..longest, doubled each time and spread at random. At once when left out.
        backoff: Option<Val<Bounds<Duration>>>,
    }
}

block! {
    /// A new revision: the spec as it is, with what is said here.
    pub struct RolloutEvent("rollout") {
        head {
            /// Of which workload.
            service: Val<Ref<ToRolledOut>>,
        }
        /// Its version; the spec's own when left out.
        to: Option<Val<Version>>,
        /// Part of its requests that fail.
        errors: Option<Val<Ratio>>,
        /// How much more time its requests take: with 100% twice as much.
        slower: Option<Val<Ratio>>,
        /// How long it takes from created to ready.
        boot: Option<Val<Boot>>,
        /// How much memory an instance of it needs.
        memory: Option<Val<Bytes>>,
    }
}

/// How long a new revision takes to become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// So long; of a range each length alike.
    After(Bounds<Duration>),
    /// Its process runs, and never listens.
    Never,
}

impl Scalar for Boot {
    const KIND: Kind = Kind::new("a duration", "30s").or(&[("never", "The process runs, and never listens.")]);

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("never") => Some(Self::Never),
            ValueKind::Word(_) => {
                report_kind(value, &Self::KIND, cx);
                None
            }
            _ => <Bounds<Duration> as Scalar>::read(value, cx).map(Self::After),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::After(time) => time.show(),
            Self::Never => "never".to_owned(),
        }
    }
}

block! {
    /// Back to the revision before.
    pub struct RollbackEvent("rollback") {
        head {
            /// Of which workload.
            service: Val<Ref<ToRolledOut>>,
        }
    }
}

block! {
    /// A thing is away (`fail`) or slow (`slow`): it answers nothing, or later than it would.
    pub struct Outage("fail") {
        head {
            /// Which.
            thing: Val<Ref<ToFailing>>,
        }
        /// For how long. Left out, a store that fails is away as long as its `failover`, and everything else to the end.
        duration as "for": Option<Val<Duration>>,
        /// How much more time it takes: with 100% twice as much.
        by in ["slow"]: Option<Val<Ratio>>,
        /// Only this part of the requests; all of them when left out.
        share: Option<Val<Ratio>>,
    }
}

block! {
    /// Instances accept requests and begin to work on none, as in a long collection of garbage: the event loop is blocked, probes
    /// go unanswered, and a signal is not heard. What has come meanwhile is worked on afterwards.
    pub struct Stall("stall") {
        head {
            /// Of which workload: all of its instances.
            service: Val<Ref<ToRolledOut>>,
        }
        /// For how long; to the end when left out.
        duration as "for": Option<Val<Duration>>,
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
        /// For how long. Left out, what fails and has a `failover` is away that long, and everything else to the end.
        duration as "for": Option<Val<Duration>>,
    }
}

block! {
    /// Instances end without warning (SIGKILL), and are started again as the platform does.
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
    /// A node is emptied, as for maintenance: its instances are asked to stop, within what disruption budgets allow.
    pub struct DrainNode("drain_node") {
        head {
            /// Of which cluster or host.
            place: Val<Ref<ToPlace>>,
        }
        /// Which node, from 1 in the order of their names.
        node: Val<u64> = 1,
    }
}

block! {
    /// The number of instances is set by hand.
    pub struct ScaleEvent("scale") {
        head {
            /// Of which workload.
            service: Val<Ref<ToRolledOut>>,
            /// To how many.
            replicas: Val<u64>,
        }
    }
}

block! {
    /// Instances lose memory, all of them alike, until their limit ends them.
    pub struct Leak("leak") {
        head {
            /// Of which workload.
            service: Val<Ref<ToRolledOut>>,
        }
        /// How much each time.
        memory: Option<Val<Bytes>>,
        /// How often.
        every: Val<Duration> = Duration::seconds(1),
    }
}

block! {
    /// The next step of a change, or the one that is named. It begins at once, whatever became of the one before it, unless
    /// it has to wait for a step of another change (`after`).
    pub struct MigrateEvent("migrate") {
        head {
            /// Of which change; `CHANGE.STEP` for one step of it.
            change: Val<Word>,
        }
        /// This step and all behind it, each when the one before it has ended.
        all: Val<bool> = false,
    }
}
