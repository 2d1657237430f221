//! HorizontalPodAutoscaler v2: how many replicas a Deployment or Rollout is to have, from what its pods use.
//!
//! A pure function of what is measured and of the history of its own answers. Sources: kubernetes/kubernetes,
//! pkg/controller/podautoscaler `horizontal.go`, `replica_calculator.go` and metrics/utilization.go, config/v1alpha1
//! defaults.go, pkg/apis/autoscaling/v2 defaults.go, stated anew. Ratios are exact fractions here and floating point
//! there: where a product is a whole number, rounding up may rarely give one more there (docs/decisions/066).

mod behavior;
mod calculator;
#[cfg(test)]
mod laws;
mod normalize;
#[cfg(test)]
mod vectors;
mod written;

pub use behavior::{Behavior, Change, Policy, Rules, Select};
pub use calculator::{Pod, Target};
pub use normalize::History;

use crate::{Span, Tick};

/// `--horizontal-pod-autoscaler-sync-period`.
pub const SYNC_PERIOD: Span = Span::from_micros(15_000_000);

/// An autoscaler as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hpa {
    /// `minReplicas`.
    pub min: u64,
    /// `maxReplicas`.
    pub max: u64,
    /// `metrics`: the largest proposal counts.
    pub targets: Vec<Target>,
    /// `behavior`, with all defaults filled in; without any, older rules hold.
    pub behavior: Option<Behavior>,
}

/// What is measured at one sync.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'i> {
    /// The time.
    pub now: Tick,
    /// `spec.replicas` of what is scaled.
    pub replicas: u64,
    /// `status.replicas` of it: pods that do not terminate, surge included.
    pub status: u64,
    /// Its pods, those that terminate included.
    pub pods: &'i [Pod],
    /// Messages that wait, for each [`Target::Queue`] in its place; `None` where nobody could say.
    pub queues: &'i [Option<u64>],
}

/// One sync: the replicas from now on. Kept in the history, which the first sync begins with what there is.
pub fn recommend(hpa: &Hpa, inputs: &Inputs<'_>, history: &mut History) -> u64 {
    let (now, current) = (inputs.now, inputs.replicas);
    history.begin(now, current);
    // Somebody scaled it to nothing: that switches the autoscaler off.
    if current == 0 && hpa.min != 0 {
        return 0;
    }
    if current < hpa.min || hpa.max < current {
        let within = current.min(hpa.max).max(hpa.min);
        history.scaled(hpa, now, current, within);
        return within;
    }
    let Some(desired) = desired(hpa, inputs) else {
        return current;
    };
    let replicas = match &hpa.behavior {
        None => history.normalize(hpa, now, current, desired),
        Some(behavior) => history.normalize_with(hpa, behavior, now, current, desired),
    };
    history.scaled(hpa, now, current, replicas);
    replicas
}

/// The largest proposal. A metric that cannot be had is left out, but then nothing shrinks; without any, nothing
/// changes.
fn desired(hpa: &Hpa, inputs: &Inputs<'_>) -> Option<u64> {
    let proposals = hpa.targets.iter().map(|target| target.propose(inputs));
    let (failed, largest) = proposals.fold((false, None), |(failed, largest), proposal| {
        (failed || proposal.is_none(), largest.max(proposal))
    });
    largest.filter(|largest| !failed || inputs.replicas <= *largest)
}
