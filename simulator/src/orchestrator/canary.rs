//! A canary of Argo Rollouts: step by step, watched, and taken back at once.
//!
//! With a gateway that splits traffic the stable set stays whole, the new one has the part of R that its weight says,
//! and the weight moves when its pods are available. Without one traffic follows the number of pods, and both sets
//! together keep to surge and unavailable. Sources: Argo Rollouts, rollout/canary.go, rollout/trafficrouting.go,
//! rollout/replicaset.go, rollout/sync.go `shouldFullPromote`; steps and numbers are those that are written for
//! `rollout canary`, and for `rollout blue-green` with `via`.

mod counts;
mod scaling;
mod settings;

use super::analysis::{Analysis, Verdict};
use super::deadline::{Deadline, Sight};
use super::replica_sets::{Deadlines, Sets};
use super::revisions::Revisions;
use super::smoke::Smoking;
use super::verify::Progress;
use super::{Act, Fleet, Measured, Traffic, Why, later, sooner};
use crate::Tick;
pub(super) use settings::ABORTED_STAYS;
pub use settings::{CanarySettings, CanaryStep};

/// A Rollout with the strategy `canary`.
#[derive(Clone, Debug)]
pub struct Canary {
    settings: CanarySettings,
    revisions: Revisions,
    /// The step that is being done.
    step: usize,
    /// Since when it only has to wait.
    paused: Option<Tick>,
    smoking: Option<Smoking>,
    analysis: Option<Analysis>,
    told: Option<Traffic>,
    deadlines: Deadlines,
    deadline: Deadline,
}

impl Canary {
    /// A Rollout that runs a revision, or is to.
    #[must_use]
    pub fn new(settings: CanarySettings, revision: u32) -> Self {
        Self {
            step: settings.steps.len(),
            settings,
            revisions: Revisions::new(revision),
            paused: None,
            smoking: None,
            analysis: None,
            told: None,
            deadlines: Deadlines::default(),
            deadline: Deadline::default(),
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &CanarySettings {
        &self.settings
    }

    /// A template: all steps again, but for that of the stable set, which is gone back to at once.
    pub(super) fn begin(&mut self, revision: u32) {
        if !self.revisions.begin(revision) {
            return;
        }
        self.analysis = None;
        self.go_to(if self.revisions.returns() {
            self.settings.steps.len()
        } else {
            0
        });
        self.deadline.reset();
    }

    pub(super) fn rollback(&mut self) {
        if let Some(revision) = self.revisions.back() {
            self.begin(revision);
        }
    }

    pub(super) const fn asked(&self) -> u32 {
        self.revisions.asked
    }

    pub(super) const fn rests(&self) -> bool {
        self.revisions.rests()
    }

    pub(super) fn measures(&self, now: Tick) -> bool {
        self.is_rolling() && self.analysis.as_ref().is_none_or(|analysis| analysis.is_due(now))
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let sets = Sets::new(fleet, self.settings.min_ready);
        let now = fleet.now;
        self.revisions.refused(acts);
        self.route(&sets, acts);
        let measures_at = self.analyse(now, measured, acts);
        if self.scale(&sets, acts) || self.advance(&sets, measured, acts) {
            return Some(now);
        }
        let next = sooner(measures_at, sooner(self.waits_until(), sets.next_available()));
        let next = sooner(next, self.deadlines.next(now));
        sooner(next, self.watch(&sets, acts))
    }

    const fn is_rolling(&self) -> bool {
        self.revisions.is_rolling()
    }

    fn go_to(&mut self, step: usize) {
        self.step = step;
        self.paused = None;
        self.smoking = None;
    }

    fn abort(&mut self, why: Why, acts: &mut Vec<Act>) {
        self.revisions.abort(why, acts);
        self.analysis = None;
        self.go_to(0);
    }

    /// The last weight at or before a step; none before the first.
    fn weight_at(&self, steps: usize) -> u64 {
        let done = self.settings.steps.iter().take(steps);
        let weights = done.rev().filter_map(|step| match step {
            CanaryStep::Weight(percent) => Some(*percent),
            _ => None,
        });
        weights.take(1).sum()
    }

    /// `GetCurrentSetWeight`: what the steps so far ask for.
    fn weight(&self) -> u64 {
        match self.is_done() {
            _ if self.revisions.aborted => 0,
            true => 100,
            false => self.weight_at(self.step + 1),
        }
    }

    fn is_done(&self) -> bool {
        self.settings.steps.len() <= self.step
    }

    /// Where traffic goes: no part before pods for it are available.
    fn route(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) {
        if !self.settings.routed {
            return;
        }
        let percent =
            if !self.is_rolling() || self.settings.steps.is_empty() || sets.available(self.revisions.asked) == 0 {
                0
            } else if !self.is_at_desired(sets) {
                self.weight_at(self.step)
            } else {
                self.weight()
            };
        let traffic = match u32::try_from(percent) {
            Ok(percent @ 1..) => Traffic::Split {
                new: self.revisions.asked,
                parts: percent * 10_000,
                old: self.revisions.stable,
            },
            _ => Traffic::Only {
                revision: self.revisions.stable,
            },
        };
        if self.told.replace(traffic) != Some(traffic) {
            acts.push(Act::Route(traffic));
        }
    }

    /// The background analysis, from the first step to the last.
    fn analyse(&mut self, now: Tick, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        if !self.is_rolling() {
            return None;
        }
        let settings = &self.settings;
        let start = || Analysis::new(&settings.aborts, settings.pace, now);
        match self.analysis.get_or_insert_with(start).look(now, measured) {
            Verdict::Running(next) => next,
            Verdict::Passed => None,
            Verdict::Failed(why) => {
                self.abort(why, acts);
                Some(now)
            }
        }
    }

    /// `AtDesiredReplicaCountsForCanary`.
    fn is_at_desired(&self, sets: &Sets<'_>) -> bool {
        let (new, stable) = self.desired(sets);
        let others = !self.settings.routed && sets.other(None, self.revisions.asked, self.revisions.stable).is_some();
        sets.is_saturated(self.revisions.asked, new)
            && (self.revisions.asked == self.revisions.stable || sets.spec(self.revisions.stable) == stable)
            && !others
    }

    /// Whether a step is done, or the whole rollout, or the way back.
    fn advance(&mut self, sets: &Sets<'_>, measured: &Measured, acts: &mut Vec<Act>) -> bool {
        let replicas = sets.replicas();
        if !self.is_rolling() {
            let serves = sets.available(self.revisions.stable) == replicas;
            let alone = self.revisions.asked == self.revisions.stable || sets.spec(self.revisions.asked) == 0;
            if serves && alone {
                self.revisions.restored(acts);
            }
            return false;
        }
        if self.is_done() && sets.available(self.revisions.asked) == replicas {
            self.analysis = None;
            self.revisions.promoted(acts);
            return true;
        }
        let now = sets.now();
        let done = match self.settings.steps.get(self.step) {
            None => false,
            Some(CanaryStep::Whole | CanaryStep::Weight(_)) => self.is_at_desired(sets),
            Some(CanaryStep::Pause(time)) => later(*self.paused.get_or_insert(now), *time) <= now,
            Some(CanaryStep::Smoke(smoke)) => {
                let smoking = self.smoking.get_or_insert_with(|| Smoking::new(smoke, now));
                match smoking.look(smoke, self.revisions.asked, now, measured.answer, acts) {
                    Progress::Wait(at) => {
                        self.paused = at;
                        false
                    }
                    Progress::Done => true,
                    Progress::Failed => {
                        self.abort(Why::Smoke, acts);
                        return true;
                    }
                }
            }
        };
        if done {
            self.go_to(self.step + 1);
        }
        done
    }

    /// When the step that is being done may be over.
    fn waits_until(&self) -> Option<Tick> {
        let paused = self.paused.filter(|_| self.is_rolling())?;
        match self.settings.steps.get(self.step)? {
            CanaryStep::Pause(time) => Some(later(paused, *time)),
            _ => Some(paused),
        }
    }

    fn watch(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> Option<Tick> {
        if !self.is_rolling() {
            return None;
        }
        let step = self.settings.steps.get(self.step);
        let waits = matches!(step, Some(CanaryStep::Pause(_) | CanaryStep::Smoke(_)));
        let sight = Sight {
            updated: sets.spec(self.revisions.asked),
            old: sets.spec(self.revisions.stable) + self.others(sets),
            available: sets.all_available(),
            step: self.step,
        };
        let (stuck, next) = self.deadline.look(self.settings.deadline, sight, waits, sets.now());
        if stuck {
            acts.push(Act::Stuck {
                revision: self.revisions.asked,
            });
        }
        next
    }
}

#[cfg(test)]
mod tests;
