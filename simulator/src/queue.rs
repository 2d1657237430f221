//! The agenda of a run: what happens next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Tick;

/// Events in the order of (time, kind, sequence). Equal inputs come out in equal order.
#[derive(Clone, Debug)]
pub(crate) struct Queue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    planned: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    at: Tick,
    /// The kind in the upper eight bits, the sequence below: one comparison.
    order: u64,
    event: E,
}

/// Bits of the sequence: more events than a run can have.
const SEQUENCE_BITS: u32 = 56;

impl<E> Entry<E> {
    const fn key(&self) -> (Tick, u64) {
        (self.at, self.order)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<E> Queue<E> {
    pub(crate) const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            planned: 0,
        }
    }

    /// Of events at one time, the one of the smaller kind comes first.
    pub(crate) fn plan(&mut self, at: Tick, kind: u8, event: E) {
        let order = u64::from(kind) << SEQUENCE_BITS | self.planned;
        self.heap.push(Reverse(Entry { at, order, event }));
        self.planned += 1;
    }

    pub(crate) fn next(&mut self) -> Option<(Tick, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }

    /// When the next event is.
    pub(crate) fn peek(&self) -> Option<Tick> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_break_by_kind_and_then_by_who_came_first() {
        let mut queue = Queue::new();
        for (at, kind, name) in [(2, 0, 'e'), (1, 1, 'c'), (1, 0, 'a'), (1, 1, 'd'), (1, 0, 'b')] {
            queue.plan(Tick::at(at), kind, name);
        }
        assert_eq!(queue.peek(), Some(Tick::at(1)));
        let order: String = std::iter::from_fn(|| queue.next()).map(|(_, name)| name).collect();
        assert_eq!(order, "abcde");
        assert_eq!(queue.peek(), None);
    }
}
