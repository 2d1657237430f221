//! Revisions and statements as a slice sees them: what they do to its columns, in sets of bits.

/// What a revision does with the columns of a slice, as sets of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facet {
    pub(super) reads: u64,
    pub(super) touches: u64,
    /// Left without what they should hold.
    pub(super) leaves_out: u64,
    /// Not named in rows that it inserts, judged where the column demanded a value before the first step.
    pub(super) omits_at_start: u64,
    /// The same, where a step demands it.
    pub(super) omits_later: u64,
}

impl Facet {
    /// What several revisions do together.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            reads: self.reads | other.reads,
            touches: self.touches | other.touches,
            leaves_out: self.leaves_out | other.leaves_out,
            omits_at_start: self.omits_at_start | other.omits_at_start,
            omits_later: self.omits_later | other.omits_later,
        }
    }
}

/// What an event does to a slice.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Statements.
    Sql(Vec<LocalOp>),
    /// Statements of a backfill, which begins to fill these.
    StartFill { ops: Vec<LocalOp>, fills: Fills },
    /// It ends.
    EndFill(Fills),
    /// A service's revisions change: those that are live are known from what has happened.
    Live,
    /// A change begins, and says what runs then; what ran before is no part of the story any more. Lines, and the places of
    /// what runs.
    Begin(Vec<(usize, usize)>),
    /// Targets of a line are given up, up to this place.
    Retire { line: usize, upto: Option<usize> },
}

/// Columns that a backfill fills, each with its place in [`super::state::State::filling`].
pub(super) type Fills = Vec<(u64, u64)>;

/// An [`Op`] on columns of the slice.
#[derive(Clone, Copy, Debug)]
pub(super) enum LocalOp {
    Add {
        column: u64,
        nullable: bool,
        defaulted: bool,
        complete: bool,
    },
    Drop(u64),
    Rename {
        old: u64,
        new: u64,
    },
    NotNull(u64, bool),
    Default(u64, bool),
}
