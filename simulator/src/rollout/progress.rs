//! `status.conditions[Progressing]`: complete, progressing, or stuck. Nothing rolls back by itself.
//!
//! Source: progress.go; deployment_util.go `DeploymentComplete`, `DeploymentProgressing`, `DeploymentTimedOut`.

use super::{Deployment, Set};
use crate::{Span, Tick};

const SECOND: Span = Span::from_micros(1_000_000);
/// Again and again after a few milliseconds, more each time: no more than this in between, but the next moment at least.
const AT_ONCE: Span = Span::from_micros(5_000);

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

    /// Somebody pauses it, or ends the pause. That there was no progress stays said.
    pub fn pause(&mut self, paused: bool, now: Tick) {
        match (self.condition, paused) {
            (Condition::DeadlineExceeded, _) | (Condition::Paused, true) => {}
            (_, true) => self.mark(Condition::Paused, now),
            (Condition::Paused, false) => self.mark(Condition::Resumed, now),
            (_, false) => {}
        }
    }

    /// A new template, a pause or its end: time starts anew.
    pub const fn mark(&mut self, condition: Condition, now: Tick) {
        self.condition = condition;
        self.since = now;
    }

    /// What a sync finds. While it is paused or `scaled`, only the counts are told. A rollout that is complete stays so, whatever
    /// becomes of its pods, until there is another template.
    pub fn observe(&mut self, deployment: &Deployment, summary: Summary, scaled: bool, now: Tick, phase: Span) {
        let before = std::mem::replace(&mut self.summary, summary);
        let over = self.condition == Condition::Complete && summary.old() == 0;
        if deployment.paused || scaled || over {
            return;
        }
        if summary.complete(deployment.replicas) {
            if self.condition != Condition::Complete {
                self.mark(Condition::Complete, now);
            }
        } else if summary.progressed(before) {
            self.mark(Condition::Updated, now);
        } else if self.timed_out(deployment.deadline, now, phase) {
            self.condition = Condition::DeadlineExceeded;
        }
    }

    /// When it is looked at again whether there was progress, if the deadline still runs: per step of progress, not for the whole.
    ///
    /// A second late, unless less than that is left. Source: progress.go `requeueStuckDeployment`.
    #[must_use]
    pub fn deadline(&self, deployment: &Deployment, now: Tick, phase: Span) -> Option<Tick> {
        let runs = !matches!(self.condition, Condition::Complete | Condition::DeadlineExceeded);
        let over = self.over(deployment.deadline.filter(|_| runs && !deployment.paused)?, phase)?;
        let late = if over.since(now) < SECOND { AT_ONCE } else { SECOND };
        over.max(now).after(late)
    }

    fn timed_out(&self, deadline: Option<Span>, now: Tick, phase: Span) -> bool {
        let over = deadline.and_then(|deadline| self.over(deadline, phase));
        self.condition != Condition::Complete && over.is_some_and(|over| over < now)
    }

    /// When the deadline is over: the time of the last progress is kept in whole seconds, the rest cut off.
    fn over(&self, deadline: Span, phase: Span) -> Option<Tick> {
        let wall = self.since.after(phase)?.micros();
        let whole = Tick::at(wall - wall % SECOND.micros()).after(deadline)?;
        Some(Tick::at(whole.micros().saturating_sub(phase.micros())))
    }
}

#[cfg(test)]
mod tests {
    use loadline_compiler::quantity::Share;

    use super::*;
    use crate::rollout::Strategy;

    const fn seconds(tenths: u64) -> Tick {
        Tick::at(tenths * 100_000)
    }

    fn deployment(replicas: u64, deadline: u64) -> Deployment {
        let strategy = Strategy::Rolling {
            surge: Share::Count(1),
            unavailable: Share::Count(0),
        };
        Deployment {
            deadline: seconds(deadline * 10).since(Tick::START).into(),
            ..Deployment::new(replicas, strategy)
        }
    }

    const fn of(replicas: u64, updated: u64, available: u64) -> Summary {
        Summary {
            replicas,
            updated,
            ready: available,
            available,
        }
    }

    #[test]
    fn what_is_complete_stays_so_when_it_is_scaled_or_pods_fail() {
        let mut progress = Progress::complete(of(4, 4, 4));
        let ten = deployment(10, 5);
        for (at, summary) in [(10, of(10, 10, 4)), (30, of(10, 10, 8)), (300, of(10, 10, 7))] {
            progress.observe(&ten, summary, false, seconds(at), Span::ZERO);
            assert_eq!(progress.condition, Condition::Complete);
        }
        // Another template.
        progress.observe(&ten, of(11, 1, 10), false, seconds(310), Span::ZERO);
        assert_eq!(progress.condition, Condition::Updated);
    }

    #[test]
    fn a_deadline_is_counted_in_whole_seconds_and_looked_at_a_second_late() {
        let (asked, phase) = (deployment(4, 5), Span::from_micros(300_000));
        let mut progress = Progress::complete(of(4, 0, 4));
        // At 1.9 s of a run that began at .3 of a second: 2 s of the clock.
        progress.mark(Condition::NewSet, seconds(19));
        assert_eq!(progress.deadline(&asked, seconds(20), phase), Some(seconds(77)));
        // Who looks before sees it, too.
        let mut early = progress;
        early.observe(&asked, of(4, 0, 4), false, seconds(67), phase);
        assert_eq!(early.condition, Condition::NewSet);
        early.observe(&asked, of(4, 0, 4), false, seconds(68), phase);
        assert_eq!(early.condition, Condition::DeadlineExceeded);
        assert_eq!(early.deadline(&asked, seconds(68), phase), None);
        // Less than a second is left: at once.
        let next = progress.deadline(&asked, seconds(60), phase).unwrap();
        assert_eq!(next.since(seconds(67)), AT_ONCE);
    }

    #[test]
    fn a_pause_does_not_hide_that_the_deadline_was_exceeded() {
        let mut progress = Progress::complete(of(4, 4, 4));
        for (paused, said) in [(true, Condition::Paused), (false, Condition::Resumed)] {
            progress.pause(paused, seconds(10));
            assert_eq!((progress.condition, progress.since), (said, seconds(10)));
        }
        progress.mark(Condition::DeadlineExceeded, seconds(20));
        for paused in [true, false] {
            progress.pause(paused, seconds(30));
            assert_eq!(progress.condition, Condition::DeadlineExceeded);
        }
    }

    #[test]
    fn what_grew_by_scaling_is_no_progress() {
        let mut progress = Progress::complete(of(4, 0, 4));
        progress.mark(Condition::NewSet, seconds(10));
        progress.observe(&deployment(8, 5), of(6, 2, 5), true, seconds(20), Span::ZERO);
        assert_eq!((progress.since, progress.summary), (seconds(10), of(6, 2, 5)));
    }
}
