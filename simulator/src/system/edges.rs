//! How requests, messages and connections go from one thing to another.

use loadline_compiler::quantity::Ratio;

use crate::Span;
use crate::chance::Law;
use crate::edge::{Backoff, BreakerSettings};
use crate::gateway::{IdleConnections, Upstream};
use crate::outcome::Place;
use crate::system::Touches;

/// A way for requests: from clients into the system, or from a service to what it calls.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where it is declared.
    pub place: Place,
    /// The service that calls; `None`: clients from outside.
    pub caller: Option<usize>,
    /// What is called.
    pub callee: Callee,
    /// How long one attempt may take.
    pub timeout: Option<Span>,
    /// Further attempts.
    pub retries: u32,
    /// Only what was never sent is tried again: who calls cannot know whether it was done already.
    pub only_unsent: bool,
    /// The wait before a further attempt.
    pub backoff: Backoff,
    /// Retries for each request at most.
    pub budget: Option<Ratio>,
    /// When calling is given up for a while.
    pub breaker: Option<BreakerSettings>,
    /// Calls for each request of the caller, in millionths.
    pub per_request: u64,
    /// Whether the caller waits for the answer.
    pub waited_for: bool,
    /// Whether the caller can answer without it.
    pub optional: bool,
    /// Whether the caller's own deadline is passed on.
    pub passes_deadline: bool,
    /// The nginx that passes requests on to one server after the other; without it an instance is chosen at random, as
    /// kube-proxy does.
    pub nginx: Option<Upstream>,
    /// Whether a cookie keeps each user at one instance, as long as that is known (an ingress).
    pub sticky: bool,
    /// Whether it makes a difference whose requests come along it.
    pub knows_users: bool,
    /// Such a part of what comes along it changes nothing, in millionths, and is sent again by an nginx where it broke off.
    pub reads: Option<u64>,
    /// Connections that are kept for the next request, none yet.
    pub kept: Option<IdleConnections>,
}

impl Edge {
    /// Whether its caller remembers how calls went.
    pub(crate) const fn is_guarded(&self) -> bool {
        self.budget.is_some() || self.breaker.is_some()
    }
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// An instance of a service.
    Service(usize),
    /// An external.
    Store(usize),
    /// Messages are put on a queue.
    Queue(usize),
}

/// Connections that a process has to a store.
#[derive(Clone, Debug)]
pub struct Use {
    /// Where it is declared.
    pub place: Place,
    /// The store.
    pub store: usize,
    /// Connections of one process, those of all its threads together; `None`: there is no pool that limits.
    pub pool: Option<u64>,
    /// Further ones when all are taken.
    pub overflow: u64,
    /// One for the whole instance, not for each process.
    pub once: bool,
    /// Whether they are opened with the process.
    pub eager: bool,
    /// How long a request waits for one.
    pub acquire_timeout: Option<Span>,
    /// How long a request keeps one; without it the pool does not queue.
    pub hold: Option<Law>,
    /// How long a statement may run.
    pub statement_timeout: Option<Span>,
    /// Such requests for each request, in millionths.
    pub per_request: u64,
    /// How long an unused one stays open; as long as the process lives when not said.
    pub idle: Option<Span>,
    /// So many stay open however long nobody uses them.
    pub min_idle: u64,
    /// How long closing takes after the last request.
    pub close: Span,
    /// Whether they are given back at the signal of an instance that stops: unused ones then, others after their use.
    pub on_signal: bool,
    /// The tables that its transactions touch.
    pub touches: Touches,
}

impl Use {
    /// One question to a store in each request, over connections that nothing limits, about no table.
    #[must_use]
    pub const fn unlimited(place: Place, store: usize) -> Self {
        Self {
            place,
            store,
            pool: None,
            overflow: 0,
            once: false,
            eager: false,
            acquire_timeout: None,
            hold: None,
            statement_timeout: None,
            per_request: 1_000_000,
            idle: None,
            min_idle: 0,
            close: Span::ZERO,
            on_signal: false,
            touches: Touches::Tables(Vec::new()),
        }
    }
}

/// Messages that each request puts on a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The queue.
    pub queue: usize,
    /// Messages for each request, in millionths.
    pub per_request: u64,
}
