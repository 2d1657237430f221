//! Which server gets a request, which are left out, and when another one is tried.
//!
//! A restatement of nginx, `ngx_http_upstream_round_robin.c` (of `peer->fails`, `accessed`, `checked`) and
//! `ngx_http_upstream_next`. Left out: backup servers, `max_conns`, `slow_start`.

pub use super::balance::Balance;
use super::balance::{Peer, Tried, choose};
use crate::{Span, Tick};

/// The directives of an upstream and of the location that passes requests to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How requests are spread.
    pub balance: Balance,
    /// Failures after which a server is left out; 0: never.
    pub max_fails: u64,
    /// For how long it is left out, and over how long failures are counted, in whole seconds: nginx's clock has no finer ones
    /// here.
    pub fail_timeout_seconds: u64,
    /// Servers that one request is sent to at most; 0: all. A connection that was kept and fails does not count.
    pub tries: u64,
    /// After this no other server is tried; no time: always.
    pub next_within: Span,
    /// What fails without an answer is sent to another server; off for what must not be sent twice.
    pub is_next_tried: bool,
}

impl Settings {
    /// nginx's own. Source: nginx.org, ngx_http_upstream_module, `max_fails`, `fail_timeout`; ngx_http_proxy_module,
    /// `proxy_next_upstream`, `_tries`, `_timeout`.
    pub const NGINX: Self = Self {
        balance: Balance::RoundRobin,
        max_fails: 1,
        fail_timeout_seconds: 10,
        tries: 0,
        next_within: Span::ZERO,
        is_next_tried: true,
    };

    /// What is written for gateways on hosts, with the time that the route waits for an answer. Sticky routes spread by a hash
    /// of the client's address; what is not `idempotent` and changes something is passed on only once.
    #[must_use]
    pub const fn written(balance: Balance, answer_within: Span, is_next_tried: bool) -> Self {
        Self {
            balance,
            max_fails: 3,
            fail_timeout_seconds: 5,
            tries: 2,
            next_within: answer_within,
            is_next_tried,
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
    /// POST, LOCK, PATCH: only repeated when nothing of it was sent.
    is_repeatable: bool,
    tries: u64,
    tried: Tried,
    current: Option<usize>,
}

/// How a try failed, before any byte of an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Nothing came in time; else it was refused or reset.
    pub is_timeout: bool,
    /// The request, or a part of it, was sent: not when connecting failed.
    pub is_sent: bool,
    /// It was a connection that was kept.
    pub is_reused: bool,
}

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another server is [picked](Upstream::pick), at once.
    Again,
    /// The client gets this.
    Answer(Status),
}

/// What nginx answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 502: a server failed, or none is there to be tried.
    BadGateway,
    /// 504: nothing came in time.
    GatewayTimeout,
}

impl Upstream {
    /// With a server for each weight; 1 is usual.
    #[must_use]
    pub fn new(settings: Settings, weights: impl IntoIterator<Item = u32>) -> Self {
        Self {
            settings,
            peers: weights.into_iter().map(Peer::new).collect(),
        }
    }

    /// A request comes in. `client` stands for its address; what is not `is_repeatable` (POST, LOCK, PATCH) goes to another
    /// server only if nothing of it was sent.
    #[must_use]
    pub fn request(&self, now: Tick, client: u64, is_repeatable: bool) -> Request {
        let servers = u64::try_from(self.peers.len()).unwrap_or(u64::MAX);
        let most = if self.settings.tries == 0 {
            servers
        } else {
            self.settings.tries
        };
        Request {
            began: now,
            client,
            is_repeatable,
            tries: servers.min(most),
            tried: Tried::default(),
            current: None,
        }
    }

    /// The server that gets it; `None`: all are left out or were tried, and the client gets a 502 at once. A server that is
    /// alone is never left out.
    pub fn pick(&mut self, now: Tick, request: &mut Request) -> Option<usize> {
        let now = seconds(now);
        let place = if self.peers.len() == 1 {
            0
        } else {
            let fail_timeout = self.settings.fail_timeout_seconds;
            let max_fails = self.settings.max_fails;
            let (tried, client) = (&request.tried, request.client);
            let is_usable = |place: usize, peer: &Peer| {
                let is_banned = 0 < max_fails && max_fails <= peer.fails && now - peer.checked <= fail_timeout;
                !is_banned && !tried.has(place)
            };
            choose(self.settings.balance, &mut self.peers, client, is_usable)?
        };
        let peer = self.peers.get_mut(place)?;
        // The one request after a ban finds out whether it is back: the others see it as just checked.
        if self.settings.fail_timeout_seconds < now - peer.checked {
            peer.checked = now;
        }
        peer.requests += 1;
        request.current = Some(place);
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

    /// The client went away before there was an answer: counts like one.
    pub fn given_up(&mut self, request: &mut Request) {
        self.answered(request);
    }

    /// The server failed; what follows.
    pub fn failed(&mut self, now: Tick, request: &mut Request, failure: Failure) -> Next {
        let is_single = self.peers.len() == 1;
        if let Some(place) = request.current.take()
            && let Some(peer) = self.peers.get_mut(place)
        {
            peer.requests = peer.requests.saturating_sub(1);
            if !is_single {
                request.tried.add(place);
                peer.fail(seconds(now), self.settings.max_fails);
            }
        }
        request.tries = if is_single { 0 } else { request.tries.saturating_sub(1) };
        // The server may only have closed what it took for idle.
        if failure.is_reused && !failure.is_timeout {
            request.tries += 1;
        }
        let waited = now.since(request.began);
        let is_too_late = self.settings.next_within != Span::ZERO && self.settings.next_within <= waited;
        let is_repeated = failure.is_sent && !request.is_repeatable;
        if request.tries != 0 && self.settings.is_next_tried && !is_repeated && !is_too_late {
            Next::Again
        } else if failure.is_timeout {
            Next::Answer(Status::GatewayTimeout)
        } else {
            Next::Answer(Status::BadGateway)
        }
    }

    /// Requests that a server is working on.
    #[must_use]
    pub fn requests(&self, server: usize) -> u64 {
        self.peers.get(server).map_or(0, |peer| peer.requests)
    }

    /// Whether a server is left out now.
    #[must_use]
    pub fn is_left_out(&self, now: Tick, server: usize) -> bool {
        let is_banned = |peer: &Peer| {
            self.settings.max_fails <= peer.fails && seconds(now) - peer.checked <= self.settings.fail_timeout_seconds
        };
        1 < self.peers.len() && 0 < self.settings.max_fails && self.peers.get(server).is_some_and(is_banned)
    }
}

/// Whole seconds, on a clock that has long been running when a run begins: nothing was "lately" then.
const fn seconds(now: Tick) -> u64 {
    1_000_000_000 + now.micros() / 1_000_000
}

#[cfg(test)]
mod tests;
