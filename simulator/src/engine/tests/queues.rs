//! Requests through one station.

use super::super::{Luck, run};
use super::small::{edge, exponential, plan, service, system};
use crate::Seed;

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

#[test]
fn one_server_at_half_its_capacity_answers_in_twice_its_service_time() {
    let system = system(vec![service(exponential(100_000), 1)], vec![edge(None, 0)]);
    let outcome = run(&system, &plan(5, 20_000), LUCK);
    let clients = outcome.figures.clients;
    assert!((99_000..101_000).contains(&clients.arrived), "{clients:?}");
    assert_eq!(clients.arrived, clients.succeeded + clients.in_flight());
    let mean = outcome.latencies[0].mean().unwrap();
    assert!((194_000.0..206_000.0).contains(&mean), "{mean}");
}

#[test]
fn several_servers_take_from_one_line() {
    let system = system(vec![service(exponential(100_000), 4)], vec![edge(None, 0)]);
    let mean = run(&system, &plan(32, 10_000), LUCK).latencies[0].mean().unwrap();
    // M/M/4 at 0.8: 174.554 ms.
    assert!((171_000.0..178_500.0).contains(&mean), "{mean}");
}
