//! Clients that wait for answers, and places that are limited.

use super::super::{Group, Luck, run};
use super::small::{edge, exponential, plan, service, system};
use crate::chance::Law;
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(3), run: 0 };

/// The response time law: clients / throughput = response + thinking. With nobody else there, responses are service times.
#[test]
fn a_client_that_waits_asks_as_often_as_it_is_answered() {
    let system = system(vec![service(exponential(100_000), 10)], vec![edge(None, 0)]);
    let mut plan = plan(1, 10_000);
    plan.traffic.clear();
    plan.groups = vec![Group {
        edge: 0,
        clients: 10,
        think: exponential(900_000),
        from: Tick::START,
        until: Tick::NEVER,
    }];
    let clients = run(&system, &plan, LUCK).figures.clients;
    // Ten clients, each once a second.
    assert!((99_000..101_000).contains(&clients.succeeded), "{clients:?}");
    assert!(clients.in_flight() <= 10, "{clients:?}");
}

/// With one place a process does one thing at a time, waiting included: an M/G/1 of both together.
#[test]
fn a_place_is_kept_while_its_request_waits_for_others() {
    let mut waits = service(Law::Zero, 1);
    waits.revisions[0].wait = exponential(100_000);
    let mean = |places| {
        let mut service = waits.clone();
        service.concurrency = places;
        let system = system(vec![service], vec![edge(None, 0)]);
        run(&system, &plan(5, 20_000), LUCK).latencies[0].mean().unwrap()
    };
    // M/M/1 at one half: 200 ms; any number of places: 100 ms.
    assert!((193_000.0..207_000.0).contains(&mean(Some(1))), "{}", mean(Some(1)));
    assert!((98_000.0..102_000.0).contains(&mean(None)), "{}", mean(None));
}

/// A client that gives up and tries again waits before it does.
#[test]
fn a_client_tries_again_after_its_backoff() {
    let mut entry = edge(None, 0);
    entry.retries = 1;
    entry.backoff = crate::edge::Backoff::new(Span::from_micros(1_000_000), Span::from_micros(1_000_000));
    let mut failing = service(Law::Zero, 1);
    failing.revisions[0].errors = 1_000_000;
    let figures = run(&system(vec![failing], vec![entry]), &plan(10, 1_000), LUCK).figures;
    let (clients, attempts) = (figures.clients, figures.services[0].attempts);
    assert_eq!(clients.failed() + clients.in_flight(), clients.arrived);
    assert!(attempts.arrived <= 2 * clients.arrived && 2 * clients.arrived < attempts.arrived + 40);
}
