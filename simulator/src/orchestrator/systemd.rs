//! systemd: units that the release script restarts one after the other, each judged before the next has to stop.
//!
//! There is no overlap in a unit: from the stop to the new process that listens nobody does, for as long as the drain and
//! the boot take. Sources: systemd.service(5), systemd.unit(5) of version 252; the script is `replace` of the emitted
//! `release.sh`.

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

/// `replace` of the script: where it is, and how many units have left the old revision.
#[derive(Clone, Copy, Debug, Default)]
struct Replacement {
    index: u32,
    /// How many are to be replaced: on the way back only those that have left. `None` while none is under way.
    count: Option<u32>,
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
            release: Release::new(settings.script, revision),
            replacement: Replacement::default(),
            units: Vec::new(),
        }
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
        let (settings, verify) = (self.settings, *self.release.verify());
        while self.units.len() < usize::try_from(count).unwrap_or(0) {
            self.units.push(Unit::default());
        }
        let (replacement, units) = (&mut self.replacement, &mut self.units);
        let released = self.release.look(fleet, measured, acts, |revision, step, acts| {
            let progress = match step {
                Step::Interrupt => Progress::Failed,
                Step::Go => replacement.look(&settings, &verify, units, revision, fleet, measured, acts),
            };
            match progress {
                Progress::Wait(_) => {}
                Progress::Done => replacement.count = None,
                // Those that have left go back, each judged too.
                Progress::Failed => {
                    let left = replacement.count.map(|_| replacement.index + 1);
                    *replacement = Replacement {
                        count: left,
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
            (Some(_), UnitPhase::Stopping | UnitPhase::Judged(None)) => Some(self.index),
            _ => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what the script sees")]
    fn look(
        &mut self,
        settings: &SystemdSettings,
        verify: &super::Verify,
        units: &mut [Unit],
        revision: u32,
        fleet: &Fleet<'_>,
        measured: &Measured,
        acts: &mut Vec<Act>,
    ) -> Progress {
        let all = u32::try_from(units.len()).unwrap_or(CANDIDATE);
        let count = *self.count.get_or_insert(all);
        let now = fleet.now;
        if count <= self.index {
            return Progress::Done;
        }
        let found = member(fleet, self.index);
        match (&mut self.phase, found) {
            (UnitPhase::Stopping, Some(member)) => {
                if member.state != State::Terminating {
                    acts.push(Act::Stop { id: member.id });
                }
                Progress::Wait(None)
            }
            (UnitPhase::Stopping, None) => {
                let unit = usize::try_from(self.index).ok().and_then(|index| units.get_mut(index));
                let Some(unit) = unit else { return Progress::Failed };
                unit.failed = !unit.starts.admit(settings.limit, now);
                if unit.failed {
                    return Progress::Failed;
                }
                let slot = self.index;
                acts.push(Act::Start { revision, slot });
                self.phase = UnitPhase::Judged(None);
                Progress::Wait(Some(now))
            }
            (UnitPhase::Judged(verifying), found) => {
                let alive =
                    found.is_some_and(|member| !matches!(member.state, State::BackOff { .. } | State::Terminating));
                let whom = Asked::Instance(found.map_or(CANDIDATE, |member| member.id));
                let verifying = verifying.get_or_insert_with(|| Verifying::new(verify, whom, now));
                let progress = verifying.look(verify, now, alive, measured.answer, acts);
                if progress != Progress::Done {
                    return progress;
                }
                self.index += 1;
                self.phase = UnitPhase::Stopping;
                if self.index < count {
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
