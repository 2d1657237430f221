//! How the release script judges processes: do they come up, and do they stay good.

use super::{Act, Asked, later};
use crate::{Span, Tick};

/// Between two looks whether it has come up: `sleep 0.2`.
const POLL: Span = Span::from_micros(200_000);

const SECOND: u64 = 1_000_000;

/// What the script asks, as it is written for `rollout { verify }`, for a probe, or for neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verify {
    /// Whether anything listens that can be asked; otherwise it is only left alone for `after`, and must still run.
    pub asks: bool,
    /// How long it may take to come up; the script counts in whole seconds.
    pub boot: Span,
    /// How long it is left alone before it is judged.
    pub after: Span,
    /// Time between tries.
    pub every: Span,
    /// How many tries; each must pass.
    pub tries: u64,
    /// How long an answer may take.
    pub answer: Span,
}

/// How far something got that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not there yet; when to look again without a change.
    Wait(Option<Tick>),
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

/// One judgement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verifying {
    whom: Asked,
    stage: Stage,
    began: Tick,
    /// Nothing is done before.
    due: Tick,
    /// When the question was asked that is not answered yet.
    asked: Option<Tick>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Until it answers for the first time.
    Coming,
    /// `after`.
    Settling,
    /// The tries, from 1.
    Trying(u64),
}

impl Verifying {
    pub(crate) fn new(verify: &Verify, whom: Asked, now: Tick) -> Self {
        let (stage, due) = if verify.asks {
            (Stage::Coming, now)
        } else {
            (Stage::Settling, later(now, verify.after))
        };
        Self {
            whom,
            stage,
            began: now,
            due,
            asked: None,
        }
    }

    /// `alive` is whether it runs, and is what was started.
    pub(crate) fn look(
        &mut self,
        verify: &Verify,
        now: Tick,
        alive: bool,
        answer: Option<bool>,
        acts: &mut Vec<Act>,
    ) -> Progress {
        if now < self.due {
            return Progress::Wait(Some(self.due));
        }
        if let Stage::Settling = self.stage {
            if !verify.asks {
                return if alive { Progress::Done } else { Progress::Failed };
            }
            self.stage = Stage::Trying(1);
        }
        let Some(asked) = self.asked else {
            if matches!(self.stage, Stage::Trying(_)) && !alive {
                return Progress::Failed;
            }
            acts.push(Act::Ask(self.whom));
            self.asked = Some(now);
            return Progress::Wait(Some(later(now, verify.answer)));
        };
        let late = later(asked, verify.answer);
        let good = match answer {
            Some(good) => good,
            None if now < late => return Progress::Wait(Some(late)),
            None => false,
        };
        self.asked = None;
        match (self.stage, good) {
            (Stage::Trying(number), true) if number < verify.tries => {
                self.stage = Stage::Trying(number + 1);
                self.due = later(now, verify.every);
            }
            (Stage::Trying(_), true) => return Progress::Done,
            (Stage::Trying(_), false) => return Progress::Failed,
            (_, true) => {
                self.stage = Stage::Settling;
                self.due = later(now, verify.after);
            }
            (_, false) if !alive || self.overdue(verify, now) => return Progress::Failed,
            (_, false) => self.due = later(now, POLL),
        }
        Progress::Wait(Some(self.due))
    }

    /// `SECONDS` of the shell are whole, and the deadline must be passed, not reached.
    fn overdue(&self, verify: &Verify, now: Tick) -> bool {
        let seconds = |tick: Tick| tick.micros() / SECOND;
        seconds(self.began).saturating_add(verify.boot.micros() / SECOND) < seconds(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFY: Verify = Verify {
        asks: true,
        boot: Span::from_micros(30 * SECOND),
        after: Span::from_micros(3 * SECOND),
        every: Span::from_micros(2 * SECOND),
        tries: 5,
        answer: Span::from_micros(5 * SECOND),
    };

    /// Asks at once, answers by `good`, until there is a verdict: it, when it was reached, and how often was asked.
    fn judge(
        verify: &Verify,
        good: impl Fn(u64) -> Option<bool>,
        alive: impl Fn(u64) -> bool,
    ) -> (Progress, u64, usize) {
        let mut verifying = Verifying::new(verify, Asked::Revision(2), Tick::START);
        let (mut now, mut answer, mut questions) = (Tick::START, None, 0);
        let mut acts = Vec::new();
        loop {
            match verifying.look(verify, now, alive(now.micros()), answer.take(), &mut acts) {
                Progress::Wait(at) => {
                    if acts.pop().is_some() {
                        questions += 1;
                        answer = good(now.micros());
                    }
                    if answer.is_none() {
                        now = at.unwrap();
                    }
                }
                verdict => return (verdict, now.micros(), questions),
            }
        }
    }

    #[test]
    fn a_good_one_passes_after_all_tries() {
        let good = |at| Some(SECOND <= at);
        // Up at 1 s, after that 3 s, then five tries two seconds apart.
        assert_eq!(judge(&VERIFY, good, |_| true), (Progress::Done, 12 * SECOND, 11));
    }

    #[test]
    fn one_that_never_answers_fails_when_its_boot_is_over() {
        assert_eq!(judge(&VERIFY, |_| Some(false), |_| true).1, 31 * SECOND);
        // It hangs: nobody waits for an answer longer than 5 s.
        assert_eq!(judge(&VERIFY, |_| None, |_| true), (Progress::Failed, 31 * SECOND, 6));
    }

    #[test]
    fn one_bad_answer_among_the_tries_fails() {
        let good = |at| Some(at != 5 * SECOND);
        assert_eq!(judge(&VERIFY, good, |_| true), (Progress::Failed, 5 * SECOND, 3));
    }

    #[test]
    fn one_that_ended_fails_at_the_next_poll() {
        let verdict = judge(&VERIFY, |_| Some(false), |at| at < 500_000);
        assert_eq!((verdict.0, verdict.1), (Progress::Failed, 600_000));
    }

    #[test]
    fn what_cannot_be_asked_is_left_alone_and_must_still_run() {
        let silent = Verify { asks: false, ..VERIFY };
        assert_eq!(judge(&silent, |_| None, |_| true), (Progress::Done, 3 * SECOND, 0));
        assert_eq!(judge(&silent, |_| None, |_| false).0, Progress::Failed);
    }
}
