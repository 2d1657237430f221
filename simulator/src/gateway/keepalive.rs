//! Connections to servers that are kept for the next request.
//!
//! As nginx's `keepalive N` keeps them (`ngx_http_upstream_keepalive_module.c`): the one used last is taken first, and when there is
//! no room the one unused for longest is closed. That nginx closes a connection after 1,000 requests or an hour is left out: it
//! does so between requests, and nobody waits for it.

use crate::{Span, Tick};

/// The idle connections of a gateway to the servers of an upstream.
#[derive(Clone, Debug)]
pub struct IdleConnections {
    most: usize,
    kept_by_gateway: Span,
    kept_by_server: Option<Span>,
    delay: Span,
    /// The one used last at the end.
    idle: Vec<Idle>,
}

#[derive(Clone, Copy, Debug)]
struct Idle {
    server: usize,
    /// When the gateway closes it.
    ends: Tick,
    /// When the server closes it.
    closes: Tick,
}

/// A connection that was kept and is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reused {
    /// It works.
    Open,
    /// The server closes it before the request arrives, and the gateway cannot know: it will be reset.
    Stale,
}

impl IdleConnections {
    /// At most so many (`keepalive N` times worker processes), each for so long by either side; a server that is not known to
    /// close any is `None`. Between the two a message takes `delay`, one way.
    ///
    /// What a server keeps is counted from its answer. Node keeps a second more than `keepAliveTimeout` says (measured on Node 20
    /// to 24).
    #[must_use]
    pub fn new(most: usize, kept_by_gateway: Span, kept_by_server: Option<Span>, delay: Span) -> Self {
        Self {
            most,
            kept_by_gateway,
            kept_by_server,
            delay,
            idle: Vec::new(),
        }
    }

    /// How long the gateway keeps one, and how long a server does.
    pub(crate) const fn times(&self) -> (Span, Option<Span>) {
        (self.kept_by_gateway, self.kept_by_server)
    }

    /// A request to a server: the connection to it that was used last, if one is left.
    ///
    /// A server's close is known a delay later, and a request arrives a delay later: it is lost if it is sent less than a delay
    /// before or after the close, a round trip in all.
    pub fn take(&mut self, now: Tick, server: usize) -> Option<Reused> {
        let delay = self.delay;
        let is_it = |idle: &Idle| idle.server == server && idle.is_known_open(now, delay);
        let place = self.idle.iter().rposition(is_it)?;
        let idle = self.idle.remove(place);
        Some(if idle.closes <= later(now, delay) {
            Reused::Stale
        } else {
            Reused::Open
        })
    }

    /// Whose connection was used last, of those that the gateway takes for open: who opens them by one address gets this one for
    /// the next request, whichever process is at its other end.
    pub(crate) fn last(&self, now: Tick) -> Option<usize> {
        let is_open = |idle: &&Idle| idle.is_known_open(now, self.delay);
        self.idle.iter().rfind(is_open).map(|idle| idle.server)
    }

    /// An answer has arrived in full, and its connection is kept. Whether another one had to be closed for it; with room for none,
    /// itself.
    pub fn put(&mut self, now: Tick, server: usize) -> bool {
        let is_full = |idle: &Self| idle.most <= idle.idle.len();
        if is_full(self) {
            let delay = self.delay;
            self.idle.retain(|idle| idle.is_known_open(now, delay));
        }
        let is_closed = is_full(self);
        if self.most == 0 {
            return is_closed;
        }
        if is_closed {
            self.idle.remove(0);
        }
        let answered = Tick::at(now.micros().saturating_sub(self.delay.micros()));
        self.idle.push(Idle {
            server,
            ends: later(now, self.kept_by_gateway),
            closes: self.kept_by_server.map_or(NEVER, |kept| later(answered, kept)),
        });
        is_closed
    }

    /// A server closes all that is idle: it drains, or it is gone.
    pub fn close(&mut self, now: Tick, server: usize) {
        for idle in self.idle.iter_mut().filter(|idle| idle.server == server) {
            idle.closes = idle.closes.min(now);
        }
    }

    /// Connections that the gateway takes for open.
    #[must_use]
    pub fn count(&self, now: Tick) -> usize {
        let is_open = |idle: &&Idle| idle.is_known_open(now, self.delay);
        self.idle.iter().filter(is_open).count()
    }
}

impl Idle {
    fn is_known_open(&self, now: Tick, delay: Span) -> bool {
        now < self.ends && now < later(self.closes, delay)
    }
}

const NEVER: Tick = Tick::at(u64::MAX);

fn later(tick: Tick, span: Span) -> Tick {
    tick.after(span).unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn millis(millis: u64) -> Span {
        Span::from_micros(millis * 1_000)
    }

    const fn at(millis: u64) -> Tick {
        Tick::at(millis * 1_000)
    }

    /// The gateway keeps for a minute, the server for 5 s, and a message takes a millisecond.
    fn node() -> IdleConnections {
        IdleConnections::new(2, millis(60_000), Some(millis(5_000)), millis(1))
    }

    #[test]
    fn what_was_kept_is_used_again_once() {
        let mut idle = node();
        idle.put(at(1_000), 7);
        assert_eq!(idle.take(at(1_000), 8), None);
        assert_eq!(idle.take(at(2_000), 7), Some(Reused::Open));
        assert_eq!(idle.take(at(2_000), 7), None);
    }

    #[test]
    fn the_race_is_a_round_trip_long() {
        // Answered at 999 ms, so the server closes at 5,999, and the gateway hears of it at 6,000.
        let reused = |micros: u64| {
            let mut idle = node();
            idle.put(at(1_000), 0);
            idle.take(Tick::at(micros), 0)
        };
        assert_eq!(reused(5_997_999), Some(Reused::Open));
        assert_eq!(reused(5_998_000), Some(Reused::Stale));
        assert_eq!(reused(5_999_999), Some(Reused::Stale));
        assert_eq!(reused(6_000_000), None);
    }

    #[test]
    fn a_gateway_that_closes_first_never_meets_it() {
        let mut idle = IdleConnections::new(2, millis(4_000), Some(millis(5_000)), millis(1));
        for took in 0..6_000 {
            idle.put(at(10_000), 0);
            let reused = idle.take(at(10_000 + took), 0);
            assert_eq!(reused.is_some(), took < 4_000);
            assert_ne!(reused, Some(Reused::Stale));
            // Nothing is left for the next round.
            idle.idle.clear();
        }
    }

    #[test]
    fn the_last_used_is_whichever_servers_it_is() {
        let mut idle = node();
        assert_eq!(idle.last(at(1_000)), None);
        idle.put(at(1_000), 7);
        idle.put(at(1_100), 8);
        assert_eq!(idle.last(at(1_200)), Some(8));
        idle.close(at(1_300), 8);
        // It is known a delay later.
        assert_eq!((idle.last(at(1_300)), idle.last(at(1_301))), (Some(8), Some(7)));
    }

    #[test]
    fn the_last_used_is_taken_first_and_the_oldest_makes_room() {
        let mut idle = IdleConnections::new(2, millis(100), None, Span::ZERO);
        assert!(!idle.put(at(0), 0));
        assert!(!idle.put(at(50), 0));
        // The one used last: the other one stays, and ends earlier.
        assert_eq!(idle.take(at(60), 0), Some(Reused::Open));
        assert_eq!((idle.count(at(99)), idle.count(at(100))), (1, 0));
        // What has ended takes no room.
        assert!(!idle.put(at(100), 1));
        assert!(!idle.put(at(100), 2));
        assert!(idle.put(at(101), 3));
        assert_eq!(idle.take(at(102), 1), None);
        assert_eq!(idle.take(at(102), 2), Some(Reused::Open));
    }

    #[test]
    fn a_server_that_drains_closes_its_own() {
        let mut idle = node();
        idle.put(at(1_000), 0);
        idle.put(at(1_000), 1);
        idle.close(at(2_000), 0);
        assert_eq!(idle.clone().take(at(2_000), 0), Some(Reused::Stale));
        assert_eq!(idle.take(at(2_001), 0), None);
        assert_eq!(idle.take(at(2_001), 1), Some(Reused::Open));
    }

    #[test]
    fn none_is_none() {
        let mut idle = IdleConnections::new(0, millis(100), None, Span::ZERO);
        assert!(idle.put(at(0), 0));
        assert_eq!(idle.take(at(0), 0), None);
    }

    proptest! {
        /// Never more than there is room for, never one that was not put there, and stale only close to the server's close.
        #[test]
        fn connections_are_conserved(
            most in 0_usize..5,
            kept_by_gateway in 1_u64..200,
            kept_by_server in 1_u64..200,
            delay in 0_u64..20,
            steps in prop::collection::vec((0_u64..40, 0_usize..3, any::<bool>()), 0..200),
        ) {
            let mut idle = IdleConnections::new(most, millis(kept_by_gateway), Some(millis(kept_by_server)), millis(delay));
            let mut now = 1_000;
            let mut put: Vec<(u64, usize)> = Vec::new();
            for (gap, server, is_put) in steps {
                now += gap;
                if is_put {
                    idle.put(at(now), server);
                    put.push((now, server));
                } else if let Some(reused) = idle.take(at(now), server) {
                    let place = put.iter().rposition(|(_, other)| *other == server).unwrap();
                    let age = now - put.remove(place).0;
                    prop_assert!(age < kept_by_gateway && age < kept_by_server.max(1));
                    prop_assert_eq!(reused == Reused::Stale, kept_by_server <= age + 2 * delay);
                }
                prop_assert!(idle.count(at(now)) <= most && idle.idle.len() <= most);
            }
        }
    }
}
