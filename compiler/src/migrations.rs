//! The explorer of schema changes: what happens while steps run and revisions overlap.
//!
//! All changes of a spec are one world: one schema for each database, one line of revisions for each service, and a partial order over
//! the steps. What it leaves open may happen in any order, also in the middle of a rollout or a backfill. In every
//! state each live revision must find the columns that it names, and what it reads must be complete. From every state one
//! rollback is tried to each earlier revision; the story does not continue from there.
//!
//! In reading order: `world` has the facts, from `order` (what comes before what), `line` (the revisions of a service),
//! `columns` and `effects` (what statements do). `slice` picks what has a say in some columns, and why that is enough;
//! `walk` goes through its states, which `judge` judges; `explore` puts the answers together.

mod bits;
mod columns;
mod effects;
mod explore;
mod index;
mod judge;
mod line;
mod local;
mod open;
mod order;
mod slice;
mod slice_line;
mod state;
mod trail;
mod verdict;
mod walk;
mod world;

pub use columns::ColumnId;
pub use explore::{MOVES_MAX, explore, explore_within};
pub use line::Revision;
pub use open::{Open, Question};
pub(crate) use order::find as find_step;
pub use order::{Contradiction, StepId, Wait, Why};
pub use verdict::{Failure, FailureKind, Lost, Moment, RetiredRunning, Told, Undecided, Verdict};
pub use world::World;
