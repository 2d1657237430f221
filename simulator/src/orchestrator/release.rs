//! The script that releases on a host, but for how processes are replaced: a candidate, the switch, the way back.

use super::verify::{Progress, Verifying};
use super::{Act, Asked, CANDIDATE, Fleet, Measured, Member, State, Verify, Why};
use crate::Tick;

/// What the script was written to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// Whether one process of the new revision is started beside the service and judged first.
    pub candidate: bool,
    /// How processes are judged.
    pub verify: Verify,
}

/// The releases of one workload on one machine. They come one after the other: there is a lock.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// Without one somebody tells the supervisor by hand, and nobody judges.
    script: Option<Script>,
    /// Where the link `current` leads.
    current: u32,
    /// Where `previous` does.
    previous: Option<u32>,
    phase: Phase,
    refused: Option<u32>,
    interrupted: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The script does not run.
    Rest,
    /// A candidate is started and judged; `None` until it is there.
    Candidate {
        revision: u32,
        verifying: Option<Verifying>,
    },
    /// The candidate stops; the script waits for it.
    Ending { revision: u32, passed: bool },
    /// Processes are replaced by what `current` leads to. Without a way back, this is one.
    Replacing { back: Option<u32>, failed: Option<u32> },
}

impl Release {
    pub(crate) const fn new(script: Option<Script>, revision: u32) -> Self {
        Self {
            script,
            current: revision,
            previous: None,
            phase: Phase::Rest,
            refused: None,
            interrupted: false,
        }
    }

    pub(crate) const fn current(&self) -> u32 {
        self.current
    }

    pub(crate) const fn rests(&self) -> bool {
        matches!(self.phase, Phase::Rest)
    }

    /// What is to run in the end, as far as the script knows.
    pub(crate) const fn asked(&self) -> u32 {
        match self.phase {
            Phase::Candidate { revision, .. } | Phase::Ending { revision, passed: true } => revision,
            _ => self.current,
        }
    }

    /// `release.sh deploy`. The lock refuses a second one.
    pub(crate) fn begin(&mut self, revision: u32) {
        if !self.rests() {
            self.refused = Some(revision);
        } else if self.script.is_some_and(|script| script.candidate) {
            let verifying = None;
            self.phase = Phase::Candidate { revision, verifying };
        } else {
            self.activate(revision);
        }
    }

    /// `release.sh rollback`; in the middle of a release an interrupt of it, which takes back what was not judged good.
    pub(crate) fn rollback(&mut self) {
        match (self.rests(), self.previous) {
            (false, _) if self.script.is_some() => self.interrupted = true,
            (false, _) => {
                if let Phase::Replacing { back, .. } = self.phase {
                    self.refused = back;
                }
            }
            (true, Some(previous)) => self.activate(previous),
            (true, None) => self.refused = Some(self.current),
        }
    }

    fn activate(&mut self, revision: u32) {
        let back = Some(self.current);
        self.current = revision;
        self.phase = Phase::Replacing { back, failed: None };
    }

    /// Goes on. `replace` replaces processes by those of a revision.
    pub(crate) fn look(
        &mut self,
        fleet: &Fleet<'_>,
        measured: &Measured,
        acts: &mut Vec<Act>,
        replace: impl FnOnce(u32, Step, &mut Vec<Act>) -> Progress,
    ) -> Option<Tick> {
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
        let interrupted = std::mem::take(&mut self.interrupted);
        let candidate = fleet.members.iter().find(|member| member.slot == CANDIDATE);
        match (self.phase, candidate) {
            (Phase::Rest, _) => None,
            (Phase::Candidate { revision, .. }, None) if interrupted => {
                acts.push(aborted(revision, Why::Asked));
                self.restored(acts)
            }
            (Phase::Candidate { revision, .. }, None) => {
                let slot = CANDIDATE;
                acts.push(Act::Start { revision, slot });
                Some(fleet.now)
            }
            (Phase::Candidate { revision, verifying }, Some(member)) => {
                let answer = measured.answer;
                self.judge(revision, verifying, member, interrupted, fleet.now, answer, acts)
            }
            (Phase::Ending { .. }, Some(_)) => {
                self.interrupted = interrupted;
                None
            }
            (Phase::Ending { revision, passed: true }, None) if interrupted => {
                acts.push(aborted(revision, Why::Asked));
                self.restored(acts)
            }
            (Phase::Ending { revision, passed: true }, None) => {
                self.activate(revision);
                Some(fleet.now)
            }
            (Phase::Ending { .. }, None) => self.restored(acts),
            (Phase::Replacing { back, failed }, _) => {
                let is_asked = interrupted && back.is_some();
                let step = if is_asked { Step::Interrupt } else { Step::Go };
                match replace(self.current, step, acts) {
                    Progress::Wait(at) => {
                        self.interrupted = is_asked;
                        at
                    }
                    Progress::Done if failed.is_some() => self.restored(acts),
                    Progress::Done => {
                        self.previous = back;
                        acts.push(Act::Promoted { revision: self.current });
                        self.phase = Phase::Rest;
                        None
                    }
                    Progress::Failed => self.take_back(back, is_asked, fleet.now, acts),
                }
            }
        }
    }

    /// The candidate: in the end it is stopped, however it did.
    #[expect(clippy::too_many_arguments, reason = "the parts of a phase")]
    fn judge(
        &mut self,
        revision: u32,
        verifying: Option<Verifying>,
        member: &Member,
        interrupted: bool,
        now: Tick,
        answer: Option<bool>,
        acts: &mut Vec<Act>,
    ) -> Option<Tick> {
        let alive = !matches!(member.state, State::BackOff { .. } | State::Terminating);
        let progress = match self.script.map(|script| script.verify) {
            None => Progress::Done,
            Some(_) if interrupted => Progress::Failed,
            Some(verify) => {
                let whom = Asked::Instance(member.id);
                let mut verifying = verifying.unwrap_or_else(|| Verifying::new(&verify, whom, now));
                let progress = verifying.look(&verify, now, alive, answer, acts);
                let verifying = Some(verifying);
                self.phase = Phase::Candidate { revision, verifying };
                progress
            }
        };
        match progress {
            Progress::Wait(at) => return at,
            Progress::Done => {}
            Progress::Failed => {
                let why = if interrupted { Why::Asked } else { Why::Candidate };
                acts.push(aborted(revision, why));
            }
        }
        acts.push(Act::Stop { id: member.id });
        let passed = progress == Progress::Done;
        self.phase = Phase::Ending { revision, passed };
        Some(now)
    }

    /// What was current before is again, and is judged like the new one was.
    fn take_back(&mut self, back: Option<u32>, is_asked: bool, now: Tick, acts: &mut Vec<Act>) -> Option<Tick> {
        let why = match back {
            None => Why::WayBack,
            Some(_) if is_asked => Why::Asked,
            Some(_) => Why::Verify,
        };
        acts.push(aborted(self.current, why));
        let Some(to) = back else {
            self.phase = Phase::Rest;
            return None;
        };
        let failed = Some(self.current);
        self.current = to;
        self.phase = Phase::Replacing { back: None, failed };
        Some(now)
    }

    fn restored(&mut self, acts: &mut Vec<Act>) -> Option<Tick> {
        acts.push(Act::Restored { revision: self.current });
        self.phase = Phase::Rest;
        None
    }
}

/// How a replacement goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// As it would.
    Go,
    /// Somebody interrupts it: it has failed where it is.
    Interrupt,
}

const fn aborted(revision: u32, why: Why) -> Act {
    Act::Aborted { revision, why }
}
