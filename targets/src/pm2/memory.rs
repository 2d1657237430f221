//! The resident size at which PM2 replaces a process.

use loadline_compiler::budget::MemorySum;
use loadline_compiler::model::{Memory, Model, Workload};
use loadline_compiler::quantity::Bytes;

use crate::escape::javascript as escape;
use crate::output::Output;
use crate::template::Escaped;

/// Of the share of one process, in hundredths. PM2 looks every 30 seconds: the rest is for what is allocated in between.
/// With the usual headroom of 10 % this lies in the middle between what the process needs and what it may have.
const OF_SHARE: u64 = 95;

/// `max_memory_restart`: below the share of one process of the limit, and above what the process needs, heap, young
/// generation and baseline together. A threshold below that would replace healthy processes for ever.
pub(crate) fn threshold(model: &Model, workload: &Workload, processes: u64, out: &mut Output) -> Option<Escaped> {
    let memory = workload.memory.as_ref()?;
    let limit = memory.limit()?;
    let share = limit.divided(processes);
    let needed = MemorySum::of(model, workload).map_or(Bytes::ZERO, |sum| each(sum.total(), processes));
    if let Some(threshold) = between(needed, share) {
        return Some(escape::string(&format!("{}M", threshold.in_mib())));
    }
    let span = Memory::limit_span(memory);
    out.refuse(
        span,
        format!(
            "no `max_memory_restart` lies between what a process of `{}` needs, {needed}, and its share of the limit, {share}",
            workload.name.value
        ),
        format!("{share} for each process"),
    );
    None
}

/// Rounded up.
fn each(total: Bytes, processes: u64) -> Bytes {
    Bytes::new(total.get().div_ceil(processes.max(1)))
}

/// In whole mebibytes: 95 % of the share, or half-way when the process needs that much.
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
