//! Which server gets a request, which are left out, and when another one is tried.
//!
//! A restatement of nginx, `ngx_http_upstream_round_robin.c` (of `peer->fails`, `accessed`, `checked`) and
//! `ngx_http_upstream_next`. Left out: what is not written (weights, backup servers, `max_conns`, `slow_start`).

pub use super::balance::Balance;
use super::balance::{Peer, Tried, choose};
use crate::{Span, Tick};

/// The directives of an upstream and of the location that passes requests to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How requests are spread.
    pub balance: Balance,
    /// Failures after which a server is left out.
    pub max_fails: u64,
    /// For how long it is left out, and over how long failures are counted, in whole seconds: nginx's clock has no finer ones
    /// here.
    pub fail_timeout_seconds: u64,
    /// Servers that one request is sent to at most. A connection that was kept and fails does not count.
    pub tries: u64,
    /// After this no other server is tried.
    pub next_within: Span,
    /// What was sent is sent again to another server; else only what was not.
    pub is_repeated: bool,
}

impl Settings {
    /// What is written for gateways on hosts, with the time that the route waits for an answer. Sticky routes spread by a hash
    /// of the client's address; what is not `idempotent` is sent only once.
    #[must_use]
    pub const fn written(balance: Balance, answer_within: Span, is_repeated: bool) -> Self {
        Self {
            balance,
            max_fails: 3,
            fail_timeout_seconds: 5,
            tries: 2,
            next_within: answer_within,
            is_repeated,
        }
    }
}

/// The servers of one upstream, and what became of requests to them.
#[derive(Clone, Debug)]
pub struct Upstream {
    settings: Settings,
    peers: Vec<Peer>,
}

/// A request on its way, over all servers that it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    began: Tick,
    /// A number for the client's address.
    client: u64,
    /// It changes nothing: it is sent again wherever it broke off.
    is_read: bool,
    /// This try goes over a connection that was kept.
    is_over_kept: bool,
    tries: u64,
    tried: Tried,
    current: Option<usize>,
}

/// How a try failed, before any byte of an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Connecting failed: nothing was sent.
    Refused,
    /// The connection ended after the request was sent.
    Reset,
    /// The same, and it was a connection that was kept: the server may only have closed what it took for idle.
    Stale,
    /// Nothing came in time.
    Timeout,
}

impl Upstream {
    /// With so many servers.
    #[must_use]
    pub fn new(settings: Settings, servers: usize) -> Self {
        Self {
            settings,
            peers: vec![Peer::default(); servers],
        }
    }

    /// A request comes in. `client` stands for its address; what only reads is sent again wherever it broke off.
    #[must_use]
    pub fn request(&self, now: Tick, client: u64, is_read: bool) -> Request {
        let servers = u64::try_from(self.peers.len()).unwrap_or(u64::MAX);
        Request {
            began: now,
            client,
            is_read,
            is_over_kept: false,
            tries: servers.min(self.settings.tries),
            tried: Tried::default(),
            current: None,
        }
    }

    /// The server that gets it; `None`: all are left out or were tried, and the client gets a 502 at once. A server that is
    /// alone is never left out.
    pub fn pick(&mut self, now: Tick, request: &mut Request) -> Option<usize> {
        let now = seconds(now);
        let place = if self.is_single() {
            0
        } else {
            let (tried, client, settings) = (&request.tried, request.client, self.settings);
            let is_usable = |place: usize, peer: &Peer| !settings.bans(peer, now) && !tried.has(place);
            choose(settings.balance, &mut self.peers, client, is_usable)?
        };
        let peer = self.peers.get_mut(place)?;
        // The one request after a ban finds out whether it is back: the others see it as just checked.
        if self.settings.fail_timeout_seconds < now - peer.checked {
            peer.checked = now;
        }
        peer.requests += 1;
        request.current = Some(place);
        request.is_over_kept = false;
        Some(place)
    }

    /// The server answered, with whatever status.
    pub fn answered(&mut self, request: &mut Request) {
        let Some(peer) = request.current.take().and_then(|place| self.peers.get_mut(place)) else {
            return;
        };
        peer.requests = peer.requests.saturating_sub(1);
        // Only of a server that was picked some time after its last failure.
        if peer.accessed < peer.checked {
            peer.fails = 0;
        }
    }

    /// The server failed; whether another one is [picked](Self::pick), at once. Else the client gets a 502, or a 504 if nothing
    /// came in time.
    pub fn failed(&mut self, now: Tick, request: &mut Request, failure: Failure) -> bool {
        let is_single = self.is_single();
        if let Some(place) = request.current.take()
            && let Some(peer) = self.peers.get_mut(place)
        {
            peer.requests = peer.requests.saturating_sub(1);
            if !is_single {
                request.tried.add(place);
                peer.fail(seconds(now));
            }
        }
        request.tries = if is_single { 0 } else { request.tries.saturating_sub(1) };
        // Source: `ngx_http_upstream_next`: an error on a connection from the cache does not count (`u->peer.cached`).
        if failure == Failure::Stale || failure == Failure::Reset && request.is_over_kept {
            request.tries += 1;
        }
        let is_early = now.since(request.began) < self.settings.next_within;
        let is_repeated = failure == Failure::Refused || request.is_read || self.settings.is_repeated;
        request.tries != 0 && is_early && is_repeated
    }

    /// Whether a client goes to the same server each time.
    #[must_use]
    pub fn is_sticky(&self) -> bool {
        self.settings.balance == Balance::Sticky && !self.is_single()
    }

    /// Whether it has one server only.
    #[must_use]
    pub const fn is_single(&self) -> bool {
        self.peers.len() == 1
    }
}

impl Request {
    /// The connection of this try was kept from an earlier request.
    pub const fn goes_over_a_kept_connection(&mut self) {
        self.is_over_kept = true;
    }
}

impl Settings {
    /// Whether a server is left out now.
    const fn bans(&self, peer: &Peer, now: u64) -> bool {
        self.max_fails <= peer.fails && now - peer.checked <= self.fail_timeout_seconds
    }
}

/// Whole seconds, on a clock that has long been running when a run begins: nothing was "lately" then.
const fn seconds(now: Tick) -> u64 {
    1_000_000_000 + now.micros() / 1_000_000
}

#[cfg(test)]
mod tests;
