//! What exploring found.

use std::collections::BTreeMap;

use super::columns::ColumnId;
use super::order::StepId;
use crate::model::ThingId;

/// What was found in all changes together: of each kind and place the one with the shortest story.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Each column's first failure.
    pub failures: Vec<Failure>,
    /// Rollback targets that a step takes away.
    pub lost: Vec<Lost>,
    /// Services that had no target left before a step gave them up.
    pub stranded: Vec<Lost>,
    /// `retire` of a revision that runs.
    pub retired_running: Vec<RetiredRunning>,
    /// What was not walked to its end.
    pub undecided: Vec<Undecided>,
    /// Moves that were tried.
    pub moves: usize,
}

/// A moment, and the shortest story that leads to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The steps that have begun, in order.
    pub story: Vec<Told>,
    /// The step that it comes with; the beginning of a change, where nothing of it has happened.
    pub at: Option<StepId>,
}

/// A step of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub step: StepId,
    /// It has not ended yet.
    pub midway: bool,
}

/// A state in which a revision does not find what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub moment: Moment,
    /// The column.
    pub column: ColumnId,
    /// The revision, by its place in [`super::World::revisions`].
    pub revision: usize,
    /// What is wrong.
    pub kind: FailureKind,
}

/// What a revision does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The column is not there yet, or not at all.
    NotThere,
    /// A step took it away while the revision was live, or before it came.
    Dropped {
        /// The step that did.
        by: StepId,
    },
    /// A step takes it away while the revision can still be rolled back to.
    DroppedUnderTarget,
    /// It is read while live revisions leave it out.
    Skewed {
        /// Those revisions.
        by: Vec<usize>,
    },
    /// It is read and was never made complete.
    Incomplete,
    /// Rows without it are inserted, and it refuses them: it is NOT NULL and has no default.
    Refused {
        /// The step that made it so; `None` when it was so before the first.
        since: Option<StepId>,
    },
}

/// A rollback target that is one no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The revision.
    pub revision: usize,
    /// From when on, and what a rollback to it would meet.
    pub because: Failure,
}

/// A `retire` of what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredRunning {
    /// The step.
    pub step: StepId,
    /// The revision that runs.
    pub revision: usize,
}

/// Columns whose states were not all looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The columns.
    pub columns: Vec<ColumnId>,
    /// The changes that have a say in them.
    pub changes: Vec<usize>,
    /// States that were looked at; `None` when there is more in it than a state can hold.
    pub states: Option<usize>,
}

/// What is found on the way, with the length of its story; shorter ones replace longer ones.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub(super) failures: BTreeMap<ColumnId, (usize, Failure)>,
    pub(super) lost: BTreeMap<usize, (usize, Lost)>,
    pub(super) stranded: BTreeMap<ThingId, (usize, Lost)>,
}

impl Finds {
    pub(super) fn add(&mut self, other: Self) {
        merge(&mut self.failures, other.failures);
        merge(&mut self.lost, other.lost);
        merge(&mut self.stranded, other.stranded);
    }
}

fn merge<K: Ord + Copy, V>(into: &mut BTreeMap<K, (usize, V)>, from: BTreeMap<K, (usize, V)>) {
    for (key, (length, value)) in from {
        if is_shorter(into, key, length) {
            into.insert(key, (length, value));
        }
    }
}

/// Whether a story replaces the one that is known; of equals, the first stays.
pub(super) fn is_shorter<K: Ord, V>(known: &BTreeMap<K, (usize, V)>, key: K, length: usize) -> bool {
    known.get(&key).is_none_or(|(known, _)| length < *known)
}
