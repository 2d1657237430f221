//! systemd: units that the release script restarts one after the other, each judged before the next has to stop.
//!
//! There is no overlap in a unit: from the stop to the new process that listens nobody does, for as long as the drain
//! and the boot take. Sources: systemd.service(5), systemd.unit(5) of version 252; the script is `replace` of the
//! emitted `release.sh`.

use super::release::{Release, Step};
use super::restart::Starts;
use super::verify::{Progress, Verifying};
use super::{Act, Asked, CANDIDATE, Fleet, Measured, Member, RestartPolicy, Script, StartLimit, State, later, sooner};
use crate::{Span, Tick};

/// The settings of the units of a workload, and of the script that releases them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemdSettings {
    /// `Restart=`.
    pub restart: RestartPolicy,
    /// `RestartSec=`.
    pub delay: Span,
    /// `StartLimitBurst=` and `StartLimitIntervalSec=`.
    pub limit: Option<StartLimit>,
    /// The script.
    pub script: Script,
}

/// The units of one workload on one machine.
#[derive(Clone, Debug)]
pub struct Systemd {
    settings: SystemdSettings,
    release: Release,
    replacement: Replacement,
    units: Vec<Unit>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    starts: Starts,
    /// `failed`, or ended for good: nothing starts it but a release.
    failed: bool,
}

/// `replace` of the script: where it is.
#[derive(Clone, Copy, Debug, Default)]
struct Replacement {
    /// Units that it is done with.
    done: u32,
    /// How many are to be replaced: on the way back only those that have left. `None` while none is under way.
    count: Option<u32>,
    /// On the way back the last one is first.
    is_back: bool,
    phase: UnitPhase,
}

#[derive(Clone, Copy, Debug, Default)]
enum UnitPhase {
    #[default]
    Stopping,
    Judged(Option<Verifying>),
}

impl Systemd {
    /// Units that run a revision, or are to.
    #[must_use]
    pub fn new(settings: SystemdSettings, revision: u32) -> Self {
        Self {
            settings,
            release: Release::new(Some(settings.script), revision),
            replacement: Replacement::default(),
            units: Vec::new(),
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &SystemdSettings {
        &self.settings
    }

    pub(super) fn begin(&mut self, revision: u32) {
        self.settle();
        self.release.begin(revision);
    }

    pub(super) fn rollback(&mut self) {
        self.settle();
        self.release.rollback();
    }

    /// A release begins with all units, wherever the last one ended.
    fn settle(&mut self) {
        if self.release.rests() {
            self.replacement = Replacement::default();
        }
    }

    pub(super) const fn asked(&self) -> u32 {
        self.release.asked()
    }

    pub(super) const fn rests(&self) -> bool {
        self.release.rests()
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let count = u32::try_from(fleet.replicas).unwrap_or(CANDIDATE);
        let settings = self.settings;
        while self.units.len() < usize::try_from(count).unwrap_or(0) {
            self.units.push(Unit::default());
        }
        let (replacement, units) = (&mut self.replacement, &mut self.units);
        let released = self.release.look(fleet, measured, acts, |revision, step, acts| {
            let progress = match step {
                Step::Interrupt => Progress::Failed,
                Step::Go => replacement.look(&settings, units, revision, fleet, measured, acts),
            };
            match progress {
                Progress::Wait(_) => {}
                Progress::Done => replacement.count = None,
                // Those that have left go back, each judged too.
                Progress::Failed => {
                    let left = replacement.count.map(|_| replacement.done + 1);
                    *replacement = Replacement {
                        count: left,
                        is_back: true,
                        ..Replacement::default()
                    };
                }
            }
            progress
        });
        sooner(released, self.supervise(fleet, count, acts))
    }

    /// What systemd does by itself.
    fn supervise(&mut self, fleet: &Fleet<'_>, count: u32, acts: &mut Vec<Act>) -> Option<Tick> {
        let (now, current) = (fleet.now, self.release.current());
        let busy = self.replacement.busy().filter(|_| !self.release.rests());
        let mut next = None;
        for (slot, unit) in (0..count).zip(&mut self.units) {
            if busy == Some(slot) {
                continue;
            }
            match member(fleet, slot) {
                None if !unit.failed => {
                    if unit.starts.admit(self.settings.limit, now) {
                        acts.push(Act::Start {
                            revision: current,
                            slot,
                        });
                    } else {
                        unit.failed = true;
                    }
                }
                Some(Member {
                    id,
                    state: State::BackOff { ended },
                    since,
                    ..
                }) if !unit.failed => {
                    let due = later(*since, self.settings.delay);
                    if !self.settings.restart.again(*ended) {
                        unit.failed = true;
                        acts.push(Act::GaveUp { id: *id });
                    } else if now < due {
                        next = sooner(next, Some(due));
                    } else if unit.starts.admit(self.settings.limit, now) {
                        acts.push(Act::Restart {
                            id: *id,
                            revision: current,
                        });
                    } else {
                        unit.failed = true;
                        acts.push(Act::GaveUp { id: *id });
                    }
                }
                _ => {}
            }
        }
        let surplus = |member: &&Member| count <= member.slot && member.slot != CANDIDATE;
        for member in fleet.members.iter().filter(surplus) {
            if member.state != State::Terminating {
                acts.push(Act::Stop { id: member.id });
            }
        }
        next
    }
}

impl Replacement {
    /// The unit that the script stops and starts just now.
    const fn busy(&self) -> Option<u32> {
        match (self.count, self.phase) {
            (Some(_), UnitPhase::Stopping | UnitPhase::Judged(None)) => Some(self.unit()),
            _ => None,
        }
    }

    /// The unit that it is at.
    const fn unit(&self) -> u32 {
        match self.count {
            Some(count) if self.is_back => count.saturating_sub(self.done + 1),
            _ => self.done,
        }
    }

    fn look(
        &mut self,
        settings: &SystemdSettings,
        units: &mut [Unit],
        revision: u32,
        fleet: &Fleet<'_>,
        measured: &Measured,
        acts: &mut Vec<Act>,
    ) -> Progress {
        let all = u32::try_from(units.len()).unwrap_or(CANDIDATE);
        let count = *self.count.get_or_insert(all);
        let now = fleet.now;
        if count <= self.done {
            return Progress::Done;
        }
        let slot = self.unit();
        let found = member(fleet, slot);
        match (&mut self.phase, found) {
            (UnitPhase::Stopping, Some(member)) => {
                if member.state != State::Terminating {
                    acts.push(Act::Stop { id: member.id });
                }
                Progress::Wait(None)
            }
            (UnitPhase::Stopping, None) => {
                let unit = usize::try_from(slot).ok().and_then(|index| units.get_mut(index));
                let Some(unit) = unit else { return Progress::Failed };
                unit.failed = !unit.starts.admit(settings.limit, now);
                if unit.failed {
                    return Progress::Failed;
                }
                acts.push(Act::Start { revision, slot });
                self.phase = UnitPhase::Judged(None);
                Progress::Wait(Some(now))
            }
            (UnitPhase::Judged(verifying), found) => {
                let alive =
                    found.is_some_and(|member| !matches!(member.state, State::BackOff { .. } | State::Terminating));
                let whom = Asked::Instance(found.map_or(CANDIDATE, |member| member.id));
                let verifying = verifying.get_or_insert_with(|| Verifying::new(&settings.script.verify, whom, now));
                let progress = verifying.look(&settings.script.verify, now, alive, measured.answer, acts);
                if progress != Progress::Done {
                    return progress;
                }
                self.done += 1;
                self.phase = UnitPhase::Stopping;
                if self.done < count {
                    Progress::Wait(Some(now))
                } else {
                    Progress::Done
                }
            }
        }
    }
}

/// Who is in a slot; not a candidate.
fn member<'f>(fleet: &Fleet<'f>, slot: u32) -> Option<&'f Member> {
    fleet.members.iter().find(|member| member.slot == slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::world::{BAD, CRASHES, DEAF, Event, GOOD, Life, SICK, World, seconds, told};
    use crate::orchestrator::{Orchestrator, Verify, Why};

    const SETTINGS: SystemdSettings = SystemdSettings {
        restart: RestartPolicy::Always,
        delay: seconds(5),
        limit: None,
        script: Script {
            candidate: false,
            verify: Verify {
                asks: true,
                boot: seconds(30),
                after: seconds(3),
                every: seconds(2),
                tries: 3,
                answer: seconds(5),
            },
        },
    };

    const TRIED: SystemdSettings = SystemdSettings {
        script: Script {
            candidate: true,
            ..SETTINGS.script
        },
        ..SETTINGS
    };

    const INPUT: &str = "3 units; 3 s to stop, 4 s to listen, 5 s to ready; judged 3, 5 and 7 s after the first answer";

    fn world(settings: SystemdSettings, second: Life) -> World {
        World::new(Orchestrator::from(Systemd::new(settings, 1)), 3).with(2, second)
    }

    fn run(input: &str, settings: SystemdSettings, second: Life, events: &[(u64, Event)]) -> String {
        told(&format!("{INPUT}\n{input}"), &world(settings, second).run(events, 600))
    }

    #[test]
    fn units_are_restarted_one_after_the_other_each_with_a_gap() {
        let input = "v2 is good, and tried beside the service first";
        insta::assert_snapshot!(run(input, TRIED, GOOD, &[(10, Event::Begin(2))]));
    }

    #[test]
    fn what_never_gets_ready_costs_a_candidate_and_no_unit() {
        insta::assert_snapshot!(run("v2 is never ready", TRIED, SICK, &[(10, Event::Begin(2))]));
    }

    #[test]
    fn without_a_candidate_the_first_unit_is_lost_until_it_is_judged() {
        insta::assert_snapshot!(run(
            "v2 never listens; no candidate",
            SETTINGS,
            DEAF,
            &[(10, Event::Begin(2))]
        ));
    }

    #[test]
    fn what_answers_and_fails_is_released_since_nobody_measures() {
        let mut world = world(TRIED, BAD);
        world.run(&[(10, Event::Begin(2))], 600);
        let told = world.told.last().map(|told| told.1);
        assert_eq!(told, Some(Act::Promoted { revision: 2 }));
    }

    #[test]
    fn rollback_in_the_middle_takes_back_the_units_that_have_left() {
        let events = [(10, Event::Begin(2)), (40, Event::Rollback)];
        insta::assert_snapshot!(run("v2 is good, and somebody interrupts", SETTINGS, GOOD, &events));
    }

    /// The unit that failed is the first to go back: no second one stops as long as it is down.
    #[test]
    fn on_the_way_back_no_unit_stops_while_another_is_down() {
        // The first is well at 25 s; the second starts at 28 s, and dies.
        let mut world = world(SETTINGS, GOOD);
        world.run(&[(10, Event::Begin(2)), (30, Event::Kill(1))], 600);
        let aborted = Act::Aborted {
            revision: 2,
            why: Why::Verify,
        };
        assert_eq!(world.told.first().map(|told| told.1), Some(aborted));
        assert_eq!(
            world.told.last().map(|told| told.1),
            Some(Act::Restored { revision: 1 })
        );
        assert_eq!(world.fewest_ready, 2);
    }

    #[test]
    fn rollback_afterwards_is_a_release_without_a_candidate() {
        let events = [(10, Event::Begin(2)), (100, Event::Rollback)];
        insta::assert_snapshot!(run("v2 is good, and v1 is wanted again", TRIED, GOOD, &events));
    }

    #[test]
    fn a_further_release_in_the_middle_is_refused() {
        let mut world = world(SETTINGS, GOOD);
        world.run(&[(10, Event::Begin(2)), (20, Event::Begin(3))], 600);
        let refused = Act::Refused { revision: 3 };
        assert_eq!(world.told.first().map(|told| told.1), Some(refused));
        assert_eq!(
            world.told.last().map(|told| told.1),
            Some(Act::Promoted { revision: 2 })
        );
        assert!(world.members.iter().all(|member| member.revision == 2));
    }

    #[test]
    fn a_unit_that_crashes_fails_the_release_at_once() {
        let mut world = world(SETTINGS, CRASHES);
        world.run(&[(10, Event::Begin(2))], 600);
        let aborted = Act::Aborted {
            revision: 2,
            why: Why::Verify,
        };
        // Stopped at 13 s, ended at 13.5 s, seen at the next poll.
        assert_eq!(world.told.first(), Some(&(Tick::at(13_600_000), aborted)));
        assert_eq!(
            world.told.last().map(|told| told.1),
            Some(Act::Restored { revision: 1 })
        );
        assert_eq!(world.most, 3);
    }

    /// systemd's own: 100 ms, and five starts in 10 s.
    const OWN: SystemdSettings = SystemdSettings {
        delay: Span::from_micros(100_000),
        limit: Some(StartLimit {
            starts: 5,
            window: seconds(10),
        }),
        ..SETTINGS
    };

    #[test]
    fn with_the_defaults_a_crash_on_boot_is_dead_for_good_within_three_seconds() {
        let mut world = world(OWN, GOOD).with(1, CRASHES);
        world.run(&[(1, Event::Kill(0))], 600);
        // The first start was before: five restarts are let through, each half a second long.
        let gave_up: Vec<_> = world.told.iter().map(|told| told.0.micros() / 100_000).collect();
        assert_eq!(gave_up.len(), 3);
        assert!(gave_up.iter().all(|tenths| *tenths <= 41), "{gave_up:?}");
        assert_eq!(world.fewest_ready, 0);
    }

    #[test]
    fn two_seconds_between_starts_never_trip_the_default_limit() {
        let settings = SystemdSettings {
            delay: seconds(2),
            ..OWN
        };
        let mut world = world(settings, GOOD).with(1, CRASHES);
        world.run(&[(1, Event::Kill(0))], 600);
        assert_eq!(world.told, []);
    }

    #[test]
    fn on_failure_a_clean_end_is_one_for_good() {
        let settings = SystemdSettings {
            restart: RestartPolicy::Never,
            ..SETTINGS
        };
        let mut world = world(settings, GOOD);
        world.run(&[(1, Event::Kill(1))], 60);
        assert_eq!(world.told, [(crate::orchestrator::world::at(1), Act::GaveUp { id: 1 })]);
        assert_eq!(world.members.len(), 3);
    }

    #[test]
    fn a_crash_during_a_release_comes_back_with_what_current_leads_to() {
        let mut world = world(SETTINGS, GOOD);
        world.run(&[(10, Event::Begin(2)), (14, Event::Kill(2))], 20);
        let revision = |slot| {
            world
                .members
                .iter()
                .find(|member| member.slot == slot)
                .unwrap()
                .revision
        };
        assert_eq!((revision(1), revision(2)), (1, 2), "the third is restarted after 5 s");
    }

    #[test]
    fn units_beyond_the_replicas_are_stopped() {
        let mut world = world(SETTINGS, GOOD);
        world.run(&[(1, Event::Replicas(2)), (20, Event::Replicas(4))], 60);
        let slots: Vec<u32> = world.members.iter().map(|member| member.slot).collect();
        assert_eq!(slots, [0, 1, 2, 3]);
        assert_eq!(world.fewest_ready, 2);
    }
}
