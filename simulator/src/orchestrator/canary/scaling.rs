//! How many pods each set of a canary is to have, and in which order they are scaled.

use loadline_compiler::budget::rolling::fenceposts;
use loadline_compiler::quantity::{Ratio, Share};

use super::{ABORTED_STAYS, Canary, CanaryStep, counts};
use crate::orchestrator::replica_sets::Sets;
use crate::orchestrator::{Act, later};

/// What may be unavailable where nothing is written: with a router it only decides when third revisions go.
/// Source: defaults.go, `maxUnavailable`.
const UNAVAILABLE: Share = Share::Ratio(Ratio::percent(25));

impl Canary {
    /// How many pods the new and the stable set are to have next.
    pub(super) fn desired(&self, sets: &Sets<'_>) -> (u64, u64) {
        let replicas = sets.replicas();
        if self.settings.routed {
            let so_far = self.settings.steps.iter().take(self.step + 1);
            let whole =
                !self.is_done() && !self.revisions.aborted && so_far.into_iter().any(|step| *step == CanaryStep::Whole);
            let percent = if self.revisions.asked == self.revisions.stable || whole {
                100
            } else {
                self.weight()
            };
            return (replicas.saturating_mul(percent).div_ceil(100), replicas);
        }
        let set = |revision| counts::Set {
            spec: sets.spec(revision),
            available: sets.available(revision),
        };
        let (surge, unavailable) = fenceposts(self.settings.surge, self.settings.unavailable, replicas);
        counts::next(&counts::Now {
            replicas,
            weight: self.weight(),
            surge,
            unavailable,
            new: set(self.revisions.asked),
            stable: (self.revisions.asked != self.revisions.stable).then(|| set(self.revisions.stable)),
            others: self.others(sets),
        })
    }

    pub(super) fn others(&self, sets: &Sets<'_>) -> u64 {
        let mut count = 0;
        let mut below = None;
        while let Some(other) = sets.other(below, self.revisions.asked, self.revisions.stable) {
            count += sets.spec(other);
            below = Some(other);
        }
        count
    }

    /// One set at a time: the stable one, the new one, the others. Whether anything had to be done.
    pub(super) fn scale(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> bool {
        let (new, stable) = self.desired(sets);
        self.deadlines.clear(self.revisions.stable);
        let stays = self.revisions.aborted && self.settings.routed;
        if !stays {
            self.deadlines.clear(self.revisions.asked);
        }
        if self.revisions.asked != self.revisions.stable && sets.scale(self.revisions.stable, stable, acts) {
            return true;
        }
        if !stays {
            return sets.scale(self.revisions.asked, new, acts) || self.scale_others(sets, acts);
        }
        match self.deadlines.of(self.revisions.asked) {
            _ if sets.spec(self.revisions.asked) == 0 => {}
            Some(at) if at <= sets.now() => {
                self.deadlines.clear(self.revisions.asked);
                return sets.scale(self.revisions.asked, 0, acts);
            }
            Some(_) => {}
            // Only when the stable set can do without it.
            None if sets.is_saturated(self.revisions.stable, sets.replicas()) => {
                self.deadlines
                    .set(self.revisions.asked, later(sets.now(), ABORTED_STAYS));
            }
            None => {}
        }
        self.scale_others(sets, acts)
    }

    /// Revisions that are neither new nor stable: what is not available goes first, then what is more than enough.
    fn scale_others(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> bool {
        let replicas = sets.replicas();
        let unavailable = if self.settings.routed {
            UNAVAILABLE
        } else {
            self.settings.unavailable
        };
        let (_, unavailable) = fenceposts(self.settings.surge, unavailable, replicas);
        let mut extra = sets
            .all_available()
            .saturating_sub(replicas.saturating_sub(unavailable));
        let mut below = None;
        while let Some(other) = sets.other(below, self.revisions.asked, self.revisions.stable) {
            below = Some(other);
            let (spec, available) = (sets.spec(other), sets.available(other));
            if available < spec {
                return sets.scale(other, available, acts);
            }
            let wanted = match self.deadlines.of(other) {
                _ if extra == 0 => spec,
                _ if !self.settings.routed => spec.saturating_sub(extra),
                Some(at) if sets.now() < at => spec,
                None if self.revisions.asked == self.revisions.stable => {
                    self.deadlines.set(other, later(sets.now(), self.settings.hold));
                    spec
                }
                // One that somebody thought better of gets no traffic, and goes at once.
                _ => 0,
            };
            if wanted == 0 {
                self.deadlines.clear(other);
            }
            extra = extra.saturating_sub(spec - wanted);
            if sets.scale(other, wanted, acts) {
                return true;
            }
        }
        false
    }
}
