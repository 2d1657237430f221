//! What happens next to requests: a heap of small events, in the order of (time, kind, sequence).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Tick;

/// A kind of event; of those at one instant the first in this list comes first. What its two numbers mean is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// An event of the scenario: its place.
    Scenario,
    /// What an event of the scenario began ends: its place.
    ScenarioOver,
    /// The processes of an instance start: instance, life.
    Started,
    /// An instance is ready for requests: instance, life.
    Booted,
    /// An instance that was told to stop accepts nothing more: instance, life.
    Closing,
    /// An instance that has nothing in flight is gone: instance, life.
    Gone,
    /// The time that it had to drain is over, or its grace period: instance, life.
    Expired,
    /// A container that ended is started again: instance, life.
    Restart,
    /// Those who call learn of an instance: instance, life.
    Known,
    /// Those who call forget an instance: instance, life.
    Forgotten,
    /// The kernel ends an instance for its memory: instance, life.
    OutOfMemory,
    /// A request has had its processor time: attempt.
    CpuDone,
    /// A request has waited: attempt.
    WaitDone,
    /// A store has done its work: attempt.
    Worked,
    /// The answer of a store is there: attempt.
    Answered,
    /// A connection is no longer held: attempt.
    Held,
    /// It is time for a further attempt: attempt that calls.
    Retry,
    /// A client that waited for an answer asks again: group.
    Asks,
    /// An attempt came to nothing: attempt.
    Failed,
    /// The oldest attempt on an edge may have timed out: edge.
    Timeout,
    /// The oldest that waits for a connection may have waited long enough: service, use.
    AcquireTimeout,
    /// A message may be delivered again: queue.
    Redelivery,
}

/// How far left of the sequence the kind stands.
const KIND: u32 = 56;

impl Kind {
    /// In their order.
    const ALL: [Self; 22] = [
        Self::Scenario,
        Self::ScenarioOver,
        Self::Started,
        Self::Booted,
        Self::Closing,
        Self::Gone,
        Self::Expired,
        Self::Restart,
        Self::Known,
        Self::Forgotten,
        Self::OutOfMemory,
        Self::CpuDone,
        Self::WaitDone,
        Self::Worked,
        Self::Answered,
        Self::Held,
        Self::Retry,
        Self::Asks,
        Self::Failed,
        Self::Timeout,
        Self::AcquireTimeout,
        Self::Redelivery,
    ];

    #[inline]
    fn of(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) kind: Kind,
    pub(super) one: u32,
    pub(super) other: u32,
}

/// An event and its time, in as few bytes as possible: what the heap moves is what a run costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: u64,
    /// Kind in the highest byte, sequence in the others: no two are the same, so nothing below is ever compared.
    order: u64,
    one: u32,
    other: u32,
}

/// The events to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    sequence: u64,
}

impl Agenda {
    #[inline]
    pub(super) fn plan(&mut self, at: Tick, kind: Kind, one: u32, other: u32) {
        if at == Tick::NEVER {
            return;
        }
        self.sequence += 1;
        self.heap.push(Reverse(Entry {
            at: at.micros(),
            order: ((kind as u64) << KIND) | self.sequence,
            one,
            other,
        }));
    }

    #[inline]
    pub(super) fn next_at(&self) -> Tick {
        self.heap
            .peek()
            .map_or(Tick::NEVER, |Reverse(entry)| Tick::at(entry.at))
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Tick, Event)> {
        let Reverse(entry) = self.heap.pop()?;
        let event = Event {
            kind: Kind::of(entry.order >> KIND)?,
            one: entry.one,
            other: entry.other,
        };
        Some((Tick::at(entry.at), event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_again() {
        for (number, kind) in (0..).zip(Kind::ALL) {
            assert_eq!((kind as u64, Kind::of(number)), (number, Some(kind)));
        }
        assert_eq!(Kind::of(Kind::ALL.len() as u64), None);
        assert_eq!(Kind::ALL.last(), Some(&Kind::Redelivery), "the last in the list above");
        assert_eq!(size_of::<Entry>(), 24);
    }

    #[test]
    fn ties_break_by_kind_and_then_by_who_came_first() {
        let mut agenda = Agenda::default();
        for (at, kind, one) in [
            (2, Kind::Gone, 4),
            (1, Kind::Timeout, 2),
            (1, Kind::Booted, 0),
            (1, Kind::Timeout, 3),
        ] {
            agenda.plan(Tick::at(at), kind, one, 0);
        }
        agenda.plan(Tick::at(1), Kind::Booted, 1, 0);
        agenda.plan(Tick::NEVER, Kind::Booted, 9, 0);
        let order: Vec<u32> = std::iter::from_fn(|| agenda.next())
            .map(|(_, event)| event.one)
            .collect();
        assert_eq!(order, [0, 1, 2, 3, 4]);
    }
}
