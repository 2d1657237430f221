//! The figures of a run. They are numbers only, so that those of many runs, from many machines, add up exactly.

use serde::{Deserialize, Serialize};

use super::Tally;
use crate::{Instances, Span, Tick};

/// What a run came to. Things stand in the order of the [`System`](crate::outcome::Names), by whose names a reader calls them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Which run of the study, from 0.
    pub run: u64,
    /// When it ended.
    pub end: Tick,
    /// Whether nothing was going on any more when it ended: no rollout, no backlog, no open breaker. Runs that end at a time of
    /// their own are not asked.
    pub settled: bool,
    /// All requests of clients from outside, whoever gets them.
    pub clients: Tally,
    /// How long those took.
    pub client_latency: Percentiles,
    /// Services and workers.
    pub services: Vec<ServiceFigures>,
    /// Databases, caches and externals.
    pub stores: Vec<StoreFigures>,
    /// Queues.
    pub queues: Vec<QueueFigures>,
    /// Nodes of clusters, and hosts.
    pub nodes: Vec<NodeFigures>,
    /// Rollouts, in the order in which they began.
    pub rollouts: Vec<RolloutFigures>,
    /// Steps of changes of schemas, in the order in which they began.
    #[serde(default)]
    pub steps: Vec<StepFigures>,
}

/// Latencies of what succeeded; nothing if nothing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half were faster.
    pub p50: Option<Span>,
    /// 95 of 100 were faster.
    pub p95: Option<Span>,
    /// 99 of 100 were faster.
    pub p99: Option<Span>,
    /// None was slower.
    pub max: Option<Span>,
}

/// What became of a service or worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFigures {
    /// Requests (of a worker: messages) to it as who asked counts them: retries are no further requests.
    pub requests: Tally,
    /// Attempts, each counted.
    pub attempts: Tally,
    /// How long requests took for who asked.
    pub latency: Percentiles,
    /// Fewest ready instances, and when first.
    pub least_ready: (u64, Tick),
    /// Most instances that held anything, by state at that instant, and when first.
    pub most_live: (Instances, Tick),
    /// Times that a container or process was started again.
    pub restarts: u64,
    /// Of those, because it went over its memory limit.
    pub oom_kills: u64,
    /// Sessions of users, where they can be lost.
    pub sessions: Option<SessionFigures>,
}

/// What became of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionFigures {
    /// Sessions that began: first ones, and those after another was lost.
    pub begun: u64,
    /// Lost, since the process that knew them ended or was told to, or the cache that held them was away.
    pub ended: u64,
    /// Lost, since a request went to another process than the one that knew them.
    pub elsewhere: u64,
}

impl SessionFigures {
    /// All that were lost; each is a request that was answered as of somebody not logged in.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.ended + self.elsewhere
    }
}

/// What became of a datastore or external.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFigures {
    /// What the workloads can have; `None`: not limited.
    pub limit: Option<u64>,
    /// The most connections at once, who had them, and when first.
    pub peak: Breakdown,
    /// How long more than 80, 90 and all of 100 of the limit were taken.
    pub above: [Span; 3],
    /// Connections that were refused.
    pub refused: u64,
    /// Work that it did.
    pub operations: u64,
    /// Most work that waited for a place at once.
    pub most_waiting: u64,
}

/// Connections at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Breakdown {
    /// The instant.
    pub at: Tick,
    /// All.
    pub connections: u64,
    /// By who had them; those with none are left out.
    pub holders: Vec<Holder>,
    /// Those of migrations and backfills.
    #[serde(default)]
    pub changes: u64,
}

/// Connections of the instances of one workload that are in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Which service.
    pub service: usize,
    /// How many instances.
    pub instances: Instances,
    /// Connections by the state of who had them.
    pub connections: Instances,
}

/// What became of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFigures {
    /// Messages that were put there.
    pub published: u64,
    /// Messages that were worked on with success.
    pub consumed: u64,
    /// Deliveries beyond the first of each message.
    pub redelivered: u64,
    /// Messages that went to the dead letters.
    pub dead: u64,
    /// Messages that it did not take, or threw away, because it was full.
    pub lost: u64,
    /// Most messages that waited, and when first.
    pub deepest: (u64, Tick),
    /// Messages in it at the end, those being worked on included.
    pub left: u64,
}

/// What became of a node or host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFigures {
    /// Most that was asked for, in thousandths of a core.
    pub cpu_requested: u64,
    /// Most memory that was asked for, in bytes.
    pub memory_requested: u64,
    /// What can be asked for: thousandths of a core. `None`: not said, and so without end.
    pub cpu: Option<u64>,
    /// What can be asked for: bytes. `None`: not said, and so without end.
    pub memory: Option<u64>,
}

/// What became of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutFigures {
    /// Of which service.
    pub service: usize,
    /// To which of its revisions.
    pub revision: usize,
    /// When it began.
    pub began: Tick,
    /// When the controller said that it was done: new instances available, old ones no longer wanted.
    pub complete: Option<Tick>,
    /// When no instance of another revision was left, terminating ones included.
    pub drained: Option<Tick>,
    /// How it ended.
    pub end: RolloutEnd,
    /// Times that instances of the new revision were asked for.
    pub batches: u64,
}

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutEnd {
    /// It did not, within the run.
    Unfinished,
    /// Without progress for longer than its deadline: marked as stuck, and left as it was.
    Stuck,
    /// Done.
    Complete,
    /// Taken back by its own analysis.
    Aborted,
    /// Taken back by somebody.
    RolledBack,
    /// Another one took its place.
    Superseded,
}

/// What became of a step of a change of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFigures {
    /// Which of all steps.
    pub step: usize,
    /// When it began.
    pub began: Tick,
    /// When it ended, or had failed.
    pub ended: Option<Tick>,
    /// How it ended.
    pub end: StepEnd,
    /// Attempts, the first one included.
    pub attempts: u64,
    /// The longest that it waited for a lock.
    pub waited: Span,
    /// Requests that waited behind it.
    pub behind: u64,
    /// The longest that one of them did.
    pub longest: Span,
}

/// How a step of a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEnd {
    /// It did not, within the run.
    Unfinished,
    /// Done.
    Done,
    /// Given up.
    Failed,
}
