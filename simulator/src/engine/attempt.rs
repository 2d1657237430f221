//! One attempt at a request: where it is, and who waits for it.

use super::table::Ticket;
use super::who::Who;
use crate::Tick;
use crate::outcome::Cause;

/// Not at any instance.
pub(super) const NOWHERE: u32 = u32::MAX;

/// One attempt.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Who waits for the answer.
    pub(super) origin: Origin,
    /// Whose it is, where that makes a difference.
    pub(super) user: Who,
    /// The way it came.
    pub(super) edge: u32,
    /// What keeps its caller from calling too often what fails.
    pub(super) guard: u32,
    /// Where it is worked on.
    pub(super) instance: u32,
    /// By which process.
    pub(super) process: u32,
    /// What is being done.
    pub(super) stage: Stage,
    /// Which of the uses, calls and messages of the service is being done, and how often still.
    pub(super) step: u32,
    pub(super) left: u32,
    /// Attempts of the same request before this one, if a client waits for it.
    pub(super) tries: u32,
    /// Attempts before the one that it waits for, at the call that is being made.
    pub(super) child_tries: u32,
    /// The attempt that it waits for.
    pub(super) child: Ticket,
    /// When the request began, of which this is an attempt.
    pub(super) began: Tick,
    /// When it was sent.
    pub(super) sent: Tick,
    /// When the call began that is being made, or the wait for a connection, or its use.
    pub(super) since: Tick,
    /// When whoever asked no longer waits.
    pub(super) deadline: Tick,
    /// It has one of the places that a process has for requests.
    pub(super) admitted: bool,
    /// What is being done will fail, for this reason.
    pub(super) doomed: Option<Cause>,
}

impl Attempt {
    /// It waits for its process to hear of what it waited for.
    pub(super) const fn resumes(&self) -> bool {
        matches!(self.stage, Stage::Resumes | Stage::ResumesConnected)
    }
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client from outside: who, if that makes a difference or it waits for answers before it asks again; and its request as an
    /// nginx passes it on, or [`Ticket::NONE`].
    Client(Who, Ticket),
    /// Another attempt.
    Call(Ticket),
    /// A queue: which, and the message.
    Message(u32, Ticket),
    /// A probe: what is asked.
    Probe(Asked),
    /// No one: nobody ever waited, or whoever did is gone.
    Nobody,
    /// No one any more: whoever waited counts it as timed out.
    GaveUp,
}

/// What a probe asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Startup,
    Ready,
    Live,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// On its way, where nothing answers.
    Lost,
    /// It came to nothing, and that is about to be known.
    Failed(Cause),
    /// Waits for its process.
    Queued,
    /// Has the processor.
    Computes,
    /// What it waited for is there; its process has something else to do.
    Resumes,
    /// The same, with a connection that its process gives back when it hears of the answer.
    ResumesConnected,
    /// Has the processor, for no one.
    Abandoned,
    /// Waits, off the processor.
    Waits,
    /// Waits for a connection.
    Acquires,
    /// Waits for its turn at a store.
    StoreQueued,
    /// Has a connection, and waits behind a change of the schema.
    LockQueued,
    /// A store works on it.
    AtStore,
    /// A store works on it, for no one.
    AtStoreAbandoned,
    /// The answer of a store is on its way; what is doomed waits here for its end, too.
    Returns,
    /// Keeps a connection that is not used.
    Holds,
    /// Waits for the answer to a call.
    Calls,
    /// Waits until it calls again.
    BacksOff,
}
