//! A canary of Argo Rollouts: step by step, watched, and taken back at once.
//!
//! With a gateway that splits traffic the stable set stays whole, the new one has the part of R that its weight says,
//! and the weight moves when its pods are available. Without one traffic follows the number of pods, and both sets
//! together keep to surge and unavailable. Sources: Argo Rollouts, rollout/canary.go, rollout/trafficrouting.go,
//! rollout/replicaset.go, rollout/sync.go `shouldFullPromote`; steps and numbers are those that are written for
//! `rollout canary`, and for `rollout blue-green` with `via`.

mod counts;
mod scaling;

use loadline_compiler::quantity::Share;

use super::analysis::{Analysis, Condition, Pace, Verdict};
use super::deadline::{Deadline, Sight};
use super::replica_sets::{Deadlines, Sets};
use super::smoke::{Smoke, Smoking};
use super::verify::Progress;
use super::{Act, Fleet, Measured, Traffic, Why, later, sooner};
use crate::{Span, Tick};

/// How long the new set stays up after an abort. Source: defaults.go, `abortScaleDownDelaySeconds`.
pub(super) const ABORTED_STAYS: Span = Span::from_micros(30_000_000);

/// A canary as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanarySettings {
    /// Whether a gateway splits the traffic.
    pub routed: bool,
    /// `maxSurge`, without a router.
    pub surge: Share,
    /// `maxUnavailable`, without a router.
    pub unavailable: Share,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `progressDeadlineSeconds`.
    pub deadline: Span,
    /// The steps. That all follows at the end is not one of them.
    pub steps: Vec<CanaryStep>,
    /// What takes it back.
    pub aborts: Vec<Condition>,
    /// How often that is looked at.
    pub pace: Pace,
    /// `scaleDownDelaySeconds`: how long the old set stays after the traffic has left it, with a router.
    pub hold: Span,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryStep {
    /// `setCanaryScale: { weight: 100 }`: all pods of the new revision, without traffic.
    Whole,
    /// An analysis that must pass: the smoke check.
    Smoke(Smoke),
    /// `setWeight`, in percent.
    Weight(u64),
    /// `pause` for so long.
    Pause(Span),
}

/// A Rollout with the strategy `canary`.
#[derive(Clone, Debug)]
pub struct Canary {
    settings: CanarySettings,
    /// What serves.
    stable: u32,
    /// What served before that.
    previous: Option<u32>,
    /// What the spec says.
    asked: u32,
    /// The step that is being done.
    step: usize,
    /// Since when it only has to wait.
    paused: Option<Tick>,
    smoking: Option<Smoking>,
    analysis: Option<Analysis>,
    /// `status.abort`: until the spec says something else.
    aborted: bool,
    /// The way back is under way, and its end is still to be told.
    returns: bool,
    refused: Option<u32>,
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
            stable: revision,
            previous: None,
            asked: revision,
            paused: None,
            smoking: None,
            analysis: None,
            aborted: false,
            returns: false,
            refused: None,
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
        if revision == self.asked {
            return;
        }
        self.returns = revision == self.stable;
        self.asked = revision;
        self.aborted = false;
        self.analysis = None;
        self.go_to(if self.returns { self.settings.steps.len() } else { 0 });
        self.deadline.reset();
    }

    pub(super) fn rollback(&mut self) {
        let serves = self.asked == self.stable;
        match self.previous.filter(|_| serves) {
            Some(previous) => self.begin(previous),
            None if serves => self.refused = Some(self.asked),
            None => self.begin(self.stable),
        }
    }

    pub(super) const fn asked(&self) -> u32 {
        self.asked
    }

    pub(super) const fn rests(&self) -> bool {
        !self.returns && (self.aborted || self.asked == self.stable)
    }

    pub(super) fn measures(&self, now: Tick) -> bool {
        self.is_rolling() && self.analysis.as_ref().is_none_or(|analysis| analysis.is_due(now))
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let sets = Sets::new(fleet, self.settings.min_ready);
        let now = fleet.now;
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
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
        self.asked != self.stable && !self.aborted
    }

    fn go_to(&mut self, step: usize) {
        self.step = step;
        self.paused = None;
        self.smoking = None;
    }

    fn abort(&mut self, why: Why, acts: &mut Vec<Act>) {
        acts.push(Act::Aborted {
            revision: self.asked,
            why,
        });
        self.aborted = true;
        self.returns = true;
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
            _ if self.aborted => 0,
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
        let percent = if !self.is_rolling() || self.settings.steps.is_empty() || sets.available(self.asked) == 0 {
            0
        } else if !self.is_at_desired(sets) {
            self.weight_at(self.step)
        } else {
            self.weight()
        };
        let traffic = match u32::try_from(percent) {
            Ok(percent @ 1..) => Traffic::Split {
                new: self.asked,
                parts: percent * 10_000,
                old: self.stable,
            },
            _ => Traffic::Only { revision: self.stable },
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
        let others = !self.settings.routed && sets.other(None, self.asked, self.stable).is_some();
        sets.is_saturated(self.asked, new) && (self.asked == self.stable || sets.spec(self.stable) == stable) && !others
    }

    /// Whether a step is done, or the whole rollout, or the way back.
    fn advance(&mut self, sets: &Sets<'_>, measured: &Measured, acts: &mut Vec<Act>) -> bool {
        let replicas = sets.replicas();
        if !self.is_rolling() {
            let serves = sets.available(self.stable) == replicas;
            let alone = self.asked == self.stable || sets.spec(self.asked) == 0;
            if self.returns && serves && alone {
                self.returns = false;
                acts.push(Act::Restored { revision: self.stable });
            }
            return false;
        }
        if self.is_done() && sets.available(self.asked) == replicas {
            self.previous = Some(std::mem::replace(&mut self.stable, self.asked));
            self.analysis = None;
            acts.push(Act::Promoted { revision: self.asked });
            return true;
        }
        let now = sets.now();
        let done = match self.settings.steps.get(self.step) {
            None => false,
            Some(CanaryStep::Whole | CanaryStep::Weight(_)) => self.is_at_desired(sets),
            Some(CanaryStep::Pause(time)) => later(*self.paused.get_or_insert(now), *time) <= now,
            Some(CanaryStep::Smoke(smoke)) => {
                let smoking = self.smoking.get_or_insert_with(|| Smoking::new(smoke, now));
                match smoking.look(smoke, self.asked, now, measured.answer, acts) {
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
            updated: sets.spec(self.asked),
            old: sets.spec(self.stable) + self.others(sets),
            available: sets.all_available(),
            step: self.step,
        };
        let (stuck, next) = self.deadline.look(self.settings.deadline, sight, waits, sets.now());
        if stuck {
            acts.push(Act::Stuck { revision: self.asked });
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
    use crate::orchestrator::world::{BAD, Event, GOOD, Life, SICK, World, seconds, told};

    fn settings(routed: bool) -> CanarySettings {
        CanarySettings {
            routed,
            surge: Share::Count(1),
            unavailable: Share::Count(0),
            min_ready: Span::ZERO,
            deadline: seconds(600),
            steps: [25, 50]
                .into_iter()
                .flat_map(|weight| [CanaryStep::Weight(weight), CanaryStep::Pause(seconds(90))])
                .collect(),
            aborts: vec![Condition {
                metric: AbortMetric::ErrorRate,
                comparison: Comparison::Greater,
                bound: 10_000,
            }],
            pace: Pace {
                delay: seconds(60),
                interval: seconds(60),
                count: None,
                failures: 0,
            },
            hold: seconds(30),
        }
    }

    fn world(settings: CanarySettings, second: Life) -> World {
        World::new(Orchestrator::from(Canary::new(settings, 1)), 4).with(2, second)
    }

    fn run(input: &str, routed: bool, second: Life, events: &[(u64, Event)]) -> String {
        let gateway = if routed {
            "a gateway splits the traffic"
        } else {
            "traffic follows the pods; surge 1"
        };
        let about = format!("4 replicas, 25% and 50% for 90 s each, errors measured each minute; {gateway}");
        told(
            &format!("{about}\n{input}"),
            &world(settings(routed), second).run(events, 1200),
        )
    }

    const BEGIN: [(u64, Event); 1] = [(10, Event::Begin(2))];

    #[test]
    fn routed_the_new_set_grows_with_its_weight_and_the_stable_one_stays_whole() {
        insta::assert_snapshot!(run("v2 is good", true, GOOD, &BEGIN));
    }

    #[test]
    fn routed_what_never_gets_ready_gets_no_traffic_and_is_reported() {
        insta::assert_snapshot!(run("v2 is never ready", true, SICK, &BEGIN));
    }

    #[test]
    fn routed_an_abort_takes_all_traffic_back_at_once() {
        insta::assert_snapshot!(run("a fifth of v2's requests fails", true, BAD, &BEGIN));
    }

    #[test]
    fn routed_a_rollback_in_the_middle_skips_the_steps() {
        let events = [(10, Event::Begin(2)), (150, Event::Rollback)];
        insta::assert_snapshot!(run("v2 is good, and v1 is wanted again", true, GOOD, &events));
    }

    #[test]
    fn routed_a_further_revision_begins_again_and_the_one_between_goes() {
        let events = [(10, Event::Begin(2)), (150, Event::Begin(3))];
        insta::assert_snapshot!(run("v3 comes in the middle of v2", true, GOOD, &events));
    }

    #[test]
    fn without_a_router_both_sets_keep_to_surge_and_unavailable() {
        insta::assert_snapshot!(run("v2 is good", false, GOOD, &BEGIN));
    }

    #[test]
    fn without_a_router_what_never_gets_ready_stays_beside_a_whole_stable_set() {
        let mut world = world(settings(false), SICK);
        world.run(&BEGIN, 1200);
        assert_eq!(world.told.last().unwrap().1, Act::Stuck { revision: 2 });
        assert_eq!((world.fewest_ready, world.most), (4, 5));
    }

    #[test]
    fn without_a_router_an_abort_is_a_rolling_update_back() {
        insta::assert_snapshot!(run("a fifth of v2's requests fails", false, BAD, &BEGIN));
    }

    #[test]
    fn without_a_router_a_further_revision_takes_the_place_of_the_one_between() {
        let events = [(10, Event::Begin(2)), (150, Event::Begin(3))];
        insta::assert_snapshot!(run("v3 comes in the middle of v2", false, GOOD, &events));
    }

    #[test]
    fn rollback_afterwards_runs_all_steps_again() {
        let mut world = world(settings(true), GOOD);
        world.run(&[(10, Event::Begin(2)), (400, Event::Rollback)], 1200);
        let times: Vec<u64> = world.told.iter().map(|told| told.0.micros() / 1_000_000).collect();
        assert_eq!(world.told.last().unwrap().1, Act::Promoted { revision: 1 });
        // Three boots of 5 s and two pauses, both times.
        assert_eq!(times, [10 + 195, 400 + 195]);
    }

    #[test]
    fn an_aborted_one_stays_degraded_until_the_spec_changes() {
        let mut world = world(settings(true), BAD);
        world.run(
            &[(10, Event::Begin(2)), (300, Event::Begin(2)), (400, Event::Begin(3))],
            1200,
        );
        assert_eq!(world.orchestrator.asked(), 3);
        assert_eq!(world.told.last().unwrap().1, Act::Promoted { revision: 3 });
        assert_eq!(
            world
                .told
                .iter()
                .filter(|told| matches!(told.1, Act::Aborted { .. }))
                .count(),
            1
        );
    }

    #[test]
    fn measuring_that_fails_five_times_in_a_row_aborts() {
        let mut world = world(settings(true), GOOD);
        world.measurable = false;
        world.run(&BEGIN, 1200);
        let aborted = Act::Aborted {
            revision: 2,
            why: Why::Unmeasurable,
        };
        assert_eq!(
            world.told.first(),
            Some(&(crate::orchestrator::world::at(10 + 100), aborted))
        );
    }

    #[test]
    fn a_second_set_that_gets_its_traffic_in_steps_is_whole_before_any() {
        let mut settings = settings(true);
        let smoke = Smoke {
            start: seconds(1),
            fetches: true,
        };
        settings
            .steps
            .splice(0..0, [CanaryStep::Whole, CanaryStep::Smoke(smoke)]);
        settings.hold = seconds(120);
        let input = "blue-green with a gateway: all of v2 first, a check, then steps";
        let good = world(settings.clone(), GOOD).run(&BEGIN, 1200);
        insta::assert_snapshot!(told(input, &good));
        let mut bad = world(settings, Life { answers: false, ..GOOD });
        bad.run(&BEGIN, 1200);
        let why = Why::Smoke;
        assert_eq!(bad.told.first().unwrap().1, Act::Aborted { revision: 2, why });
    }

    #[test]
    fn an_autoscaler_scales_both_sets() {
        let mut world = world(settings(true), GOOD);
        world.run(&[(10, Event::Begin(2)), (60, Event::Replicas(8))], 80);
        let count = |revision| {
            world
                .members
                .iter()
                .filter(|member| member.revision == revision)
                .count()
        };
        assert_eq!((count(1), count(2)), (8, 2));
    }

    #[test]
    fn nothing_to_go_back_to_is_refused() {
        let mut world = world(settings(true), GOOD);
        world.run(&[(10, Event::Rollback)], 20);
        assert_eq!(world.told[0].1, Act::Refused { revision: 1 });
    }
}
