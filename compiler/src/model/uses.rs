//! What a process opens connections to.

use loadline_grammar::Span;
use loadline_grammar::ast::Entry;

use super::distribution::Drawn;
use super::parts::{ToClientOf, ToQueue};
use crate::lower::{Auto, Column, Name, Ref, Val, value_text};
use crate::quantity::{Amount, Duration};
use crate::schema::{block, words};

words! {
    /// When an instance that stops gives its connections back.
    pub enum Release("a moment") {
        /// When the last request is done: they are held through settle and drain.
        AfterDrain = "after_drain",
        /// At its signal: what nobody uses then, and the rest as requests give it back; those that need one later fail.
        OnSignal = "on_signal",
    }
}

words! {
    /// How a pooler shares server connections.
    pub enum PoolMode("a pool mode") {
        /// A client keeps its server connection.
        Session = "session",
        /// A client has one for a transaction.
        Transaction = "transaction",
        /// A client has one for a statement.
        Statement = "statement",
    }
}

words! {
    /// When a pool opens its connections.
    pub enum PoolOpen("a way of opening") {
        /// All of them at the start.
        Eager = "eager",
        /// When they are needed.
        Lazy = "lazy",
    }
}

block! {
    /// A client of a database or cache in each process. Its pool is multiplied by processes and instances.
    pub struct Uses("uses") [by alias_or_store as Uses::name] {
        head {
            /// The database or cache.
            store: Val<Ref<ToClientOf>>,
            /// A name of its own, for a second pool to the same store.
            "as" alias: Option<Val<Name>>,
        }
        /// Most connections of the pool of one process; `auto` divides what the store can give among its clients.
        pool: Option<Val<Auto<u64>>>,
        /// Connections that it may open beyond the pool under load.
        overflow: Val<u64> = 0,
        /// How long a request waits for a connection until it fails.
        acquire_timeout: Option<Val<Duration>>,
        /// How long a statement may run.
        statement_timeout: Option<Val<Duration>>,
        /// How long an unused connection stays open.
        idle: Option<Val<Duration>>,
        /// How long a request keeps a connection, on average; the simulator draws from an exponential distribution unless its
        /// braces say otherwise. Without it a pool does not queue there.
        hold: Option<Drawn<Duration>>,
        /// How many such requests one request makes; for the simulator.
        per_request: Val<Amount> = Amount::ONE,
        /// What the client needs from a pooler between it and the database.
        mode: Option<Val<PoolMode>>,
        /// When the pool opens its connections; for the simulator.
        open: Val<PoolOpen> = PoolOpen::Eager,
        /// Connections that stay open when idle; for the simulator.
        min_idle: Option<Val<u64>>,
        /// How long closing the pool takes after the last request.
        close: Val<Duration> = Duration::ZERO,
        /// When an instance that stops gives its connections back.
        release: Val<Release> = Release::AfterDrain,
        /// Every worker thread opens the pool, not only the main one. Left out it holds where threads share no memory: in Node.
        per_thread: Val<bool> = true,
        /// It connects with the connections of the database's `reserve`, past a pooler: for migrations and monitoring.
        from_reserve: Val<bool> = false,
        /// Columns it reads; for changes of the schema.
        reads: Option<Val<Vec<Column>>>,
        /// Columns it writes; for changes of the schema.
        writes: Option<Val<Vec<Column>>>,
    }
}

impl Uses {
    /// The client of a queue that lives in a cache: `pool` connections of each process to the cache, under the queue's name.
    pub(crate) fn of_queue(queue: &Ref<ToQueue>, cache: Ref<ToClientOf>, pool: Val<u64>, span: Span) -> Self {
        Self {
            span,
            applicable: 0,
            store: Val::by_default(cache, span),
            alias: Some(Val::by_default(Name(queue.name.clone()), span)),
            pool: Some(Val {
                value: Auto(Some(pool.value)),
                span: pool.span,
                from: pool.from,
            }),
            overflow: Val::by_default(0, span),
            acquire_timeout: None,
            statement_timeout: None,
            idle: None,
            hold: None,
            per_request: Val::by_default(Amount::ONE, span),
            mode: None,
            open: Val::by_default(PoolOpen::Eager, span),
            min_idle: None,
            close: Val::by_default(Duration::ZERO, span),
            release: Val::by_default(Release::AfterDrain, span),
            per_thread: Val::by_default(true, span),
            from_reserve: Val::by_default(false, span),
            reads: None,
            writes: None,
        }
    }

    /// What the client is called: its alias, or the store's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.alias.as_ref().map_or(&self.store.name, |alias| &alias.value)
    }

    /// The pool's size, if it is given or could be computed.
    #[must_use]
    pub fn pool_size(&self) -> Option<u64> {
        self.pool.as_ref().and_then(|pool| pool.get())
    }
}

fn alias_or_store<'e>(entry: &'e Entry<'e>) -> Option<&'e str> {
    let named = entry.values.get(2).or_else(|| entry.values.first());
    named.and_then(value_text)
}

block! {
    /// Messages that are put on a queue.
    pub struct Publishes("publishes") {
        head {
            /// The queue.
            queue: Val<Ref<ToQueue>>,
        }
        /// Messages for each request.
        per_request: Val<Amount> = Amount::ONE,
        /// Connections that the client opens in each process, where the queue lives in a cache.
        pool: Val<u64> = 1,
    }
}

block! {
    /// Messages that are taken from a queue.
    pub struct Consumes("consumes") {
        head {
            /// The queue.
            queue: Val<Ref<ToQueue>>,
        }
        /// Messages that one process works on at a time.
        concurrency: Val<u64> = 1,
        /// How long a message stays hidden while it is worked on; after that it is delivered again.
        visibility: Option<Val<Duration>>,
        /// Deliveries until a message is given up.
        max_attempts: Option<Val<u64>>,
        /// Working on a message twice has the effect of once.
        idempotent: Val<bool> = false,
        /// Connections that the client opens in each process, where the queue lives in a cache: one that waits for the next
        /// message and does nothing else, and one for the rest.
        pool: Val<u64> = 2,
    }
}
