//! A service or worker: how it is run, how an instance lives, what a request costs it.

use super::{Publish, Use};
use crate::Span;
use crate::autoscaler::Hpa;
use crate::chance::Law;
use crate::disruption::Budget;
use crate::kubelet::{Probing, Termination};
use crate::memory::WarmUp;
use crate::orchestrator::Orchestrator;
use crate::outcome::Place;
use crate::placement::Amounts;
use crate::rollout::{StatefulSet, Strategy};

/// A service or worker.
#[derive(Clone, Debug)]
pub struct Service {
    /// Where it is declared.
    pub place: Place,
    /// Instances at the start.
    pub replicas: u64,
    /// When that changes by itself.
    pub scaling: Option<Scaling>,
    /// Processes of an instance.
    pub processes: u32,
    /// Requests on which one process computes at once: one for an event loop, a core each for what uses threads.
    pub servers: u32,
    /// Whether a process has one event loop: what a request waited for is heard of in turn, behind what came before.
    pub event_loop: bool,
    /// The revision that runs at the start, and then those that the scenario brings.
    pub revisions: Vec<Behaviour>,
    /// Requests that a process works on at once, waiting for others included; any number when not said.
    pub concurrency: Option<u32>,
    /// Requests that wait in front of a process at most.
    pub queue_limit: Option<u64>,
    /// Which of them comes first.
    pub discipline: Discipline,
    /// Whether work ends when its caller no longer waits.
    pub cancel_on_timeout: bool,
    /// Whether work is dropped whose deadline has passed before it begins.
    pub drop_expired: bool,
    /// The stores that it uses, in this order in each request.
    pub uses: Vec<Use>,
    /// The edges of its calls, in this order in each request.
    pub calls: Vec<usize>,
    /// The messages that it sends.
    pub publishes: Vec<Publish>,
    /// Where sessions are that can be lost; `None` where none can.
    pub sessions: Option<Sessions>,
    /// The queues that it works on, and how many messages of each a process works on at once.
    pub consumes: Vec<(usize, u32)>,
    /// How an instance starts and stops.
    pub life: Lifecycle,
    /// How an instance is asked whether it is well.
    pub probes: Probes,
    /// How a new revision replaces the old one.
    pub roll: Roll,
    /// Which of the groups of nodes it runs on, if they are known.
    pub group: Option<usize>,
    /// What an instance asks for of its node.
    pub requested: Amounts,
    /// Where the kernel ends it, in bytes.
    pub memory_limit: Option<u64>,
    /// How many instances must stay when nodes are drained.
    pub disruptions: Option<Budget>,
    /// How much longer a balancer outside of the cluster sends requests to an instance that stops.
    pub deregistration: Span,
}

/// Sessions of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Where it is said.
    pub place: Place,
    /// Where they are.
    pub kept: SessionPlace,
}

/// Where sessions are that can be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionPlace {
    /// In the memory of the process that answered last.
    Memory,
    /// In a store that holds nothing any more once it was away.
    Cache(usize),
}

/// Which of those that wait comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// The one that came first.
    Fifo,
    /// The one that came last.
    Lifo,
}

/// What one revision costs and does.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Processor time of a request.
    pub cpu: Law,
    /// Time that a request waits besides, without what is declared.
    pub wait: Law,
    /// From created to ready; `None` is never.
    pub boot: Option<Law>,
    /// Requests that fail anyway, in parts per million.
    pub errors: u32,
    /// For how long an instance is slower after it was ready, and by how much.
    pub warmup: WarmUp,
    /// Memory in use when nothing leaks, in bytes, as far as it is known.
    pub memory: Option<u64>,
}

/// How an instance starts and stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// From created to the start of its processes: placed, and the image is there.
    pub start: Span,
    /// From told to stop to gone.
    pub termination: Termination,
}

/// How an instance is asked whether it is well.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    /// Until it passes once.
    pub startup: Option<Probe>,
    /// As long as it lives; it gets requests while this passes.
    pub ready: Option<Probe>,
    /// As long as it lives; it is restarted when this fails.
    pub live: Option<Probe>,
}

/// One probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its numbers.
    pub probing: Probing,
    /// The stores that must be there for it to pass.
    pub stores: Vec<usize>,
    /// The services of which an instance must be known for it to pass.
    pub services: Vec<usize>,
}

/// How a new revision replaces the old one.
#[derive(Clone, Debug)]
pub enum Roll {
    /// A Deployment of Kubernetes.
    Deployment {
        /// How instances make room.
        strategy: Strategy,
        /// How long one must be ready until it counts.
        min_ready: Span,
        /// Without progress for so long it is stuck.
        deadline: Option<Span>,
    },
    /// A StatefulSet of Kubernetes.
    Stateful(StatefulSet),
    /// Something else.
    Own {
        /// What.
        orchestrator: Box<Orchestrator>,
        /// Whether it runs on a machine, without a cluster.
        on_host: bool,
    },
}

/// When the number of instances changes by itself.
#[derive(Clone, Debug)]
pub struct Scaling {
    /// By which rules.
    pub hpa: Hpa,
    /// How often that is looked at.
    pub every: Span,
    /// The queues that it looks at, in their order.
    pub queues: Vec<u32>,
}
