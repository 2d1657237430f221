//! What a run of a control plane is given.

use crate::rollout::{Decide, MinReadyLaw, sync};
use crate::{Span, Tick};

/// How a control plane behaves, apart from what it decides.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a call takes, until those who watch have seen what it wrote.
    pub lag: Span,
    /// Calls in a second of each controller's client; 0: as many as it likes.
    pub qps: u64,
    /// Calls at once of each controller's client.
    pub burst: u64,
    /// How `minReadySeconds` is followed.
    pub min_ready: MinReadyLaw,
    /// Whether a ReplicaSet's status tells of terminating pods, so that each of them costs calls.
    pub tells_terminating: bool,
    /// How far into a second of the wall clock the run starts.
    pub phase: Span,
    /// What the Deployment controller decides.
    pub decide: Decide,
}

impl Settings {
    /// kube-controller-manager of a version as it comes: `--kube-api-qps 20 --kube-api-burst 30`.
    ///
    /// A status tells of terminating pods from 1.35 on: gate DeploymentReplicaSetTerminatingReplicas, KEP-3973.
    #[must_use]
    pub fn of_version(major: u64, minor: u64) -> Self {
        Self {
            lag: Span::from_micros(20_000),
            qps: 20,
            burst: 30,
            min_ready: MinReadyLaw::of(major, minor),
            tells_terminating: (1, 35) <= (major, minor),
            phase: Span::ZERO,
            decide: sync,
        }
    }

    /// No latency, no throttling: what remains is the algorithm.
    #[must_use]
    pub fn ideal() -> Self {
        Self {
            lag: Span::ZERO,
            qps: 0,
            ..Self::of_version(1, 34)
        }
    }
}

/// How the pods of a revision live.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lives {
    /// From create to Ready, in the order of creation; `None` is never.
    pub boots: Vec<Option<Span>>,
    /// For those that are created after these.
    pub boot: Option<Span>,
    /// From delete to gone, in the order of deletion.
    pub stops: Vec<Span>,
    /// For those that are deleted after these.
    pub stop: Span,
    /// From create to running.
    pub start: Span,
}

impl Lives {
    /// All alike: a pod that has not ended by itself after the grace period is killed.
    #[must_use]
    pub fn alike(boot: Option<Span>, ends: Span, grace: Span) -> Self {
        Self {
            boot,
            stop: ends.min(grace),
            ..Self::default()
        }
    }

    /// When a pod that is created now, as the `number`th, becomes ready.
    pub(crate) fn ready(&self, number: usize, now: Tick) -> Option<Tick> {
        let boot = self.boots.get(number).copied().unwrap_or(self.boot);
        boot.map(|boot| super::later(now, boot))
    }

    /// When a pod that is deleted now, as the `number`th, is gone.
    pub(crate) fn gone(&self, number: usize, now: Tick) -> Tick {
        super::later(now, self.stops.get(number).copied().unwrap_or(self.stop))
    }
}

/// What somebody does to a Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Gives it the template of a revision, whether it is new or was there before (`rollout undo`).
    Template(usize),
    /// Other replicas.
    Scale(u64),
    /// `rollout pause`.
    Pause,
    /// `rollout resume`.
    Resume,
}
