//! What a Deployment asks for.

use loadline_compiler::budget::rolling::fenceposts;
use loadline_compiler::quantity::Share;

use super::Set;
use crate::Span;

/// The fields of a Deployment that its controller decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `spec.replicas`.
    pub replicas: u64,
    /// `spec.strategy`.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`.
    pub min_ready: Span,
    /// `spec.progressDeadlineSeconds`.
    pub deadline: Option<Span>,
    /// `spec.paused`.
    pub paused: bool,
    /// Which revision `spec.template` equals: the index of its ReplicaSet, whether or not that exists already.
    pub template: usize,
}

/// How instances of one template make room for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A few at a time.
    Rolling {
        /// `maxSurge` as written.
        surge: Share,
        /// `maxUnavailable` as written.
        unavailable: Share,
    },
    /// The old ones are gone before the new ones come.
    Recreate,
}

/// Surge and unavailable, resolved against the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fences {
    /// So many more than replicas may be asked for.
    pub surge: u64,
    /// So many of the replicas may be unavailable.
    pub unavailable: u64,
}

impl Deployment {
    /// With the defaults of Kubernetes: available as soon as it is ready, ten minutes for each step of progress. Source:
    /// pkg/apis/apps/v1/defaults.go.
    #[must_use]
    pub const fn new(replicas: u64, strategy: Strategy) -> Self {
        Self {
            replicas,
            strategy,
            min_ready: Span::ZERO,
            deadline: Some(Span::from_micros(600_000_000)),
            paused: false,
            template: 0,
        }
    }

    /// Surge is rounded up, unavailable down; if both come to nothing, one may be unavailable. Recreate has neither.
    #[must_use]
    pub fn fences(&self) -> Fences {
        let (surge, unavailable) = match self.strategy {
            Strategy::Rolling { surge, unavailable } => fenceposts(surge, unavailable, self.replicas),
            Strategy::Recreate => (0, 0),
        };
        Fences { surge, unavailable }
    }

    /// Whether replicas changed since sets were written last.
    #[must_use]
    pub fn is_scaled(&self, sets: &[Set]) -> bool {
        sets.iter().any(|set| set.active() && set.desired != self.replicas)
    }

    /// The most that ReplicaSets may ask for together, outside of scaling.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.replicas.saturating_add(self.fences().surge)
    }

    /// The fewest that should be available.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.replicas.saturating_sub(self.fences().unavailable)
    }
}
