//! The reference vectors of rolling updates, to the second: the algorithm alone, without latency and throttling.

use loadline_compiler::budget::rolling::Rolling;
use loadline_compiler::quantity::{Duration, Share};

use super::{Change, Foretold, Lives, Log, Settings};
use crate::rollout::{Condition, Deployment, Fences, Strategy};
use crate::{Span, Tick};

pub(super) const fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

pub(super) fn deployment(replicas: u64, surge: &str, unavailable: &str, min_ready: u64) -> Deployment {
    Deployment {
        replicas,
        strategy: Strategy::Rolling {
            surge: Share::read(surge).unwrap(),
            unavailable: Share::read(unavailable).unwrap(),
        },
        min_ready: seconds(min_ready),
        deadline: Some(seconds(600)),
        paused: false,
        template: 0,
    }
}

fn roll(deployment: Deployment, boot: Option<Span>, stop: Span) -> Log {
    let lives = vec![Lives::alike(boot, stop, seconds(3600)); 2];
    let mut plane = Foretold::at_rest(Settings::ideal(), deployment, lives);
    plane.change(Tick::START, 0, Change::Template(1));
    plane.run().unwrap()
}

fn fences(surge: u64, unavailable: u64) -> Fences {
    Fences { surge, unavailable }
}

fn budget(row: &Vector) -> Rolling {
    Rolling {
        replicas: row.replicas,
        surge: row.fences.0,
        unavailable: row.fences.1,
        holding: Duration::seconds(row.stop),
        boot: Some(Duration::seconds(row.boot)),
        min_ready: Duration::seconds(row.min_ready),
    }
}

/// One row of the table.
struct Vector {
    replicas: u64,
    surge: &'static str,
    unavailable: &'static str,
    boot: u64,
    stop: u64,
    min_ready: u64,
    fences: (u64, u64),
    counted: u64,
    live: u64,
    ready: u64,
    complete: u64,
    drained: u64,
}

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
const fn vector(
    replicas: u64,
    (surge, unavailable): (&'static str, &'static str),
    (boot, stop, min_ready): (u64, u64, u64),
    fences: (u64, u64),
    counted: u64,
    live: u64,
    ready: u64,
    (complete, drained): (u64, u64),
) -> Vector {
    Vector {
        replicas,
        surge,
        unavailable,
        boot,
        stop,
        min_ready,
        fences,
        counted,
        live,
        ready,
        complete,
        drained,
    }
}

const VECTORS: [Vector; 12] = [
    vector(10, ("25%", "25%"), (5, 30, 0), (3, 2), 13, 20, 8, (10, 40)),
    vector(10, ("25%", "25%"), (20, 5, 0), (3, 2), 13, 18, 8, (40, 45)),
    vector(10, ("1", "0"), (5, 30, 0), (1, 0), 11, 17, 10, (50, 80)),
    vector(10, ("1", "0"), (20, 30, 0), (1, 0), 11, 13, 10, (200, 230)),
    vector(10, ("1", "0"), (20, 30, 30), (1, 0), 11, 12, 10, (500, 530)),
    vector(10, ("0", "25%"), (5, 30, 0), (0, 2), 10, 20, 8, (25, 50)),
    vector(10, ("100%", "0"), (5, 30, 0), (10, 0), 20, 20, 10, (5, 35)),
    vector(4, ("25%", "25%"), (5, 30, 0), (1, 1), 5, 8, 3, (10, 40)),
    vector(3, ("25%", "25%"), (5, 30, 0), (1, 0), 4, 6, 3, (15, 45)),
    vector(2, ("0", "1"), (5, 30, 0), (0, 1), 2, 4, 1, (10, 35)),
    vector(1, ("25%", "25%"), (5, 30, 0), (1, 0), 2, 2, 1, (5, 35)),
    vector(20, ("2", "0"), (10, 60, 0), (2, 0), 22, 34, 20, (100, 160)),
];

#[test]
fn rolling_updates_come_out_as_the_reference_has_them() {
    for row in &VECTORS {
        let deployment = deployment(row.replicas, row.surge, row.unavailable, row.min_ready);
        assert_eq!(deployment.fences(), fences(row.fences.0, row.fences.1));
        let log = roll(deployment, Some(seconds(row.boot)), seconds(row.stop));
        let name = format!("{} at {}/{}, {} s", row.replicas, row.surge, row.unavailable, row.boot);
        assert_eq!(log.peak_counted(), row.counted, "{name}: not terminating");
        assert_eq!(log.peak_live(), row.live, "{name}: live");
        // One fewer, and this run would go beyond the static worst case.
        assert_eq!(budget(row).live().count, row.live, "{name}: counted with");
        assert_eq!(log.least_ready(), row.ready, "{name}: ready");
        let second = |at: Option<Tick>| at.map(|at| at.micros() / 1_000_000);
        assert_eq!(second(log.complete()), Some(row.complete), "{name}: complete");
        assert_eq!(second(log.drained()), Some(row.drained), "{name}: drained");
    }
}

/// A revision that never becomes ready: where it stands still, as (old, new, available).
#[test]
fn a_bad_deploy_gets_stuck_where_the_reference_says() {
    let rows = [
        (10, "3", "2", (8, 5, 8)),
        (10, "25%", "25%", (8, 5, 8)),
        (10, "1", "0", (10, 1, 10)),
        (4, "25%", "25%", (3, 2, 3)),
        (3, "25%", "25%", (3, 1, 3)),
        (1, "25%", "25%", (1, 1, 1)),
        (2, "0", "1", (1, 1, 1)),
        (10, "100%", "25%", (8, 10, 8)),
        (5, "25%", "100%", (0, 5, 0)),
    ];
    for (replicas, surge, unavailable, (old, new, available)) in rows {
        let log = roll(deployment(replicas, surge, unavailable, 0), None, seconds(1));
        let last = |set: usize, begins: u64| {
            let changes = log.specs.iter().rev();
            changes
                .filter(|change| change.set == set)
                .map(|change| change.spec)
                .next()
                .unwrap_or(begins)
        };
        let stuck = (
            last(0, replicas),
            last(1, 0),
            log.counts.last().unwrap().instances.ready,
        );
        assert_eq!(stuck, (old, new, available), "{replicas} at {surge}/{unavailable}");
        assert_eq!(log.conditions.last().unwrap().1, Condition::DeadlineExceeded);
        assert_eq!(log.complete(), None);
    }
}

/// 15 at 25 % and 25 %: what kubernetes/kubernetes#95498 reports, seven new ones beside three that terminate.
#[test]
fn what_was_reported_of_fifteen_comes_out() {
    let log = roll(deployment(15, "25%", "25%", 0), Some(seconds(20)), seconds(5));
    let last = log.counts.iter().rfind(|row| row.at == Tick::START).unwrap().instances;
    assert_eq!((last.starting, last.terminating), (7, 3));
}
