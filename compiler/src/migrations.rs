//! The explorer of schema changes: what happens while steps run and revisions overlap.
//!
//! A story is walked state by state: which columns are there and complete, and which revisions of each service are
//! live, two of one in the middle of a rollout. In every state each live revision must find the columns that it names, and
//! what it reads must be complete. From every state one rollback is tried to each earlier revision; the story does
//! not continue from there.

mod explore;
mod state;
mod story;

pub use explore::{Failure, FailureKind, Lost, Verdict, explore};
pub use story::{Revision, Story};
