//! Connections that a gateway keeps for the next request.

use super::super::{Luck, run};
use super::small::{edge, plan, service, system};
use crate::chance::Law;
use crate::gateway::IdleConnections;
use crate::outcome::{Cause, Tally};
use crate::{Seed, Span};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

/// Clients of a service that keeps connections for a second, behind a gateway that keeps them for so long.
fn behind_a_gateway(kept: u64, change: impl FnOnce(&mut crate::system::Edge)) -> Tally {
    let millis = |millis: u64| Span::from_micros(millis * 1_000);
    let mut entry = edge(None, 0);
    entry.only_unsent = true;
    entry.retries = 2;
    entry.kept = Some(IdleConnections::new(32, millis(kept), Some(millis(1_000)), millis(10)));
    change(&mut entry);
    let api = service(Law::Fixed(millis(1)), 1);
    run(&system(vec![api], vec![entry]), &plan(1, 3_000), LUCK)
        .figures
        .clients
}

#[test]
fn a_server_that_closes_first_resets_requests() {
    // A gap between requests is within 10 ms of a second in 0.7 of 100 cases.
    let lost = behind_a_gateway(60_000, |_| {}).of(Cause::StaleReset);
    assert!((10..40).contains(&lost), "{lost}");
}

#[test]
fn a_gateway_that_closes_first_loses_none() {
    assert_eq!(behind_a_gateway(900, |_| {}).of(Cause::StaleReset), 0);
}

#[test]
fn what_may_be_sent_twice_is() {
    let clients = behind_a_gateway(60_000, |entry| entry.only_unsent = false);
    assert_eq!(clients.failed(), 0);
}
