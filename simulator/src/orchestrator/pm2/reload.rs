//! `pm2 reload`: two processes at a time, each started before its predecessor is ended.
//!
//! The predecessor is ended when the new process listens (or says that it is ready), or when `listen_timeout` is over.
//! There is no other condition: what never comes up replaces what served, and the reload succeeds.

use loadline_compiler::budget::instances::reload_concurrency;

use super::{Pm2Settings, Progress, runs};
use crate::Tick;
use crate::orchestrator::{Act, CANDIDATE, Fleet, Member, State, later, sooner};

/// One reload of an app.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reload {
    processes: u32,
    /// The next that is taken.
    next: u32,
    /// Those that are being replaced.
    under_way: [Option<Slot>; 2],
    interrupted: bool,
}

/// A process that is being replaced.
#[derive(Clone, Copy, Debug)]
struct Slot {
    slot: u32,
    /// The predecessor: it runs on as `_old_ID`.
    parked: Option<u32>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The new one was started; how long it is waited for.
    Coming { until: Tick },
    /// The predecessor ends.
    Ending,
    /// The predecessor ends, and the new one starts when it is gone.
    Restarting,
    /// It was started; nobody waits for it.
    Started,
}

impl Reload {
    pub(super) fn new(processes: u64) -> Self {
        Self {
            processes: u32::try_from(processes).unwrap_or(CANDIDATE),
            next: 0,
            under_way: [None; 2],
            interrupted: false,
        }
    }

    /// What is under way goes on, in the daemon; nothing else is begun.
    pub(super) const fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Whether a process is being replaced, so that the daemon leaves its predecessor alone.
    pub(super) fn holds(&self, member: &Member) -> bool {
        let mut slots = self.under_way.iter().flatten();
        slots.any(|slot| slot.parked == Some(member.id))
    }

    /// Whether the daemon has not to start anything here.
    pub(super) fn is_replacing(&self, place: u32) -> bool {
        self.under_way.iter().flatten().any(|slot| slot.slot == place)
    }

    pub(super) fn look(
        &mut self,
        settings: &Pm2Settings,
        revision: u32,
        fleet: &Fleet<'_>,
        acts: &mut Vec<Act>,
    ) -> Progress {
        let at_a_time = usize::try_from(reload_concurrency(u64::from(self.processes))).unwrap_or(1);
        let mut next_look = None;
        for place in self.under_way.iter_mut().take(at_a_time) {
            if let Some(slot) = place {
                match slot.look(settings, revision, fleet, acts) {
                    Progress::Wait(at) => {
                        next_look = sooner(next_look, at);
                        continue;
                    }
                    Progress::Done | Progress::Failed => *place = None,
                }
            }
            if self.next < self.processes && !self.interrupted {
                let slot = Slot::begin(settings, revision, self.next, fleet, acts);
                self.next += 1;
                next_look = sooner(next_look, Some(slot.due(fleet.now)));
                *place = Some(slot);
            }
        }
        match self.under_way {
            [None, None] if self.interrupted => Progress::Failed,
            [None, None] => Progress::Done,
            _ => Progress::Wait(next_look),
        }
    }
}

impl Slot {
    fn begin(settings: &Pm2Settings, revision: u32, slot: u32, fleet: &Fleet<'_>, acts: &mut Vec<Act>) -> Self {
        let parked = fleet.members.iter().find(|member| member.slot == slot);
        let beside = settings.cluster && parked.is_some_and(runs);
        let phase = if beside {
            acts.push(Act::Start { revision, slot });
            Phase::Coming {
                until: later(fleet.now, settings.listen_timeout),
            }
        } else {
            // What does not run, and what runs in fork mode, is restarted.
            if let Some(member) = parked.filter(|member| member.state != State::Terminating) {
                acts.push(Act::Stop { id: member.id });
            }
            Phase::Restarting
        };
        Self {
            slot,
            parked: parked.map(|member| member.id),
            phase,
        }
    }

    const fn due(&self, now: Tick) -> Tick {
        match self.phase {
            Phase::Coming { until } => until,
            Phase::Ending | Phase::Restarting | Phase::Started => now,
        }
    }

    fn look(&mut self, settings: &Pm2Settings, revision: u32, fleet: &Fleet<'_>, acts: &mut Vec<Act>) -> Progress {
        let old = fleet.members.iter().find(|member| Some(member.id) == self.parked);
        match self.phase {
            Phase::Coming { until } => {
                let (slot, parked) = (self.slot, self.parked);
                let is_new = |member: &&Member| member.slot == slot && Some(member.id) != parked;
                let new = fleet.members.iter().find(is_new);
                if fleet.now < until && !new.is_some_and(|new| has_come(settings, new)) {
                    return Progress::Wait(Some(until));
                }
                self.phase = Phase::Ending;
                match old {
                    Some(old) => {
                        acts.push(Act::Stop { id: old.id });
                        Progress::Wait(Some(fleet.now))
                    }
                    None => Progress::Done,
                }
            }
            Phase::Ending | Phase::Restarting if old.is_some() => Progress::Wait(None),
            Phase::Restarting => {
                let slot = self.slot;
                acts.push(Act::Start { revision, slot });
                self.phase = Phase::Started;
                Progress::Wait(Some(fleet.now))
            }
            Phase::Ending | Phase::Started => Progress::Done,
        }
    }
}

/// `listening` is an event of the process that was started, not of one that the daemon started in its place; `ready`
/// is of whichever has its number.
fn has_come(settings: &Pm2Settings, new: &Member) -> bool {
    if settings.waits_for_ready {
        return new.state == State::Ready;
    }
    let listens = matches!(new.state, State::Listening | State::Ready | State::Unready);
    listens && new.started == new.created
}
