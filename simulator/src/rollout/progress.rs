//! `status.conditions[Progressing]`: complete, progressing, or stuck. Nothing rolls back by itself.
//!
//! Source: progress.go; deployment_util.go `DeploymentComplete`, `DeploymentProgressing`, `DeploymentTimedOut`.

use super::{Deployment, Set};
use crate::{Span, Tick};

/// The reason of the condition Progressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// `NewReplicaSetCreated`, or found again.
    NewSet,
    /// `ReplicaSetUpdated`.
    Updated,
    /// `NewReplicaSetAvailable`.
    Complete,
    /// `ProgressDeadlineExceeded`: a mark, nothing more.
    DeadlineExceeded,
    /// `DeploymentPaused`.
    Paused,
    /// `DeploymentResumed`.
    Resumed,
}

/// What a Deployment says of its sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Summary {
    /// Of all sets.
    pub replicas: u64,
    /// Of the set of the template.
    pub updated: u64,
    /// Ready, of all sets.
    pub ready: u64,
    /// Available, of all sets.
    pub available: u64,
}

impl Summary {
    /// From what the sets said last.
    #[must_use]
    pub fn of(deployment: &Deployment, sets: &[Set]) -> Self {
        let sum = |count: fn(&Set) -> u64| sets.iter().map(count).sum();
        Self {
            replicas: sum(|set| set.status.replicas),
            updated: sets.get(deployment.template).map_or(0, |set| set.status.replicas),
            ready: sum(|set| set.status.ready),
            available: sum(|set| set.status.available),
        }
    }

    /// Terminating pods are not looked at.
    #[must_use]
    pub const fn complete(self, replicas: u64) -> bool {
        self.updated == replicas && self.replicas == replicas && self.available == replicas
    }

    const fn old(self) -> u64 {
        self.replicas.saturating_sub(self.updated)
    }

    const fn progressed(self, since: Self) -> bool {
        since.updated < self.updated
            || since.ready < self.ready
            || since.available < self.available
            || self.old() < since.old()
    }
}

/// The condition, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its reason.
    pub condition: Condition,
    /// When there was progress last.
    pub since: Tick,
    /// What was said last.
    pub summary: Summary,
}

impl Progress {
    /// Of a Deployment that is complete.
    #[must_use]
    pub const fn complete(summary: Summary) -> Self {
        Self {
            condition: Condition::Complete,
            since: Tick::START,
            summary,
        }
    }

    /// A new template, a pause or its end: time starts anew.
    pub const fn mark(&mut self, condition: Condition, now: Tick) {
        self.condition = condition;
        self.since = now;
    }

    /// What a sync finds. Paused, only the counts are told.
    pub fn observe(&mut self, deployment: &Deployment, summary: Summary, now: Tick) {
        let before = std::mem::replace(&mut self.summary, summary);
        if deployment.paused {
            return;
        }
        if summary.complete(deployment.replicas) {
            if self.condition != Condition::Complete {
                self.mark(Condition::Complete, now);
            }
        } else if summary.progressed(before) {
            self.mark(Condition::Updated, now);
        } else if self.timed_out(deployment.deadline, now) {
            self.condition = Condition::DeadlineExceeded;
        }
    }

    /// When the deadline is over, if it still runs: per step of progress, not for the whole.
    #[must_use]
    pub fn deadline(&self, deployment: &Deployment) -> Option<Tick> {
        let runs = !matches!(self.condition, Condition::Complete | Condition::DeadlineExceeded);
        let deadline = deployment.deadline.filter(|_| runs && !deployment.paused)?;
        self.since.after(deadline)
    }

    fn timed_out(&self, deadline: Option<Span>, now: Tick) -> bool {
        let over = deadline.and_then(|deadline| self.since.after(deadline));
        self.condition != Condition::Complete && over.is_some_and(|over| over < now)
    }
}
