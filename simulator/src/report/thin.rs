//! A timeline with fewer steps: several become one.

use crate::Span;
use crate::outcome::{QueueLine, ServiceLine, StoreLine, Timeline};

/// The timeline in at most so many steps. Of what happened in a step the sum is kept, of levels the last, of peaks and
/// latencies the highest.
pub(super) fn to_steps(timeline: &Timeline, steps_max: usize) -> Timeline {
    let group = steps(timeline).div_ceil(steps_max.max(1)).max(1);
    Timeline {
        step: Span::from_micros(timeline.step.micros().saturating_mul(group as u64)),
        clients: service(&timeline.clients, group),
        services: timeline.services.iter().map(|line| service(line, group)).collect(),
        stores: timeline.stores.iter().map(|line| store(line, group)).collect(),
        queues: timeline.queues.iter().map(|line| queue(line, group)).collect(),
    }
}

/// How many steps it has.
pub(super) fn steps(timeline: &Timeline) -> usize {
    timeline.clients.arrived.len()
}

/// How many values it has in each step.
pub(super) fn width(timeline: &Timeline) -> usize {
    let services = timeline.services.iter().chain([&timeline.clients]);
    let stores = timeline.stores.iter();
    services.map(|line| 8 + line.causes.len()).sum::<usize>()
        + stores.map(|line| 3 + line.holders.len()).sum::<usize>()
        + timeline.queues.len()
}

fn service(line: &ServiceLine, group: usize) -> ServiceLine {
    ServiceLine {
        starting: last(&line.starting, group),
        ready: last(&line.ready, group),
        terminating: last(&line.terminating, group),
        arrived: sum(&line.arrived, group),
        succeeded: sum(&line.succeeded, group),
        causes: line
            .causes
            .iter()
            .map(|(cause, counts)| (*cause, sum(counts, group)))
            .collect(),
        p50: most(&line.p50, group),
        p95: most(&line.p95, group),
        p99: most(&line.p99, group),
    }
}

/// Holders are those of the step with most connections, so that they still add up.
fn store(line: &StoreLine, group: usize) -> StoreLine {
    let groups = line.connections.chunks(group);
    let peaks: Vec<usize> = groups.map(peak).collect();
    let at_peaks = |counts: &[u32]| {
        let chosen = counts.chunks(group).zip(&peaks);
        chosen
            .map(|(counts, &peak)| counts.get(peak).copied().unwrap_or(0))
            .collect()
    };
    StoreLine {
        connections: at_peaks(&line.connections),
        holders: line
            .holders
            .iter()
            .map(|(service, counts)| (*service, at_peaks(counts)))
            .collect(),
        refused: sum(&line.refused, group),
        waiting: last(&line.waiting, group),
    }
}

fn queue(line: &QueueLine, group: usize) -> QueueLine {
    QueueLine {
        depth: last(&line.depth, group),
    }
}

/// Where the highest stands, the first of equals.
fn peak(counts: &[u32]) -> usize {
    let highest = counts.iter().max();
    counts.iter().position(|count| Some(count) == highest).unwrap_or(0)
}

fn last<T: Copy>(values: &[T], group: usize) -> Vec<T> {
    values.chunks(group).filter_map(|chunk| chunk.last().copied()).collect()
}

fn sum(values: &[u32], group: usize) -> Vec<u32> {
    let sums = values
        .chunks(group)
        .map(|chunk| chunk.iter().fold(0_u32, |sum, value| sum.saturating_add(*value)));
    sums.collect()
}

fn most<T: Copy + Ord>(values: &[Option<T>], group: usize) -> Vec<Option<T>> {
    values
        .chunks(group)
        .map(|chunk| chunk.iter().copied().flatten().max())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_happened_is_lost() {
        let timeline = Timeline {
            step: Span::from_micros(1_000_000),
            clients: ServiceLine {
                arrived: vec![1, 2, 3, 4, 5],
                ready: vec![1, 2, 3, 4, 5],
                p99: vec![None, Some(Span::from_micros(9)), None, None, Some(Span::from_micros(1))],
                ..ServiceLine::default()
            },
            stores: vec![StoreLine {
                connections: vec![3, 9, 9, 1, 2],
                holders: vec![(0, vec![3, 4, 9, 0, 2]), (1, vec![0, 5, 0, 1, 0])],
                ..StoreLine::default()
            }],
            ..Timeline::default()
        };
        let thin = to_steps(&timeline, 3);
        assert_eq!(thin.step, Span::from_micros(2_000_000));
        assert_eq!(thin.clients.arrived, [3, 7, 5]);
        assert_eq!(thin.clients.ready, [2, 4, 5]);
        let highest: Vec<Option<u64>> = thin.clients.p99.iter().map(|p99| p99.map(Span::micros)).collect();
        assert_eq!(highest, [Some(9), None, Some(1)]);
        let store = &thin.stores[0];
        assert_eq!(store.connections, [9, 9, 2]);
        assert_eq!(
            (&store.holders[0].1[..], &store.holders[1].1[..]),
            (&[4, 9, 2][..], &[5, 0, 0][..])
        );
        assert_eq!(to_steps(&timeline, 5), timeline);
    }
}
