//! What a run of a control plane is given.

use crate::Span;
use crate::rollout::{Decide, MinReadyLaw, sync};

/// How a control plane behaves, apart from what it decides.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a call takes, until those who watch have seen what it wrote.
    pub lag: Span,
    /// Calls in a second of each controller's client; 0: as many as it likes.
    pub qps: u64,
    /// Calls at once of each controller's client.
    pub burst: u64,
    /// Objects that each controller works on at once; 0: as many as there are.
    pub workers: u64,
    /// How `minReadySeconds` is followed.
    pub min_ready: MinReadyLaw,
    /// Whether a ReplicaSet's status tells of terminating pods, so that each of them costs calls.
    pub tells_terminating: bool,
    /// How far into a second of the wall clock the run starts.
    pub phase: Span,
    /// What the Deployment controller decides.
    pub decide: Decide,
    /// Whether a log is kept. It changes nothing else.
    pub log: bool,
}

impl Settings {
    /// kube-controller-manager of a version as it comes: `--kube-api-qps 20 --kube-api-burst 30`,
    /// `--concurrent-deployment-syncs 5`, `--concurrent-replicaset-syncs 5`.
    ///
    /// A status tells of terminating pods from 1.35 on: gate DeploymentReplicaSetTerminatingReplicas, KEP-3973.
    #[must_use]
    pub fn of_version(major: u64, minor: u64) -> Self {
        Self {
            lag: Span::from_micros(20_000),
            qps: 20,
            burst: 30,
            workers: 5,
            min_ready: MinReadyLaw::of(major, minor),
            tells_terminating: (1, 35) <= (major, minor),
            phase: Span::ZERO,
            decide: sync,
            log: true,
        }
    }

    /// No latency, no throttling: what remains is the algorithm.
    #[must_use]
    pub fn ideal() -> Self {
        Self {
            lag: Span::ZERO,
            qps: 0,
            workers: 0,
            ..Self::of_version(1, 34)
        }
    }

    /// How far into a second it starts, for times that are kept in whole seconds.
    pub(super) const fn min_ready_phase(&self) -> Span {
        self.phase
    }
}

/// What somebody does to a Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Gives it the template of a revision, whether it is new or was there before. Between two revisions the one of the smaller
    /// index is the older one.
    Template(usize),
    /// Other replicas.
    Scale(u64),
    /// `rollout pause`.
    Pause,
    /// `rollout resume`.
    Resume,
    /// `rollout undo`: the template of the revision before, if there is one. Of a paused Deployment it is refused.
    Undo,
}
