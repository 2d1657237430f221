//! The story of one run: what happened when and why, and how it looked over time. Recorded for the run that is shown.

use serde::{Deserialize, Serialize};

use super::{Cause, Holder};
use crate::{Span, Tick};

/// One run, told.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Story {
    /// What happened, in the order of time. A fact's reasons stand before it.
    pub facts: Vec<Fact>,
    /// From the first cause to the first request that it cost: places in `facts`. Empty if no request failed.
    pub chain: Vec<usize>,
    /// How it looked.
    pub timeline: Timeline,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When.
    pub at: Tick,
    /// What it happened to.
    pub subject: Subject,
    /// To which of its instances, in the order of their creation; nothing for what happens to more than one.
    #[serde(default)]
    pub instance: Option<u32>,
    /// What.
    pub what: FactKind,
    /// Which earlier fact it follows from, as far as is known.
    pub because: Option<usize>,
    /// Where the spec says what led to it: bytes of the project's files, as diagnostics count them.
    pub place: Option<Place>,
}

/// A part of the spec's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its first byte.
    pub start: u32,
    /// Behind its last byte.
    pub end: u32,
}

/// What a fact is about: a place in the [`System`](crate::outcome::Names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// All traffic.
    Clients,
    /// A service or worker.
    Service(usize),
    /// A database, cache or external.
    Store(usize),
    /// A queue.
    Queue(usize),
    /// A call of a service: the service and the place among its calls.
    Call(usize, usize),
    /// A node or host.
    Node(usize),
}

/// What happened. Numbers are those of that instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// An event of the scenario, in the words of the spec.
    Event(String),
    /// A rollout began, to this revision.
    RolloutBegan(usize),
    /// The traffic on the new revision changed: parts per million.
    TrafficSplit(u32),
    /// A rollout is complete.
    RolloutComplete,
    /// A rollout made no progress for longer than its deadline.
    RolloutStuck,
    /// A rollout was taken back, and what triggered it.
    RolloutAborted(String),
    /// The autoscaler asks for another number of instances.
    Scaled {
        /// Before.
        from: u64,
        /// Now.
        to: u64,
    },
    /// An instance became ready for the first time.
    InstanceReady,
    /// An instance is not ready any more, though nobody stopped it.
    InstanceUnready,
    /// An instance was killed.
    InstanceKilled(Killed),
    /// An instance was told to stop.
    InstanceStopping,
    /// An instance has no node that it fits on.
    InstancePending,
    /// A node that is emptied is not empty yet: a disruption budget lets nobody go.
    DrainWaits {
        /// Whose.
        service: usize,
        /// So many of its instances are ready.
        ready: u64,
        /// So many have to stay.
        needed: u64,
    },
    /// A node that was to be emptied is not empty at the end of the run.
    DrainUnended {
        /// So many instances are left.
        left: u64,
        /// So often somebody was asked to go and had to stay.
        refused: u64,
    },
    /// No instance is ready.
    NoneReady,
    /// Who sends requests uses idle connections for longer than the service keeps them.
    IdleRace {
        /// How long the service keeps them.
        kept: Span,
        /// How long the others use them.
        used: Span,
    },
    /// A datastore has no connection left.
    StoreFull {
        /// Connections that it has for the workloads.
        limit: u64,
        /// Who has them.
        holders: Vec<Holder>,
        /// How many migrations and backfills have.
        #[serde(default)]
        changes: u64,
    },
    /// A datastore or external is away.
    StoreDown,
    /// It is back.
    StoreBack,
    /// All connections of a pool of this service are taken, and a request waits.
    PoolExhausted {
        /// The datastore that it leads to.
        store: usize,
        /// How many connections one pool has.
        size: u64,
    },
    /// A step of a change of a schema began: which of all steps.
    StepBegan(usize),
    /// A step waits for a lock.
    LockAwaited {
        /// Which.
        step: usize,
        /// The lock, as PostgreSQL calls it.
        lock: String,
        /// On this table.
        table: String,
        /// So many transactions of requests are in its way.
        holders: u64,
    },
    /// A step got a lock that it had waited for.
    LockTaken {
        /// Which.
        step: usize,
        /// The lock.
        lock: String,
        /// On this table.
        table: String,
        /// For so long.
        waited: Span,
    },
    /// Requests wait behind a step.
    RequestsWait {
        /// Which.
        step: usize,
        /// For this table.
        table: String,
    },
    /// A step has taken away what a revision of this service touches.
    Outdated {
        /// The revision.
        revision: usize,
        /// Which step.
        step: usize,
    },
    /// A step has ended.
    StepEnded(usize),
    /// A step has failed, or will be tried again.
    StepFailed {
        /// Which.
        step: usize,
        /// Why.
        why: String,
        /// After so long it is tried again.
        again: Option<Span>,
    },
    /// A breaker opened.
    BreakerOpened,
    /// A breaker closed.
    BreakerClosed,
    /// The retry budget of a call was spent.
    BudgetSpent,
    /// Work waits for longer than callers do.
    Overloaded,
    /// Sessions end with an instance that ends, or was told to.
    SessionsEnded {
        /// Of so many users.
        users: u64,
    },
    /// Sessions are gone with what a cache held.
    SessionsEmptied {
        /// Which.
        store: usize,
        /// Of so many users.
        users: u64,
    },
    /// A request reached another process than the one that knows its session.
    SessionElsewhere,
    /// A queue is full.
    QueueFull,
    /// More messages come than are worked on: a queue grew until the end of the run.
    QueueGrows {
        /// So many are left.
        left: u64,
        /// Who works on them.
        worker: Option<usize>,
    },
    /// The first request that ended this way.
    FirstFailure(Cause),
    /// The first time that work on a message ended this way.
    MessageFailed(Cause),
}

/// What killed an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Killed {
    /// An event of the scenario.
    Scenario,
    /// Its startup probe did not pass in time.
    Startup,
    /// Its liveness probe failed.
    Liveness,
    /// It went over its memory limit.
    Memory,
    /// What it worked on when it was told to stop was not done within its `drain`.
    Drain,
    /// Its grace period was over before that.
    Grace,
    /// Its grace period was over: a stalled process hears no signal.
    Deaf,
    /// It ended too often, and is not started again.
    GaveUp,
}

impl Killed {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Scenario,
        Self::Startup,
        Self::Liveness,
        Self::Memory,
        Self::Drain,
        Self::Grace,
        Self::Deaf,
        Self::GaveUp,
    ];
}

/// One step of the chain, for a reader that has the names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// When.
    pub at: Tick,
    /// In words.
    pub words: String,
    /// Where in the spec.
    pub place: Option<Place>,
}

/// How it looked: one value for each step of time.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// The length of a step.
    pub step: Span,
    /// Clients' requests from outside.
    pub clients: ServiceLine,
    /// Services and workers.
    pub services: Vec<ServiceLine>,
    /// Datastores and externals.
    pub stores: Vec<StoreLine>,
    /// Queues.
    pub queues: Vec<QueueLine>,
}

/// A service over time. Counts of instances are those at the end of each step.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServiceLine {
    /// Created and not ready yet, or not ready any more.
    pub starting: Vec<u32>,
    /// Ready.
    pub ready: Vec<u32>,
    /// Told to stop, and not gone.
    pub terminating: Vec<u32>,
    /// Requests that came in the step.
    pub arrived: Vec<u32>,
    /// Requests that succeeded in the step.
    pub succeeded: Vec<u32>,
    /// Requests that ended otherwise in the step, by cause; causes that never came are left out.
    pub causes: Vec<(Cause, Vec<u32>)>,
    /// Median latency of what succeeded in the step.
    pub p50: Vec<Option<Span>>,
    /// 95th percentile.
    pub p95: Vec<Option<Span>>,
    /// 99th percentile.
    pub p99: Vec<Option<Span>>,
}

/// A datastore over time.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreLine {
    /// Most connections in each step.
    pub connections: Vec<u32>,
    /// Who had them at that instant, by service; services that never had any are left out.
    pub holders: Vec<(usize, Vec<u32>)>,
    /// Connections refused in each step.
    pub refused: Vec<u32>,
    /// Work that waited for a place at the end of each step.
    pub waiting: Vec<u32>,
}

/// A queue over time.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueLine {
    /// Messages in it at the end of each step.
    pub depth: Vec<u32>,
}
