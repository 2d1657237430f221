//! `heap-peer ARRIVALS`: arrivals and departures in a binary heap, by (time, sequence), and who waits in a queue.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

#[path = "../../station.rs"]
mod station;

use station::{GAP, Luck, SERVERS, SERVICE, report};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    /// Of who came at this time.
    Departure(u64),
}

fn main() {
    let arrivals: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    let (mut gaps, mut services) = (Luck::new(1), Luck::new(2));
    let mut heap = BinaryHeap::new();
    let mut waiting = VecDeque::new();
    let (mut sequence, mut came, mut busy) = (0_u64, 0_u64, 0_u32);
    let (mut served, mut total) = (0_u64, 0_u64);
    let mut plan = |heap: &mut BinaryHeap<_>, at: u64, event| {
        sequence += 1;
        heap.push(Reverse((at, sequence, event)));
    };
    plan(&mut heap, gaps.exponential(GAP), Event::Arrival);
    while let Some(Reverse((now, _, event))) = heap.pop() {
        match event {
            Event::Arrival => {
                came += 1;
                if came < arrivals {
                    plan(&mut heap, now + gaps.exponential(GAP), Event::Arrival);
                }
                if busy < SERVERS {
                    busy += 1;
                    plan(&mut heap, now + services.exponential(SERVICE), Event::Departure(now));
                } else {
                    waiting.push_back(now);
                }
            }
            Event::Departure(since) => {
                served += 1;
                total += now - since;
                match waiting.pop_front() {
                    Some(since) => plan(&mut heap, now + services.exponential(SERVICE), Event::Departure(since)),
                    None => busy -= 1,
                }
            }
        }
    }
    report(served, total);
}
