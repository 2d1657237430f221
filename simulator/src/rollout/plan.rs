//! One sync of the Deployment controller: which ReplicaSets are to have how many replicas.

use super::{Deployment, Set, Strategy, recreate, rolling, scale};

/// Decides one sync.
pub type Decide = fn(&Deployment, &[Set], &mut Plan);

/// One sync: at most one direction, and nothing of the template while paused or while replicas change.
///
/// Source: deployment_controller.go `syncDeployment`, sync.go `isScalingEvent`.
pub fn sync(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    plan.begin(sets);
    if deployment.paused || deployment.is_scaled(sets) {
        scale::scale(deployment, sets, plan);
        return;
    }
    match deployment.strategy {
        Strategy::Rolling { .. } => rolling::roll(deployment, sets, plan),
        Strategy::Recreate => recreate::recreate(deployment, sets, plan),
    }
}

/// What a sync decided. Kept between syncs, so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What each set is to have.
    specs: Vec<u64>,
    /// The sets that are written, in the order in which they are.
    written: Vec<usize>,
}

impl Plan {
    /// Of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            specs: Vec::new(),
            written: Vec::new(),
        }
    }

    /// Everything as it is.
    pub fn begin(&mut self, sets: &[Set]) {
        self.specs.clear();
        self.specs.extend(sets.iter().map(|set| set.spec));
        self.written.clear();
    }

    /// What a set is to have.
    #[must_use]
    pub fn spec(&self, set: usize) -> u64 {
        self.specs.get(set).copied().unwrap_or_default()
    }

    /// What all are to have together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.specs.iter().sum()
    }

    /// Creates a set at this size, or gives it.
    pub fn write(&mut self, set: usize, spec: u64) {
        if let Some(place) = self.specs.get_mut(set) {
            *place = spec;
            if !self.written.contains(&set) {
                self.written.push(set);
            }
        }
    }

    /// The sets that are written (created, resized, or their annotations brought up to date) in the order in which they are,
    /// with what they are to have.
    pub fn written(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.written.iter().map(|set| (*set, self.spec(*set)))
    }
}
