//! `progressDeadlineSeconds`: no progress for so long is reported. Nothing is taken back by it.

use super::later;
use crate::{Span, Tick};

/// What progress is seen by: any of these in its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Sight {
    /// Pods of the new revision: more is progress.
    pub(crate) updated: u64,
    /// Pods of others: fewer is.
    pub(crate) old: u64,
    /// Available pods: more is.
    pub(crate) available: u64,
    /// Steps that are done: any change is.
    pub(crate) step: usize,
}

/// The clock of one rollout.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline {
    since: Option<Tick>,
    seen: Sight,
    told: bool,
}

impl Deadline {
    /// A new rollout.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether it is to be reported now, and when it may have to be. While `waits`, nobody expects progress.
    pub(crate) fn look(&mut self, limit: Span, sight: Sight, waits: bool, now: Tick) -> (bool, Option<Tick>) {
        let seen = std::mem::replace(&mut self.seen, sight);
        let progress = seen.updated < sight.updated
            || sight.old < seen.old
            || seen.available < sight.available
            || seen.step != sight.step;
        if progress || waits || self.since.is_none() {
            self.since = Some(now);
            self.told &= !progress;
        }
        if waits || self.told {
            return (false, None);
        }
        let due = later(self.since.unwrap_or(now), limit);
        if now < due {
            return (false, Some(due));
        }
        self.told = true;
        (true, None)
    }
}
