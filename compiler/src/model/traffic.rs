//! Calls between services, and where sessions live.

use super::parts::{Callee, ToCache};
use crate::lower::{Bounds, Ref, Val};
use crate::quantity::{Amount, Duration, Ratio};
use crate::schema::{block, words};

words! {
    /// What an edge of the graph means.
    pub enum CallKind("a kind of call") {
        /// The caller waits for the answer.
        Call = "call",
        /// The caller does not wait.
        Async = "async",
        /// Only a probe asks.
        Health = "health",
        /// The caller sends its client there.
        Redirect = "redirect",
    }
}

block! {
    /// An edge of the call graph: requests to another service.
    pub struct Calls("calls") {
        head {
            /// The service, external or site; `api.grpc` for one listener of it.
            callee: Val<Callee>,
        }
        /// What the edge means.
        kind: Val<CallKind> = CallKind::Call,
        /// How long one attempt may take.
        timeout: Option<Val<Duration>>,
        /// Further attempts after the first.
        retries: Val<u64> = 0,
        /// Wait between attempts: first..longest, doubled each time and spread at random.
        backoff: Option<Val<Bounds<Duration>>>,
        /// Retries are at most this part of all requests.
        retry_budget: Option<Val<Ratio>>,
        /// Stop calling when this part of the calls fails.
        breaker: Option<Breaker>,
        /// Calls for each request that the caller serves.
        per_request: Val<Amount> = Amount::ONE,
        /// The callee is told how much time its caller has left, and gives up when that is over; for the simulator.
        propagate_deadline: Val<bool> = false,
        /// The caller can answer without it.
        optional: Val<bool> = false,
        /// Calling twice has the effect of calling once.
        idempotent: Val<bool> = false,
    }
}

impl Calls {
    /// Whether the caller waits for the answer before it gives its own.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        self.kind.value == CallKind::Call
    }

    /// Whether the caller itself sends requests to the callee, waiting or not: probes and redirects are no load of its own.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self.kind.value, CallKind::Call | CallKind::Async)
    }
}

block! {
    /// A circuit breaker.
    pub struct Breaker("breaker") {
        head {
            /// It opens when this part of the calls fails.
            threshold: Val<Ratio>,
        }
        /// Over how long the part is measured.
        over: Val<Duration> = Duration::seconds(10),
    }
}

words! {
    /// Where session state lives.
    pub enum SessionPlace("a place for sessions") {
        /// There are none.
        None = "none",
        /// In the process: lost with it, and unknown to its siblings.
        Memory = "memory",
        /// In a cache that all instances share.
        Cache = "cache",
        /// In a token that the client brings.
        Token = "token",
    }
}

block! {
    /// Where session state lives.
    pub struct Sessions("sessions") {
        head {
            /// The place.
            place: Val<SessionPlace>,
            /// The cache, for `cache`.
            cache: Option<Val<Ref<ToCache>>>,
        }
    }
}
