//! What a rollout of everything costs: `cargo bench --bench control_plane`.
//!
//! 1,000 Deployments of 100 replicas each roll to their next revision at once (25 % and 25 %), beside a bare binary heap that
//! takes in and gives back as many events of the same size, with as many waiting. `max alloc` of `with_set_up` is all that such a run
//! holds at most: what the pods' owner knows of them, too.

#![allow(clippy::unwrap_used, missing_docs, reason = "benchmarks")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use loadline_compiler::quantity::{Ratio, Share};
use loadline_simulator::control_plane::{Change, Foretold, Lives, Settings};
use loadline_simulator::rollout::{Deployment, Strategy};
use loadline_simulator::{Seed, Span, Tick};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const DEPLOYMENTS: usize = 1_000;
const REPLICAS: u64 = 100;

fn main() {
    divan::main();
}

/// Boots of 2 to 10 s and stops of 1 to 30 s, drawn once; the client of `settings` throttles or does not.
fn everything(settings: Settings, deployments: usize) -> Foretold {
    let quarter = Share::Ratio(Ratio::percent(25));
    let strategy = Strategy::Rolling {
        surge: quarter,
        unavailable: quarter,
    };
    let mut told = Foretold::new(settings);
    for number in 0..deployments {
        let mut stream = Seed(1).stream(0, number as u64, "lives");
        let mut span = |from: u64, to: u64| Span::from_micros(from + stream.draw() % (to - from));
        let lives = Lives {
            boots: (0..REPLICAS).map(|_| Some(span(2_000_000, 10_000_000))).collect(),
            stops: (0..REPLICAS).map(|_| span(1_000_000, 30_000_000)).collect(),
            start: Span::from_micros(300_000),
            ..Lives::default()
        };
        told.add_at_rest(Deployment::new(REPLICAS, strategy), vec![lives]);
        told.change(Tick::START, number, Change::Template(1));
    }
    told
}

/// No client throttles, calls take 20 ms.
fn unthrottled() -> Settings {
    Settings {
        qps: 0,
        workers: 0,
        log: false,
        ..Settings::of_version(1, 36)
    }
}

/// A rollout of everything, and how many steps of controllers and turns of pods it takes.
fn steps(told: &mut Foretold) -> usize {
    let steps = std::iter::from_fn(|| told.step()).count();
    assert!((0..told.plane().workloads()).all(|workload| told.plane().is_complete(workload)));
    steps
}

/// 100,000 instances are replaced.
#[divan::bench(sample_count = 5)]
fn rollout_of_everything(bencher: Bencher<'_, '_>) {
    let count = steps(&mut everything(unthrottled(), DEPLOYMENTS));
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| everything(unthrottled(), DEPLOYMENTS))
        .bench_local_refs(steps);
}

/// The same as kube-controller-manager comes: 20 calls a second, five workers. It takes three hours of simulated time.
#[divan::bench(sample_count = 5)]
fn rollout_of_everything_throttled(bencher: Bencher<'_, '_>) {
    let settings = Settings {
        log: false,
        ..Settings::of_version(1, 36)
    };
    let count = steps(&mut everything(settings, DEPLOYMENTS));
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| everything(settings, DEPLOYMENTS))
        .bench_local_refs(steps);
}

/// The Deployments at rest and the lives of their pods are made in the same run.
#[divan::bench(sample_count = 5)]
fn with_set_up(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| steps(&mut everything(unthrottled(), DEPLOYMENTS)));
}

#[divan::bench(args = [10, 100, 1_000], sample_count = 5)]
fn by_deployments(bencher: Bencher<'_, '_>, deployments: usize) {
    bencher
        .with_inputs(|| everything(unthrottled(), deployments))
        .bench_local_refs(steps);
}

/// As many events through a heap that does nothing with them, with as many waiting as there are pods.
#[divan::bench(sample_count = 5)]
fn bare_heap(bencher: Bencher<'_, '_>) {
    let count = steps(&mut everything(unthrottled(), DEPLOYMENTS));
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let mut heap = BinaryHeap::new();
        let mut stream = Seed(1).stream(0, 0, "heap");
        let waiting = DEPLOYMENTS * 100;
        for number in 0..count as u64 {
            heap.push(Reverse((stream.draw() >> 32, number, [0_u64; 2])));
            if waiting <= heap.len() {
                black_box(heap.pop());
            }
        }
        while let Some(event) = heap.pop() {
            black_box(event);
        }
    });
}
