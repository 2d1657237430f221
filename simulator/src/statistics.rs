//! What many runs say together.
//!
//! Everything here is a sum of whole numbers in disguise: it can be merged in any order and in any groups, and the result is
//! what one machine that saw it all would have. Only the questions (a mean, an interval) are answered in real numbers.

mod latencies;
mod moments;
mod percentile;
mod proportion;

use std::collections::BTreeMap;

pub use latencies::Latencies;
pub use moments::Moments;
pub use percentile::percentile;
pub use proportion::{Interval, Proportion};

/// What can be put together: in any order, and in any groups.
pub trait Merge {
    /// As if what `other` has seen had been seen here.
    fn merge(&mut self, other: &Self);
}

impl Merge for u64 {
    fn merge(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }
}

impl<K: Ord + Clone, V: Merge + Clone> Merge for BTreeMap<K, V> {
    fn merge(&mut self, other: &Self) {
        for (key, value) in other {
            match self.get_mut(key) {
                Some(own) => own.merge(value),
                None => {
                    self.insert(key.clone(), value.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
