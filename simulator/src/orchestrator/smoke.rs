//! The check of a new set before any traffic: a Job that asks it.

use super::verify::Progress;
use super::{Act, Asked, later};
use crate::{Span, Tick};

/// How long `curl --max-time 10` waits for an answer.
const ANSWER: Span = Span::from_micros(10_000_000);

/// Waits between tries: `curl --retry 3`, which doubles from one second. What is not transient (a 404) would not be
/// tried again; the difference is these seven seconds.
const WAITS: [Span; 3] = [
    Span::from_micros(1_000_000),
    Span::from_micros(2_000_000),
    Span::from_micros(4_000_000),
];

/// The check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smoke {
    /// From the creation of its pod until it asks: scheduling, and pulling its image.
    pub start: Span,
    /// Whether a path is fetched, with a few tries; a program of one's own runs once.
    pub fetches: bool,
}

/// One check under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smoking {
    due: Tick,
    asked: Option<Tick>,
    failed: usize,
}

impl Smoking {
    pub(crate) const fn new(smoke: &Smoke, now: Tick) -> Self {
        Self {
            due: later(now, smoke.start),
            asked: None,
            failed: 0,
        }
    }

    pub(crate) fn look(
        &mut self,
        smoke: &Smoke,
        revision: u32,
        now: Tick,
        answer: Option<bool>,
        acts: &mut Vec<Act>,
    ) -> Progress {
        if now < self.due {
            return Progress::Wait(Some(self.due));
        }
        let Some(asked) = self.asked else {
            acts.push(Act::Ask(Asked::Revision(revision)));
            self.asked = Some(now);
            return Progress::Wait(Some(later(now, ANSWER)));
        };
        let late = later(asked, ANSWER);
        match answer {
            Some(true) => return Progress::Done,
            None if now < late => return Progress::Wait(Some(late)),
            Some(false) | None => {}
        }
        let Some(wait) = WAITS.get(self.failed).filter(|_| smoke.fetches) else {
            return Progress::Failed;
        };
        self.asked = None;
        self.failed += 1;
        self.due = later(now, *wait);
        Progress::Wait(Some(self.due))
    }
}
