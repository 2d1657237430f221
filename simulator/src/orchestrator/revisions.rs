//! What a Rollout of Argo remembers of its revisions, whatever its strategy is.

use super::{Act, Why};

/// Which revision serves, which is asked for, and whether it is on its way back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revisions {
    /// What was judged good, and serves.
    pub(super) stable: u32,
    /// What served before that.
    previous: Option<u32>,
    /// What the spec says.
    pub(super) asked: u32,
    /// `status.abort`: until the spec says something else.
    pub(super) aborted: bool,
    /// The way back is under way, and its end is still to be told.
    returns: bool,
    refused: Option<u32>,
}

impl Revisions {
    /// Of a Rollout that runs one, or is to.
    pub(super) const fn new(revision: u32) -> Self {
        Self {
            stable: revision,
            previous: None,
            asked: revision,
            aborted: false,
            returns: false,
            refused: None,
        }
    }

    /// The spec says another one; whether it is another.
    pub(super) const fn begin(&mut self, revision: u32) -> bool {
        if revision == self.asked {
            return false;
        }
        self.returns = revision == self.stable;
        self.asked = revision;
        self.aborted = false;
        true
    }

    /// What to go back to: from a rollout to what serves, and otherwise to what served before. Without one that is refused.
    pub(super) fn back(&mut self) -> Option<u32> {
        if self.asked != self.stable {
            return Some(self.stable);
        }
        if self.previous.is_none() {
            self.refused = Some(self.asked);
        }
        self.previous
    }

    pub(super) const fn rests(&self) -> bool {
        !self.returns && (self.aborted || self.asked == self.stable)
    }

    pub(super) const fn is_rolling(&self) -> bool {
        self.asked != self.stable && !self.aborted
    }

    pub(super) const fn returns(&self) -> bool {
        self.returns
    }

    /// Says what was refused.
    pub(super) fn refused(&mut self, acts: &mut Vec<Act>) {
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
    }

    pub(super) fn abort(&mut self, why: Why, acts: &mut Vec<Act>) {
        acts.push(Act::Aborted {
            revision: self.asked,
            why,
        });
        self.aborted = true;
        self.returns = true;
    }

    /// What was asked for is judged good.
    pub(super) fn promoted(&mut self, acts: &mut Vec<Act>) {
        self.previous = Some(std::mem::replace(&mut self.stable, self.asked));
        acts.push(Act::Promoted { revision: self.asked });
    }

    /// What serves does so alone.
    pub(super) fn restored(&mut self, acts: &mut Vec<Act>) {
        if std::mem::take(&mut self.returns) {
            acts.push(Act::Restored { revision: self.stable });
        }
    }
}
