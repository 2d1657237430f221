//! One sync of the Deployment controller: which ReplicaSets are to have how many replicas.

use super::{Deployment, Set, Strategy, recreate, rolling, scale};

/// Decides one sync.
pub type Decide = fn(&Deployment, &[Set], &mut Plan);

/// One sync: at most one direction, and nothing of the template while paused or while replicas change.
///
/// Source: deployment_controller.go `syncDeployment`, sync.go `isScalingEvent`.
pub fn sync(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    plan.begin(sets);
    let scaled = sets
        .iter()
        .any(|set| set.active() && set.desired != deployment.replicas);
    if deployment.paused || scaled {
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
    rows: Vec<Row>,
}

/// One ReplicaSet in a plan.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    spec: u64,
    /// Whether it is written: created, resized, or its annotations brought up to date.
    written: bool,
}

impl Plan {
    /// Everything as it is.
    pub fn begin(&mut self, sets: &[Set]) {
        self.rows.clear();
        self.rows.extend(sets.iter().map(|set| Row {
            spec: set.spec,
            written: false,
        }));
    }

    /// What a set is to have.
    #[must_use]
    pub fn spec(&self, set: usize) -> u64 {
        self.rows.get(set).map_or(0, |row| row.spec)
    }

    /// What all are to have together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| row.spec).sum()
    }

    /// Creates a set at this size, or gives it.
    pub fn write(&mut self, set: usize, spec: u64) {
        if let Some(row) = self.rows.get_mut(set) {
            *row = Row { spec, written: true };
        }
    }

    /// The sets that are written, with what they are to have.
    pub fn written(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| row.written).map(|(set, row)| (set, row.spec))
    }
}
