//! Changes of schemas: their steps, and what each of them takes.

use loadline_compiler::facts::postgres_locks::Lock;

use crate::Span;
use crate::chance::Law;
use crate::outcome::Place;

/// A change of a schema, step by step.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// A step of a change.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is among the names of steps.
    pub name: usize,
    /// Where it is written.
    pub place: Place,
    /// Steps of other changes that must have ended: the change, and the place of the step in it.
    pub after: Vec<(usize, usize)>,
    /// What it does.
    pub work: Work,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Work {
    /// It runs statements.
    Script(Script),
    /// It rolls out a revision, and has ended when no instance of another one is left.
    Rollout {
        /// Of which service.
        service: usize,
        /// Which of its revisions.
        revision: usize,
    },
    /// Nothing that takes time.
    Nothing,
}

/// Statements that one connection runs.
#[derive(Clone, Debug)]
pub struct Script {
    /// On which store.
    pub store: usize,
    /// In order.
    pub transactions: Vec<Transaction>,
    /// How often all of them are run: the batches of a backfill.
    pub batches: u64,
    /// The wait between batches.
    pub pause: Span,
    /// Further attempts.
    pub retries: u64,
    /// The wait before each of them.
    pub again: Span,
    /// Whether it waits for a store that is away or full, and goes on with the batch that was lost.
    pub goes_on: bool,
}

/// Statements whose locks are held to the end of the last one.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// In order.
    pub statements: Vec<Statement>,
    /// The revisions of services that fail from its end on, since it takes away what they touch.
    pub breaks: Vec<(usize, usize)>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The locks that it needs.
    pub locks: Vec<Claim>,
    /// How long it waits for them.
    pub lock_timeout: Option<Span>,
    /// How long it may run, waiting included.
    pub timeout: Option<Span>,
    /// How long it works, for which it takes one of the places of the store; without that it is only sent and answered.
    pub work: Law,
    /// Transactions that it lets end without keeping others from anything.
    pub waits_for: Waits,
}

/// Which transactions a statement lets end before it goes on, beside those whose locks are in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// None.
    None,
    /// Before its work those that write its tables; after it all that there are in the database, whatever they touch: a
    /// concurrent build of an index. Source: PostgreSQL manual, `CREATE INDEX`, "Building Indexes Concurrently".
    WritersThenAll,
    /// Before its work those that touch its tables: what is removed concurrently.
    Users,
}

/// A lock on a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The table, as it is numbered over all stores.
    pub table: usize,
    /// The lock.
    pub lock: Lock,
}

/// What the transactions of a use touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Touches {
    /// That is not said: they may write any table.
    #[default]
    Any,
    /// These.
    Tables(Vec<Claim>),
}
