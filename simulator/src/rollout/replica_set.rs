//! A ReplicaSet: what it is asked for, what it said last, in which order it creates and deletes.

/// Most pods that one sync creates or deletes. Source: replica_set.go `BurstReplicas`.
pub const BURST_REPLICAS: u64 = 500;

/// A ReplicaSet as the Deployment controller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Set {
    /// Whether it was created.
    pub exists: bool,
    /// `spec.replicas`.
    pub spec: u64,
    /// Annotation `desired-replicas`: the Deployment's replicas when this was last written.
    pub desired: u64,
    /// Annotation `max-replicas`: with surge.
    pub most: u64,
    /// What its controller last wrote.
    pub status: Status,
    /// Its pods, terminating ones included. Only Recreate looks at them.
    pub pods: u64,
}

impl Set {
    /// Whether it asks for anything.
    #[must_use]
    pub const fn active(&self) -> bool {
        self.exists && self.spec != 0
    }
}

/// `status` of a ReplicaSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Status {
    /// Pods that are not terminating.
    pub replicas: u64,
    /// Of those, the ready ones.
    pub ready: u64,
    /// Of those, the ones that have been ready for long enough.
    pub available: u64,
    /// Pods that are terminating; from 1.35 on a change of it is written.
    pub terminating: u64,
}

impl Status {
    /// Of a set without pods.
    pub const NONE: Self = Self {
        replicas: 0,
        ready: 0,
        available: 0,
        terminating: 0,
    };
}

/// How many of `left` are created at once after a batch of `last`: 1, 2, 4, 8… Source: replica_set.go `slowStartBatch`.
#[must_use]
pub const fn slow_start(last: Option<u64>, left: u64) -> u64 {
    let batch = match last {
        None => 1,
        Some(last) => last.saturating_mul(2),
    };
    if batch < left { batch } else { left }
}

/// Which pod is deleted first: the smallest. Source: controller_utils.go `ActivePodsWithRanks`.
///
/// Nodes, deletion costs and restarts, which stand between these, are not modelled: all are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Victim {
    /// Running after pending.
    pub running: bool,
    /// Ready after not ready.
    pub ready: bool,
    /// Ready for longer after ready since recently.
    pub ready_since: std::cmp::Reverse<u64>,
    /// Older after newer.
    pub created: std::cmp::Reverse<u64>,
}
