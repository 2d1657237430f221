//! Replays recordings of a real control plane, and judges whether the simulated one did the same.
//!
//! A recording gives what nobody can compute: how long each pod took to become ready and to end, and what was done to the
//! Deployment. Everything else has to come out by itself.

mod course;
mod decimal;
mod judge;
mod lines;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod odd;
mod recording;
mod replay;

use crate::Span;
use crate::rollout::{Decide, Deployment, MinReadyLaw, sync};
pub use judge::Disagreement;
pub use recording::{Recording, Unreadable};

/// How finely the fraction of a second at which a recording began is tried out: a hundredth.
const PHASES: u64 = 100;
/// How long a call may have taken on the recorded machine, in microseconds; the usual first.
const LAGS: [u64; 4] = [20_000, 10_000, 40_000, 80_000];
const SECOND: u64 = 1_000_000;

/// Whether a replay agrees with its recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How far into a second of the wall clock the recording began, if that matters and one was found that fits.
    pub phase: Option<Span>,
    /// What is different; nothing: they agree.
    pub disagreements: Vec<Disagreement>,
}

/// The parts of the model that are on trial. Only tests judge by others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) decide: Decide,
    pub(crate) law: fn(u64, u64) -> MinReadyLaw,
    pub(crate) written: fn(Deployment) -> Deployment,
}

impl Rules {
    const KUBERNETES: Self = Self {
        decide: sync,
        law: MinReadyLaw::of,
        written: |deployment| deployment,
    };
}

/// Replays a recording and compares.
///
/// A pod's time of readiness is kept in whole seconds of the wall clock, of which a recording says nothing: with
/// `minReadySeconds` it agrees if it does for some fraction of a second at which it may have begun.
#[must_use]
pub fn conform(recording: &Recording) -> Verdict {
    judged(recording, &Rules::KUBERNETES)
}

fn judged(recording: &Recording, rules: &Rules) -> Verdict {
    // A deadline is counted in whole seconds, too.
    let phased = recording.min_ready != Span::ZERO || recording.deadline.is_some();
    let phases = if phased { PHASES } else { 1 };
    let mut nearest: Option<Vec<Disagreement>> = None;
    let phases = (0..phases).map(|part| Span::from_micros(part * SECOND / PHASES));
    for (lag, phase) in LAGS
        .into_iter()
        .flat_map(|lag| phases.clone().map(move |phase| (Span::from_micros(lag), phase)))
    {
        let found = match replay::replay(recording, rules, lag, phase) {
            Ok(course) => judge::judge(recording, &course),
            Err(_) => vec![Disagreement::endless()],
        };
        if found.is_empty() {
            return Verdict {
                phase: Some(phase).filter(|_| phased),
                disagreements: found,
            };
        }
        if nearest.as_ref().is_none_or(|nearest| found.len() < nearest.len()) {
            nearest = Some(found);
        }
    }
    Verdict {
        phase: None,
        disagreements: nearest.unwrap_or_default(),
    }
}
