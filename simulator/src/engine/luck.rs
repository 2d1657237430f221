//! Where a run's luck comes from.

use crate::{Seed, Stream};

/// The seed of a study, and which of its runs this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Luck {
    /// The seed.
    pub seed: Seed,
    /// The run, from 0.
    pub run: u64,
}

impl Luck {
    /// The draws of one purpose of one entity. The same thing has the same luck in every variant of a system.
    pub(super) fn of(self, entity: u32, purpose: &str) -> Stream {
        self.seed.stream(self.run, u64::from(entity), purpose)
    }
}
