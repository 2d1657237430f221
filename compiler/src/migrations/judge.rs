//! What live revisions do not find in a state, and what the database does not take from them.

use super::local::Facet;
use super::state::State;

/// What is wrong with a column for a live revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is not there yet, or not at all.
    NotThere,
    /// A step took it away.
    Dropped,
    /// It is read and not complete.
    Incomplete,
    /// Rows without it are inserted, and it refuses them.
    Refused,
}

/// A live revision, by its place in the slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) place: usize,
    pub(super) facet: Facet,
}

/// What goes wrong for these revisions, one set of columns for each kind.
#[derive(Clone, Copy, Debug, Default)]
struct Troubles {
    refused: u64,
    missing: u64,
    incomplete: u64,
}

impl Troubles {
    fn of(state: &State, facet: Facet) -> Self {
        let (at_start, later) = state.refusing();
        Self {
            refused: (at_start & facet.omits_at_start) | (later & facet.omits_later),
            missing: facet.touches & !state.present,
            incomplete: facet.reads & state.present & !state.complete,
        }
    }

    fn all(self) -> u64 {
        self.refused | self.missing | self.incomplete
    }
}

/// The columns with which something is wrong, for revisions by all that they do together.
pub(super) fn failing(state: &State, live: Facet) -> u64 {
    Troubles::of(state, live).all()
}

/// What is wrong with one column, and for whom first.
pub(super) fn trouble(state: &State, live: &[Live], column: u64) -> Option<(usize, Trouble)> {
    live.iter().find_map(|live| {
        let troubles = Troubles::of(state, live.facet);
        let kind = if troubles.refused & column != 0 {
            Trouble::Refused
        } else if troubles.missing & column != 0 {
            match state.dropped & column {
                0 => Trouble::NotThere,
                _ => Trouble::Dropped,
            }
        } else if troubles.incomplete & column != 0 {
            Trouble::Incomplete
        } else {
            return None;
        };
        Some((live.place, kind))
    })
}
