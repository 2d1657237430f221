//! The script that releases on a host, but for how processes are replaced: a candidate, the switch, the way back.

use super::verify::{Progress, Verifying};
use super::{Act, Asked, CANDIDATE, Fleet, Measured, State, Verify, Why};
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
    script: Script,
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
    pub(crate) const fn new(script: Script, revision: u32) -> Self {
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

    pub(crate) const fn verify(&self) -> &Verify {
        &self.script.verify
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
        } else if self.script.candidate {
            let verifying = None;
            self.phase = Phase::Candidate { revision, verifying };
        } else {
            self.activate(revision);
        }
    }

    /// `release.sh rollback`; in the middle of a release an interrupt of it, which takes back what was not judged good.
    pub(crate) fn rollback(&mut self) {
        match (self.rests(), self.previous) {
            (false, _) => self.interrupted = true,
            (true, Some(previous)) => self.activate(previous),
            (true, None) => self.refused = Some(self.current),
        }
    }

    fn activate(&mut self, revision: u32) {
        let back = Some(self.current);
        self.current = revision;
        self.phase = Phase::Replacing { back, failed: None };
    }

    /// Goes on. `replace` replaces processes by those of a revision, and is told when it has to begin anew.
    pub(crate) fn look(
        &mut self,
        fleet: &Fleet<'_>,
        measured: &Measured,
        acts: &mut Vec<Act>,
        mut replace: impl FnMut(u32, Step, &mut Vec<Act>) -> Progress,
    ) -> Option<Tick> {
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
        let interrupted = std::mem::take(&mut self.interrupted);
        let candidate = fleet.members.iter().find(|member| member.slot == CANDIDATE);
        match self.phase {
            Phase::Rest => None,
            Phase::Candidate { revision, verifying } => {
                let Some(member) = candidate else {
                    if interrupted {
                        acts.push(aborted(revision, Why::Asked));
                        self.phase = Phase::Rest;
                    } else {
                        acts.push(Act::Start {
                            revision,
                            slot: CANDIDATE,
                        });
                    }
                    return Some(fleet.now);
                };
                let verify = self.script.verify;
                let mut verifying =
                    verifying.unwrap_or_else(|| Verifying::new(&verify, Asked::Instance(member.id), fleet.now));
                let alive = !matches!(member.state, State::BackOff { .. } | State::Terminating);
                let progress = match interrupted {
                    true => Progress::Failed,
                    false => verifying.look(&verify, fleet.now, alive, measured.answer, acts),
                };
                let passed = match progress {
                    Progress::Wait(at) => {
                        let verifying = Some(verifying);
                        self.phase = Phase::Candidate { revision, verifying };
                        return at;
                    }
                    Progress::Done => true,
                    Progress::Failed => {
                        let why = if interrupted { Why::Asked } else { Why::Candidate };
                        acts.push(aborted(revision, why));
                        false
                    }
                };
                acts.push(Act::Stop { id: member.id });
                self.phase = Phase::Ending { revision, passed };
                Some(fleet.now)
            }
            Phase::Ending { .. } if candidate.is_some() => {
                self.interrupted = interrupted;
                None
            }
            Phase::Ending { revision, passed: true } if interrupted => {
                acts.push(aborted(revision, Why::Asked));
                self.restored(self.current, acts)
            }
            Phase::Ending { revision, passed: true } => {
                self.activate(revision);
                Some(fleet.now)
            }
            Phase::Ending { .. } => self.restored(self.current, acts),
            Phase::Replacing { back, failed } => {
                let step = if interrupted && back.is_some() {
                    Step::Interrupt
                } else {
                    Step::Go
                };
                match replace(self.current, step, acts) {
                    Progress::Wait(at) => at,
                    Progress::Done => {
                        if failed.is_some() {
                            return self.restored(self.current, acts);
                        }
                        self.previous = back;
                        acts.push(Act::Promoted { revision: self.current });
                        self.phase = Phase::Rest;
                        None
                    }
                    Progress::Failed => {
                        let why = match (back, interrupted) {
                            (None, _) => Why::WayBack,
                            (_, true) => Why::Asked,
                            (_, false) => Why::Verify,
                        };
                        acts.push(aborted(self.current, why));
                        let Some(to) = back else {
                            self.phase = Phase::Rest;
                            return None;
                        };
                        let failed = Some(self.current);
                        self.current = to;
                        self.phase = Phase::Replacing { back: None, failed };
                        Some(fleet.now)
                    }
                }
            }
        }
    }

    fn restored(&mut self, revision: u32, acts: &mut Vec<Act>) -> Option<Tick> {
        acts.push(Act::Restored { revision });
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
