//! A process with one event loop, and requests that wait for something beside it.

use super::super::{Luck, run};
use super::small::{edge, exponential, plan, service, system};
use crate::chance::{Law, Rates};
use crate::{Seed, Span, Tick};
use loadline_compiler::quantity::Rate;

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

const fn millis(millis: u64) -> Law {
    Law::Fixed(Span::from_micros(millis * 1_000))
}

/// How long two requests take that come at once, on average, in microseconds: each computes for 50 ms and waits for 10 ms.
fn two_at_once(event_loop: bool, concurrency: Option<u32>) -> f64 {
    let mut api = service(millis(50), 1);
    api.event_loop = event_loop;
    api.concurrency = concurrency;
    api.revisions[0].wait = millis(10);
    let mut plan = plan(1, 10);
    let none = Rates::steady(Rate::per_second(0));
    plan.traffic = vec![(0, none.burst(Tick::at(1_000_000), 2))];
    run(&system(vec![api], vec![edge(None, 0)]), &plan, LUCK).latencies[0]
        .mean()
        .unwrap()
}

/// The first has waited at 60 ms, and is heard of when the second has computed, at 100 ms.
#[test]
fn what_was_waited_for_is_heard_of_in_turn() {
    // Of 60 and 110 ms.
    assert!((84_500.0..85_500.0).contains(&two_at_once(false, None)));
    // Of 100 and 110 ms.
    assert!((104_500.0..105_500.0).contains(&two_at_once(true, None)));
    assert!((104_500.0..105_500.0).contains(&two_at_once(true, Some(10))));
    // With one place the second comes when the first has left: 60 and 120 ms.
    assert!((89_500.0..90_500.0).contains(&two_at_once(true, Some(1))));
}

/// Half busy, a request waits for 50 ms on average in front of its process: once when it comes, and once when it has waited.
#[test]
fn a_busy_loop_costs_as_often_as_something_is_waited_for() {
    let mean = |event_loop| {
        let mut api = service(exponential(50_000), 1);
        api.event_loop = event_loop;
        api.revisions[0].wait = exponential(500_000);
        let system = system(vec![api], vec![edge(None, 0)]);
        run(&system, &plan(10, 5_000), LUCK).latencies[0].mean().unwrap()
    };
    let (apart, in_turn) = (mean(false), mean(true));
    assert!((590_000.0..610_000.0).contains(&apart), "{apart}");
    assert!((640_000.0..660_000.0).contains(&in_turn), "{in_turn}");
}
