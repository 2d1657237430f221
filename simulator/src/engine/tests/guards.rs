//! What callers remember of what fails, each process for itself.

use loadline_compiler::quantity::{Rate, Ratio};

use super::super::{Luck, Outcome, run};
use super::small::{edge, exponential, plan, service, system};
use crate::chance::Rates;
use crate::edge::{BreakerSettings, RETRY_RESERVE};
use crate::outcome::Cause;
use crate::system::{Edge, System};
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

/// Four instances that call something that always fails.
fn calls_what_fails(change: impl FnOnce(&mut Edge)) -> System {
    let mut front = service(exponential(1_000), 1);
    front.replicas = 4;
    front.calls = vec![1];
    let mut back = service(exponential(1_000), 1);
    back.revisions[0].errors = 1_000_000;
    let mut call = edge(Some(0), 1);
    change(&mut call);
    system(vec![front, back], vec![edge(None, 0), call])
}

fn with_breaker() -> System {
    let breaker = BreakerSettings::new(Ratio::percent(50), Span::from_micros(10_000_000));
    calls_what_fails(|call| call.breaker = Some(breaker))
}

fn unbroken(outcome: &Outcome) -> u64 {
    outcome.figures.clients.of(Cause::Error)
}

#[test]
fn each_process_finds_out_for_itself() {
    // Each needs 20 calls to open.
    let outcome = run(&with_breaker(), &plan(50, 4), LUCK);
    assert_eq!(unbroken(&outcome), 80);
    assert!(80 < outcome.figures.clients.of(Cause::BreakerOpen));
}

#[test]
fn each_process_has_a_reserve_of_retries() {
    let system = calls_what_fails(|call| {
        call.retries = 3;
        call.budget = Some(Ratio::percent(10));
    });
    let figures = run(&system, &plan(100, 20), LUCK).figures;
    let calls = figures.services[1].requests.arrived;
    let retries = figures.services[1].attempts.arrived - calls;
    let allowed = calls / 10 + 4 * RETRY_RESERVE;
    assert!((allowed - 4..=allowed).contains(&retries), "{retries} of {allowed}");
}

#[test]
fn a_breaker_without_calls_does_not_keep_a_run_from_settling() {
    let mut plan = plan(100, 600);
    plan.until_settled = true;
    let rates = Rates::steady(Rate::per_second(100)).step(Tick::at(20_000_000), Rate::per_second(0));
    plan.traffic = vec![(0, rates)];
    let figures = run(&with_breaker(), &plan, LUCK).figures;
    assert!(figures.settled);
    assert!(figures.end < Tick::at(70_000_000), "{:?}", figures.end);
}
