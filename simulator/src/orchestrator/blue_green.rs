//! Blue-green of Argo Rollouts: a whole second set, a check, one switch, and the old set held for a while.
//!
//! Source: Argo Rollouts, rollout/bluegreen.go, rollout/service.go, rollout/sync.go `shouldFullPromote`. Where a
//! gateway moves the traffic in steps, what is written is a [canary](super::Canary) that begins with all of its pods.

use super::analysis::{Analysis, Condition, Pace, Verdict};
use super::canary::ABORTED_STAYS;
use super::deadline::{Deadline, Sight};
use super::replica_sets::{Deadlines, Sets};
use super::revisions::Revisions;
use super::smoke::{Smoke, Smoking};
use super::verify::Progress;
use super::{Act, Fleet, Measured, Traffic, Why, later, sooner};
use crate::{Span, Tick};

/// Blue-green as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueGreenSettings {
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `progressDeadlineSeconds`.
    pub deadline: Span,
    /// `prePromotionAnalysis`.
    pub smoke: Option<Smoke>,
    /// `postPromotionAnalysis`: what takes the traffic back.
    pub aborts: Vec<Condition>,
    /// How often that is looked at; with a count.
    pub pace: Pace,
    /// `scaleDownDelaySeconds`: how long the old set stays after it was all judged good.
    pub hold: Span,
}

/// A Rollout with the strategy `blueGreen`.
#[derive(Clone, Debug)]
pub struct BlueGreen {
    settings: BlueGreenSettings,
    revisions: Revisions,
    /// What the active Service selects.
    active: u32,
    /// Its set is still up from before: neither check nor judgement.
    fast: bool,
    smoking: Option<Smoking>,
    smoked: bool,
    analysis: Option<Analysis>,
    told: Option<u32>,
    deadlines: Deadlines,
    deadline: Deadline,
}

impl BlueGreen {
    /// A Rollout that runs a revision, or is to.
    #[must_use]
    pub fn new(settings: BlueGreenSettings, revision: u32) -> Self {
        Self {
            settings,
            revisions: Revisions::new(revision),
            active: revision,
            fast: false,
            smoking: None,
            smoked: false,
            analysis: None,
            told: None,
            deadlines: Deadlines::default(),
            deadline: Deadline::default(),
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &BlueGreenSettings {
        &self.settings
    }

    pub(super) fn begin(&mut self, revision: u32) {
        if !self.revisions.begin(revision) {
            return;
        }
        self.fast = self.revisions.returns() || self.deadlines.of(revision).is_some();
        self.smoking = None;
        self.smoked = self.settings.smoke.is_none();
        self.analysis = None;
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
        self.is_judged() && self.analysis.as_ref().is_none_or(|analysis| analysis.is_due(now))
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let sets = Sets::new(fleet, self.settings.min_ready);
        let now = fleet.now;
        self.revisions.refused(acts);
        if self.scale(&sets, acts) {
            return Some(now);
        }
        let smoked_at = self.smoke(&sets, measured, acts);
        self.switch(&sets, acts);
        let judged_at = self.judge(now, measured, acts);
        self.restored(&sets, acts);
        let next = sooner(smoked_at, sooner(judged_at, sets.next_available()));
        let next = sooner(next, self.deadlines.next(now));
        sooner(next, self.watch(&sets, acts))
    }

    const fn is_rolling(&self) -> bool {
        self.revisions.is_rolling()
    }

    /// After the switch, until it is promoted.
    const fn is_judged(&self) -> bool {
        self.is_rolling() && self.active == self.revisions.asked && !self.fast
    }

    fn abort(&mut self, why: Why, acts: &mut Vec<Act>) {
        self.revisions.abort(why, acts);
        self.smoking = None;
        self.analysis = None;
    }

    fn scale(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> bool {
        let (now, replicas) = (sets.now(), sets.replicas());
        self.deadlines.clear(self.revisions.stable);
        if !self.revisions.aborted {
            self.deadlines.clear(self.revisions.asked);
        }
        if sets.scale(self.active, replicas, acts) || sets.scale(self.revisions.stable, replicas, acts) {
            return true;
        }
        let scaled = match self.deadlines.of(self.revisions.asked) {
            _ if !self.revisions.aborted => sets.scale(self.revisions.asked, replicas, acts),
            _ if sets.spec(self.revisions.asked) == 0 => false,
            Some(at) if at <= now => {
                self.deadlines.clear(self.revisions.asked);
                sets.scale(self.revisions.asked, 0, acts)
            }
            None if sets.is_saturated(self.revisions.stable, replicas) => {
                self.deadlines.set(self.revisions.asked, later(now, ABORTED_STAYS));
                false
            }
            _ => false,
        };
        scaled || self.scale_others(sets, acts)
    }

    /// Every other set stays for `hold`, and goes.
    fn scale_others(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> bool {
        let mut below = None;
        while let Some(other) = sets.other(below, self.revisions.asked, self.revisions.stable) {
            below = Some(other);
            match self.deadlines.of(other) {
                Some(at) if at <= sets.now() => {
                    self.deadlines.clear(other);
                    return sets.scale(other, 0, acts);
                }
                Some(_) => {}
                None => self.deadlines.set(other, later(sets.now(), self.settings.hold)),
            }
        }
        false
    }

    /// The check, when all of the new set is available.
    fn smoke(&mut self, sets: &Sets<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let smoke = self
            .settings
            .smoke
            .filter(|_| self.is_rolling() && !self.fast && !self.smoked)?;
        let now = sets.now();
        if self.smoking.is_none() && !sets.is_saturated(self.revisions.asked, sets.replicas()) {
            return None;
        }
        let smoking = self.smoking.get_or_insert_with(|| Smoking::new(&smoke, now));
        match smoking.look(&smoke, self.revisions.asked, now, measured.answer, acts) {
            Progress::Wait(at) => at,
            Progress::Done => {
                self.smoked = true;
                Some(now)
            }
            Progress::Failed => {
                self.abort(Why::Smoke, acts);
                Some(now)
            }
        }
    }

    /// All traffic at once: to the new set when it is whole and checked, back to the stable one after an abort.
    fn switch(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) {
        let may = self.fast || self.smoked;
        if self.revisions.aborted {
            self.active = self.revisions.stable;
        } else if may && sets.is_saturated(self.revisions.asked, sets.replicas()) {
            self.active = self.revisions.asked;
        }
        let traffic = Traffic::Only { revision: self.active };
        if self.told.replace(self.active) != Some(self.active) {
            acts.push(Act::Route(traffic));
        }
    }

    /// What is active is judged, and then stable.
    fn judge(&mut self, now: Tick, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        if !self.is_rolling() || self.active != self.revisions.asked {
            return None;
        }
        if !self.fast && !self.settings.aborts.is_empty() {
            let settings = &self.settings;
            let start = || Analysis::new(&settings.aborts, settings.pace, now);
            match self.analysis.get_or_insert_with(start).look(now, measured) {
                Verdict::Running(next) => return next,
                Verdict::Passed => {}
                Verdict::Failed(why) => {
                    self.abort(why, acts);
                    return Some(now);
                }
            }
        }
        self.analysis = None;
        self.revisions.promoted(acts);
        Some(now)
    }

    fn restored(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) {
        let serves = self.active == self.revisions.stable && sets.available(self.revisions.stable) == sets.replicas();
        let alone = self.revisions.asked == self.revisions.stable || sets.spec(self.revisions.asked) == 0;
        if serves && alone {
            self.revisions.restored(acts);
        }
    }

    fn watch(&mut self, sets: &Sets<'_>, acts: &mut Vec<Act>) -> Option<Tick> {
        if !self.is_rolling() {
            return None;
        }
        let sight = Sight {
            updated: sets.spec(self.revisions.asked),
            old: sets.spec(self.revisions.stable),
            available: sets.all_available(),
            step: usize::from(self.smoked) + usize::from(self.active == self.revisions.asked),
        };
        let waits = self.smoking.is_some() || self.analysis.is_some();
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
mod tests {
    use loadline_compiler::model::AbortMetric;
    use loadline_compiler::values::Comparison;

    use super::*;
    use crate::orchestrator::Orchestrator;
    use crate::orchestrator::world::{BAD, Event, GOOD, Life, SICK, World, at, seconds, told};

    fn settings() -> BlueGreenSettings {
        BlueGreenSettings {
            min_ready: Span::ZERO,
            deadline: seconds(600),
            smoke: Some(Smoke {
                start: seconds(1),
                fetches: true,
            }),
            aborts: vec![Condition {
                metric: AbortMetric::ErrorRate,
                comparison: Comparison::Greater,
                bound: 10_000,
            }],
            pace: Pace {
                delay: seconds(60),
                interval: seconds(60),
                count: Some(2),
                failures: 0,
            },
            hold: seconds(120),
        }
    }

    fn world(settings: BlueGreenSettings, second: Life) -> World {
        World::new(Orchestrator::from(BlueGreen::new(settings, 1)), 4).with(2, second)
    }

    fn run(input: &str, second: Life, events: &[(u64, Event)]) -> String {
        let about = "4 replicas, a smoke check, errors measured twice, the old set held for 120 s";
        told(
            &format!("{about}\n{input}"),
            &world(settings(), second).run(events, 1200),
        )
    }

    const BEGIN: [(u64, Event); 1] = [(10, Event::Begin(2))];

    #[test]
    fn a_second_set_a_check_a_switch_a_judgement_and_the_old_set_held() {
        insta::assert_snapshot!(run("v2 is good", GOOD, &BEGIN));
    }

    #[test]
    fn what_never_gets_ready_gets_no_traffic_and_is_reported() {
        insta::assert_snapshot!(run("v2 is never ready", SICK, &BEGIN));
    }

    #[test]
    fn too_little_room_leaves_two_sets_and_no_switch() {
        let mut world = world(settings(), GOOD);
        world.room = 7;
        world.run(&BEGIN, 1200);
        assert_eq!(world.told, [(at(615), Act::Stuck { revision: 2 })]);
        assert_eq!(world.traffic, Traffic::Only { revision: 1 });
        assert_eq!((world.most, world.fewest_ready), (8, 4));
    }

    #[test]
    fn a_check_that_fails_ends_it_before_any_traffic() {
        let unwell = Life { answers: false, ..GOOD };
        insta::assert_snapshot!(run("v2 is ready, and fails the check", unwell, &BEGIN));
    }

    #[test]
    fn a_judgement_that_fails_switches_back_to_a_set_that_is_still_up() {
        insta::assert_snapshot!(run("a fifth of v2's requests fails", BAD, &BEGIN));
    }

    #[test]
    fn rollback_while_the_old_set_is_held_is_a_switch() {
        let events = [(10, Event::Begin(2)), (200, Event::Rollback)];
        insta::assert_snapshot!(run(
            "v2 is good, and v1 is wanted again while it is held",
            GOOD,
            &events
        ));
    }

    #[test]
    fn rollback_when_the_old_set_is_gone_is_a_rollout() {
        let mut world = world(settings(), GOOD);
        world.run(&[(10, Event::Begin(2)), (500, Event::Rollback)], 1200);
        // Five seconds to boot, one to check, two minutes to judge.
        assert_eq!(world.told.last(), Some(&(at(500 + 126), Act::Promoted { revision: 1 })));
    }

    #[test]
    fn rollback_in_the_middle_goes_back_at_once() {
        let mut world = world(settings(), GOOD);
        world.run(&[(10, Event::Begin(2)), (60, Event::Rollback)], 1200);
        assert_eq!(world.told, [(at(60), Act::Restored { revision: 1 })]);
        assert_eq!(world.traffic, Traffic::Only { revision: 1 });
        assert!(world.members.iter().all(|member| member.revision == 1));
    }

    #[test]
    fn a_further_revision_in_the_middle_is_a_third_set() {
        let events = [(10, Event::Begin(2)), (13, Event::Begin(3))];
        insta::assert_snapshot!(run("v3 comes in the middle of v2", GOOD, &events));
    }

    #[test]
    fn without_conditions_it_is_promoted_with_the_switch() {
        let settings = BlueGreenSettings {
            smoke: None,
            aborts: Vec::new(),
            hold: seconds(30),
            ..settings()
        };
        let mut world = world(settings, GOOD);
        world.run(&BEGIN, 1200);
        assert_eq!(world.told, [(at(15), Act::Promoted { revision: 2 })]);
        assert_eq!(world.members.len(), 4);
    }
}
