//! One moment of a slice, in as few bits as it takes: a walk may meet millions.

use super::bits::ones;
use super::local::{Facet, Fills, LocalOp};
use super::slice::Slice;

/// What has happened, and what is the case for the columns of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    /// Events of the slice that have happened. Which revisions are live follows from it.
    pub(super) happened: u128,
    /// Revisions that are rollback targets no longer: given up or lost.
    pub(super) gone: u128,
    pub(super) present: u64,
    /// Columns that hold everything that they should.
    pub(super) complete: u64,
    /// Columns that must not be null.
    pub(super) not_null: u64,
    /// Those of them that must not be null since before the first step.
    pub(super) since_start: u64,
    /// Columns whose rows get a value when they do not name it.
    pub(super) defaulted: u64,
    /// Columns of which it is known that they do not.
    pub(super) without_default: u64,
    /// Columns that a step took away.
    pub(super) dropped: u64,
    /// Columns of which a failure was found on the way here.
    pub(super) failed: u64,
    /// Columns of running backfills that nobody has left out since they began.
    pub(super) filling: u64,
}

impl State {
    pub(super) fn start(slice: &Slice<'_, '_>) -> Self {
        let nature = |column| slice.world.columns.nature(column);
        let present = slice.mask(|column| nature(column).present);
        let declared = present & slice.mask(|column| nature(column).nullable.is_some());
        let not_null = declared & slice.mask(|column| nature(column).nullable == Some(false));
        let defaulted = declared & slice.mask(|column| nature(column).defaulted);
        Self {
            present,
            complete: present,
            not_null,
            since_start: not_null,
            defaulted,
            without_default: declared & !defaulted,
            ..Self::default()
        }
    }

    /// What a statement does.
    pub(super) fn apply(&mut self, op: LocalOp) {
        match op {
            LocalOp::Add {
                column,
                nullable,
                defaulted,
                complete,
            } => {
                self.present |= column;
                self.dropped &= !column;
                put(&mut self.defaulted, column, defaulted);
                put(&mut self.without_default, column, !defaulted);
                if !nullable {
                    self.not_null |= column;
                    self.since_start &= !column;
                }
                if complete {
                    self.complete |= column;
                }
            }
            LocalOp::Drop(column) => self.drop(column & self.present),
            LocalOp::Rename { old, new } => {
                if self.present & old != 0 {
                    self.present |= new;
                    self.dropped &= !new;
                    for set in [
                        &mut self.complete,
                        &mut self.not_null,
                        &mut self.since_start,
                        &mut self.defaulted,
                        &mut self.without_default,
                    ] {
                        let carried = *set & old != 0;
                        put(set, new, carried);
                    }
                    self.drop(old);
                }
            }
            LocalOp::NotNull(column, on) => {
                put(&mut self.not_null, column, on);
                self.since_start &= !column;
            }
            LocalOp::Default(column, on) => {
                put(&mut self.defaulted, column, on);
                put(&mut self.without_default, column, !on);
            }
        }
    }

    fn drop(&mut self, column: u64) {
        for set in [
            &mut self.present,
            &mut self.complete,
            &mut self.not_null,
            &mut self.since_start,
            &mut self.defaulted,
            &mut self.without_default,
        ] {
            *set &= !column;
        }
        self.dropped |= column;
    }

    /// What revisions leave out: they write what it should hold, and nothing fills it.
    pub(super) fn left_out(&self, live: Facet) -> u64 {
        live.leaves_out & !self.defaulted
    }

    /// What live revisions leave out becomes incomplete, and no running backfill makes up for it.
    pub(super) fn settle(&mut self, left_out: u64, fills: &[&Fills]) {
        self.complete &= !left_out;
        if self.filling == 0 {
            return;
        }
        for (column, place) in fills.iter().copied().flatten() {
            if column & (left_out | !self.present) != 0 {
                self.filling &= !place;
            }
        }
    }

    /// A backfill begins: it will have filled what is there and what nobody leaves out until it ends.
    pub(super) fn start_filling(&mut self, fills: &Fills, left_out: u64) {
        for (column, place) in fills {
            put(&mut self.filling, *place, self.present & column & !left_out != 0);
        }
    }

    pub(super) fn end_filling(&mut self, fills: &Fills) {
        for (column, place) in fills {
            if self.filling & place != 0 {
                self.complete |= column;
            }
            self.filling &= !place;
        }
    }

    /// Columns that refuse rows that do not name them: those since before the first step, and those since a step.
    pub(super) fn refusing(&self) -> (u64, u64) {
        let refusing = self.not_null & self.without_default;
        (refusing & self.since_start, refusing & !self.since_start)
    }
}

/// Columns for which a bit of each is set, one at a time.
pub(super) fn each(columns: u64) -> impl Iterator<Item = u64> {
    ones(u128::from(columns)).map(super::bits::column_bit)
}

fn put(set: &mut u64, bit: u64, on: bool) {
    if on {
        *set |= bit;
    } else {
        *set &= !bit;
    }
}
