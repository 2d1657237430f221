//! What-if rollouts as discrete events.
//!
//! This crate holds the types that a run is counted in; the engine itself is not there yet. Nothing in it reads a clock:
//! a run is a function of model, scenario and seed.

mod bucket;
pub mod control_plane;
mod instances;
mod queue;
pub mod rollout;
mod seed;
mod time;

pub use instances::Instances;
pub use seed::{Seed, Stream};
pub use time::{Span, Tick};
