//! How many instances there are, and what changes that.

use loadline_grammar::ast::{Value, ValueKind};

use super::parts::ToQueue;
use crate::lower::{Bounds, Cx, Ref, Scalar, Val};
use crate::quantity::{Duration, Rate, Ratio, Share};
use crate::schema::{Kind, block};

block! {
    /// Replicas. A range scales automatically between its ends; on a host the number is instances per host.
    pub struct Scale("scale") {
        head {
            /// `3`, or `3..10` to scale between the two.
            replicas: Val<Bounds<u64>> = Bounds::exactly(1),
        }
        /// Scale on processor use, relative to the request. What Kubernetes takes (at 80%) when nothing else is said.
        cpu: Option<Val<Ratio>>,
        /// Scale on memory use, relative to the request.
        memory: Option<Val<Ratio>>,
        /// Scale on the length of a queue: messages per ready instance.
        queue: Vec<QueueTarget>,
        /// Scale on requests: so many per ready instance.
        rate: Option<Val<Rate>>,
        /// How fast it grows.
        up: Option<ScaleStep>,
        /// How fast it shrinks.
        down: Option<ScaleStep>,
    }
}

impl Scale {
    /// R: the most replicas there can be.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.replicas.high
    }

    /// The fewest replicas there can be.
    #[must_use]
    pub fn min(&self) -> u64 {
        self.replicas.low
    }

    /// Whether the number changes by itself.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.min() < self.max()
    }
}

block! {
    /// Length of a queue as a scaling target.
    pub struct QueueTarget("queue") {
        head {
            /// The queue.
            queue: Val<Ref<ToQueue>>,
            /// Messages for each ready instance.
            per_instance: Val<u64>,
        }
    }
}

block! {
    /// Limits on the speed of scaling in one direction.
    pub struct ScaleStep("up") {
        /// At most so many instances, or such a part of them, in each period.
        by: Option<Val<Share>>,
        /// The period.
        every: Val<Duration> = Duration::seconds(15),
        /// Act on the most cautious recommendation of this long. Kubernetes waits 5m before it shrinks, 0s before it grows.
        window: Option<Val<Duration>>,
    }
}

/// How many processes an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processes {
    /// So many.
    Count(u64),
    /// One for each core: of the CPU limit in a container, of the machine on a host.
    Cores,
}

impl Scalar for Processes {
    const KIND: Kind = Kind::new("a whole number", "4").or(&[("cores", "One for each core.")]);

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("cores") => Some(Self::Cores),
            _ => u64::read(value, cx).map(Self::Count),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Cores => "cores".to_owned(),
        }
    }
}
