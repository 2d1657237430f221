//! What-ifs.

use loadline_grammar::ast::{Value, ValueKind};

use super::events::{
    DrainNode, Kill, Leak, MigrateEvent, Outage, Partition, RollbackEvent, RolloutEvent, ScaleEvent, Stall,
    TrafficEvent,
};
use super::expect::Expect;
use crate::lower::{Cx, Name, Scalar, Val};
use crate::quantity::Duration;
use crate::schema::{Kind, block};

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

impl Until {
    /// Whether there is no time at all.
    #[must_use]
    pub fn is_at_once(self) -> bool {
        matches!(self, Self::Time(time) if time.is_zero())
    }
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
        /// Instances accept requests, and work on none.
        stall: Vec<Stall>,
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
