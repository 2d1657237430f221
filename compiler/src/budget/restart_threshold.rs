//! The resident size at which PM2 replaces a process.

use super::memory::MemorySum;
use crate::model::{Memory, Model, Workload};
use crate::quantity::Bytes;

/// Of the share of one process, in hundredths. PM2 looks every 30 seconds: the rest is for what is allocated in between.
/// With the usual headroom of 10 % this lies in the middle between what the process needs and what it may have.
const OF_SHARE: u64 = 95;

/// `max_memory_restart`: below the share of one process of the limit, and above what the process needs, heap, young
/// generation and baseline together. A threshold below that would replace healthy processes for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartThreshold {
    /// What a process may need, rounded up.
    pub needed: Bytes,
    /// What it may have of the limit.
    pub share: Bytes,
    /// In whole mebibytes: 95 % of the share, or half-way when the process needs that much; `None` when nothing lies
    /// between.
    pub at: Option<Bytes>,
}

impl RestartThreshold {
    /// Of one of so many processes that PM2 starts; `None` without a limit.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload, processes: u64) -> Option<Self> {
        let limit = workload.memory.as_ref().and_then(Memory::limit)?;
        let processes = processes.max(1);
        let total = MemorySum::of(model, workload).map_or(Bytes::ZERO, |sum| sum.total());
        let needed = Bytes::new(total.get().div_ceil(processes));
        let share = limit.divided(processes);
        Some(Self {
            needed,
            share,
            at: between(needed, share),
        })
    }
}

fn between(needed: Bytes, share: Bytes) -> Option<Bytes> {
    let usual = Bytes::new(share.get() / 100 * OF_SHARE).floor_mib();
    let middle = needed.plus(Bytes::new(share.minus(needed).get() / 2)).floor_mib();
    [usual, middle]
        .into_iter()
        .find(|candidate| needed < *candidate && *candidate <= share && Bytes::ZERO < *candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_between_need_and_share() {
        let mib = Bytes::mib;
        assert_eq!(between(mib(400), mib(512)), Some(mib(486)));
        // Tight: half-way.
        assert_eq!(between(mib(500), mib(512)), Some(mib(506)));
        assert_eq!(between(mib(511), mib(512)), None);
        assert_eq!(between(mib(512), mib(512)), None);
        assert_eq!(between(mib(600), mib(512)), None);
        assert_eq!(between(Bytes::ZERO, mib(100)), Some(mib(95)));
    }
}
