//! What was seen of a run.

use crate::rollout::Condition;
use crate::{Instances, Tick};

/// What changed, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Log {
    /// Instances by state, whenever that changed.
    pub counts: Vec<Counted>,
    /// What ReplicaSets were asked for, whenever that changed.
    pub specs: Vec<SpecChange>,
    /// The condition Progressing, whenever that changed.
    pub conditions: Vec<(Tick, Condition)>,
    /// Since when its status says that it is complete.
    pub(super) complete: Option<Tick>,
}

/// Instances by state from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The moment.
    pub at: Tick,
    /// The instances.
    pub instances: Instances,
}

/// A ReplicaSet is asked for another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecChange {
    /// When.
    pub at: Tick,
    /// Which: the index of its revision.
    pub set: usize,
    /// `spec.replicas`.
    pub spec: u64,
}

impl Log {
    /// The most instances, terminating ones included.
    #[must_use]
    pub fn peak_live(&self) -> u64 {
        self.counts.iter().map(|row| row.instances.live()).max().unwrap_or(0)
    }

    /// The most instances that do not terminate.
    #[must_use]
    pub fn peak_counted(&self) -> u64 {
        self.counts.iter().map(|row| row.instances.counted()).max().unwrap_or(0)
    }

    /// The fewest that were ready.
    #[must_use]
    pub fn least_ready(&self) -> u64 {
        self.counts.iter().map(|row| row.instances.ready).min().unwrap_or(0)
    }

    /// When it was complete first after the last change, if it still is at the end: all replicas of its template and
    /// available, and no others. The condition Progressing need not say so: complete once, it stays so when it is scaled.
    #[must_use]
    pub const fn complete(&self) -> Option<Tick> {
        self.complete
    }

    /// When the last terminating instance was gone.
    #[must_use]
    pub fn drained(&self) -> Option<Tick> {
        let last = self.counts.iter().rposition(|row| row.instances.terminating != 0)?;
        self.counts.get(last + 1).map(|row| row.at)
    }

    pub(super) fn count(&mut self, at: Tick, instances: Instances) {
        self.counts.push(Counted { at, instances });
    }

    pub(super) fn spec(&mut self, at: Tick, set: usize, spec: u64) {
        self.specs.push(SpecChange { at, set, spec });
    }

    /// What a status says that is written now.
    pub(super) const fn finish(&mut self, now: Tick, complete: bool) {
        self.complete = match (complete, self.complete) {
            (true, None) => Some(now),
            (true, since) => since,
            (false, _) => None,
        };
    }

    pub(super) fn condition(&mut self, at: Tick, condition: Condition) {
        self.conditions.push((at, condition));
    }
}
