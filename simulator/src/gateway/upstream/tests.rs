//! What nginx was seen to do, step by step, and laws over any course of requests.

use proptest::prelude::*;

use super::*;

use super::Failure::{Refused, Reset, Stale, Timeout};

/// nginx's own numbers, with which a ban is easier to see than with those that are written.
const NGINX: Settings = Settings {
    balance: Balance::RoundRobin,
    max_fails: 1,
    fail_timeout_seconds: 10,
    tries: 100,
    next_within: Span::from_micros(60_000_000),
    is_repeated: true,
};

impl Upstream {
    fn is_left_out(&self, now: Tick, server: usize) -> bool {
        !self.is_single() && self.settings.bans(&self.peers[server], seconds(now))
    }
}

fn at(seconds: u64) -> Tick {
    Tick::at(seconds * 1_000_000)
}

fn nginx(servers: usize) -> Upstream {
    Upstream::new(NGINX, servers)
}

fn written(servers: usize) -> Upstream {
    let settings = Settings::written(Balance::RoundRobin, Span::from_micros(60_000_000), true);
    Upstream::new(settings, servers)
}

/// Where a request goes, and then fails in this way.
fn fail(upstream: &mut Upstream, now: Tick, request: &mut Request, failure: Failure) -> (Option<usize>, bool) {
    let place = upstream.pick(now, request);
    (place, upstream.failed(now, request, failure))
}

/// Where a request goes that is answered.
fn answer(upstream: &mut Upstream, now: Tick) -> Option<usize> {
    let mut request = upstream.request(now, 0, false);
    let place = upstream.pick(now, &mut request);
    upstream.answered(&mut request);
    place
}

#[test]
fn one_failure_each_and_nobody_is_left() {
    let mut upstream = nginx(2);
    let mut request = upstream.request(at(0), 0, false);
    assert_eq!(fail(&mut upstream, at(0), &mut request, Refused), (Some(0), true));
    assert_eq!(fail(&mut upstream, at(0), &mut request, Refused), (Some(1), false));
    // Nobody is asked for ten seconds, and a second: the clock has whole ones.
    for second in 0..=10 {
        assert_eq!(answer(&mut upstream, at(second)), None, "{second}");
    }
    assert!(answer(&mut upstream, at(11)).is_some());
}

#[test]
fn after_a_ban_one_request_finds_out() {
    let mut upstream = nginx(2);
    let mut request = upstream.request(at(0), 0, false);
    fail(&mut upstream, at(0), &mut request, Reset);
    assert!(upstream.is_left_out(at(10), 0));
    assert!(!upstream.is_left_out(at(11), 0));
    assert!((0..5).all(|_| answer(&mut upstream, at(10)) == Some(1)));

    // One is let through; while it has no answer the others go elsewhere.
    let mut probes = Vec::new();
    for _ in 0..6 {
        let mut request = upstream.request(at(11), 0, false);
        probes.push((upstream.pick(at(11), &mut request), request));
    }
    let let_through = probes.iter().filter(|(place, _)| *place == Some(0)).count();
    assert_eq!(let_through, 1);
    let (_, probe) = probes.iter_mut().find(|(place, _)| *place == Some(0)).unwrap();
    // It fails: banned again.
    upstream.failed(at(12), probe, Reset);
    assert!((13..23).all(|second| answer(&mut upstream, at(second)) == Some(1)));
    // The next one succeeds, and it takes part as before.
    (0..2).for_each(|_| assert!(answer(&mut upstream, at(23)).is_some()));
    let places: Vec<_> = (0..8).map(|_| answer(&mut upstream, at(23))).collect();
    assert_eq!(places.iter().filter(|place| **place == Some(0)).count(), 4);
}

#[test]
fn a_success_right_after_a_failure_forgives_nothing() {
    let mut upstream = written(2);
    let fail_first = |upstream: &mut Upstream, now: Tick| {
        while {
            let mut request = upstream.request(now, 0, false);
            let place = upstream.pick(now, &mut request);
            if place == Some(0) {
                upstream.failed(now, &mut request, Reset);
            } else {
                upstream.answered(&mut request);
            }
            place != Some(0)
        } {}
    };
    fail_first(&mut upstream, at(0));
    (0..4).for_each(|_| assert!(answer(&mut upstream, at(1)).is_some()));
    fail_first(&mut upstream, at(2));
    (0..4).for_each(|_| assert!(answer(&mut upstream, at(3)).is_some()));
    fail_first(&mut upstream, at(4));
    // Three within less than five seconds of one another.
    assert!(upstream.is_left_out(at(5), 0));
    assert!(upstream.is_left_out(at(9), 0));
    assert!(!upstream.is_left_out(at(10), 0));
}

#[test]
fn failures_that_are_far_apart_do_not_add_up() {
    let mut upstream = written(2);
    for second in (0..60).step_by(6) {
        let mut request = upstream.request(at(second), 0, false);
        fail(&mut upstream, at(second), &mut request, Reset);
        (0..4).for_each(|_| assert!(answer(&mut upstream, at(second + 6)).is_some()));
        assert!(!upstream.is_left_out(at(second + 6), 0) && !upstream.is_left_out(at(second + 6), 1));
    }
}

#[test]
fn who_is_alone_is_never_left_out_and_never_tried_twice() {
    let mut upstream = nginx(1);
    for _ in 0..10 {
        let mut request = upstream.request(at(0), 0, false);
        assert_eq!(fail(&mut upstream, at(0), &mut request, Refused), (Some(0), false));
    }
    assert_eq!(answer(&mut upstream, at(0)), Some(0));
}

#[test]
fn a_kept_connection_that_fails_grants_one_more_try() {
    let mut upstream = nginx(1);
    let mut request = upstream.request(at(0), 0, false);
    assert_eq!(fail(&mut upstream, at(0), &mut request, Stale), (Some(0), true));
    assert_eq!(fail(&mut upstream, at(0), &mut request, Reset), (Some(0), false));

    let mut upstream = written(4);
    let mut request = upstream.request(at(0), 0, false);
    let tried: Vec<_> = [Stale, Reset, Reset]
        .map(|failure| fail(&mut upstream, at(0), &mut request, failure))
        .into();
    assert_eq!(tried, [(Some(0), true), (Some(1), true), (Some(2), false)]);
}

/// Whether it was kept is known of each try.
#[test]
fn a_server_that_ends_costs_no_try_over_a_kept_connection() {
    let mut upstream = written(4);
    let mut request = upstream.request(at(0), 0, false);
    let mut tries = Vec::new();
    for is_over_kept in [true, true, false, false] {
        upstream.pick(at(0), &mut request);
        if is_over_kept {
            request.goes_over_a_kept_connection();
        }
        tries.push(upstream.failed(at(0), &mut request, Reset));
    }
    assert_eq!(tries, [true, true, true, false]);
    // A time that is over is no error.
    let mut request = upstream.request(at(20), 0, false);
    upstream.pick(at(20), &mut request);
    request.goes_over_a_kept_connection();
    assert!(upstream.failed(at(20), &mut request, Timeout));
    assert!(!fail(&mut upstream, at(20), &mut request, Reset).1);
}

#[test]
fn what_was_sent_is_repeated_only_if_it_may_be() {
    let next = |is_repeated: bool, is_read: bool, failure: Failure| {
        let mut upstream = Upstream::new(Settings { is_repeated, ..NGINX }, 3);
        let mut request = upstream.request(at(0), 0, is_read);
        fail(&mut upstream, at(0), &mut request, failure).1
    };
    // Refused before anything was sent, or not at all. Not even when the connection was only stale.
    let all = [Refused, Reset, Stale, Timeout];
    assert_eq!(
        all.map(|failure| next(false, false, failure)),
        [true, false, false, false]
    );
    assert!(
        all.iter()
            .all(|failure| next(true, false, *failure) && next(false, true, *failure))
    );
}

#[test]
fn no_other_is_tried_once_the_time_for_an_answer_is_over() {
    let mut upstream = written(3);
    let mut request = upstream.request(at(0), 0, false);
    upstream.pick(at(0), &mut request);
    assert!(!upstream.failed(at(60), &mut request, Timeout));
    let mut request = upstream.request(at(60), 0, false);
    upstream.pick(at(60), &mut request);
    assert!(upstream.failed(at(119), &mut request, Timeout));
}

#[test]
fn the_numbers_are_those_that_are_written() {
    let template = include_str!("../../../../targets/templates/nginx/gateway.conf.j2");
    let settings = Settings::written(Balance::RoundRobin, Span::ZERO, true);
    let (fails, timeout) = (settings.max_fails, settings.fail_timeout_seconds);
    assert!(template.contains(&format!("max_fails={fails} fail_timeout={timeout}s;")));
    assert!(template.contains(&format!("_next_upstream_tries {};", settings.tries)));
    for line in [
        "_next_upstream error timeout;",
        "proxy_next_upstream off;",
        "    zone {{",
        "hash $remote_addr consistent;",
    ] {
        assert!(template.contains(line), "{line}");
    }
}

fn failures() -> impl Strategy<Value = Option<Failure>> {
    prop_oneof![
        Just(None),
        Just(Some(Refused)),
        Just(Some(Reset)),
        Just(Some(Stale)),
        Just(Some(Timeout))
    ]
}

proptest! {
    /// A request never goes to the same server of several twice, and to no more than it may plus one for each kept connection;
    /// who is left out gets none; what is being worked on is counted and comes back to none.
    #[test]
    fn requests_end(
        servers in 1_usize..6,
        max_fails in 1_u64..4,
        tries in 1_u64..4,
        is_repeated: bool,
        balance in prop_oneof![Just(Balance::RoundRobin), Just(Balance::LeastConnections), Just(Balance::Sticky)],
        steps in prop::collection::vec((0_u64..3_000_000, prop::collection::vec(failures(), 5)), 1..25),
    ) {
        let settings = Settings { balance, max_fails, tries, is_repeated, ..NGINX };
        let mut upstream = Upstream::new(settings, servers);
        let mut now = 0;
        for (client, (gap, course)) in steps.into_iter().enumerate() {
            now += gap;
            let tick = Tick::at(now);
            let mut request = upstream.request(tick, u64::try_from(client).unwrap(), false);
            let (mut places, mut kept) = (Vec::new(), 0);
            for failure in course {
                let left_out: Vec<bool> = (0..servers).map(|server| upstream.is_left_out(tick, server)).collect();
                let Some(place) = upstream.pick(tick, &mut request) else {
                    prop_assert!((0..servers).all(|server| left_out[server] || places.contains(&server)));
                    break;
                };
                prop_assert!(!left_out[place]);
                prop_assert_eq!(upstream.peers[place].requests, 1);
                prop_assert!(servers == 1 || !places.contains(&place));
                places.push(place);
                let Some(failure) = failure else {
                    upstream.answered(&mut request);
                    break;
                };
                kept += usize::from(failure == Stale);
                if !upstream.failed(tick, &mut request, failure) {
                    break;
                }
            }
            upstream.answered(&mut request);
            let most = usize::try_from(tries).unwrap().min(servers);
            prop_assert!(places.len() <= most + kept);
            prop_assert!((0..servers).all(|server| upstream.peers[server].requests == 0));
        }
    }
}
