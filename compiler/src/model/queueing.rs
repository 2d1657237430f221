//! What becomes of requests that have to wait.

use crate::lower::Val;
use crate::schema::{block, words};

words! {
    /// In which order requests are served.
    pub enum Discipline("a queueing discipline") {
        /// First come, first served.
        Fifo = "fifo",
        /// The newest first: under overload it serves those whose clients still wait.
        Lifo = "lifo",
    }
}

block! {
    /// What becomes of requests that come while others are worked on, in each process; for the simulator. The defaults are what
    /// a plain HTTP server does: it takes every request, in order, and works on them to the end.
    pub struct Queueing("queueing") {
        /// Requests that may wait; a further one is refused at once. Any number when left out.
        limit: Option<Val<u64>>,
        /// Requests that are worked on at once, as with a pool of threads; a further one waits. Any number when left out: those
        /// wait only for the processor.
        concurrency: Option<Val<u64>>,
        /// Which of those that wait is next.
        discipline: Val<Discipline> = Discipline::Fifo,
        /// A request whose client has given up, or whose deadline has passed, is dropped when its turn comes.
        drop_expired: Val<bool> = false,
        /// Work on a request ends as soon as its client gives up.
        cancel_on_timeout: Val<bool> = false,
    }
}
