//! What-if rollouts as discrete events.
//!
//! [`rollout`] decides what controllers decide, [`control_plane`] runs them as events, and [`conform`](mod@conform) holds that
//! against recordings of a real control plane. Requests are not there yet. Nothing in here reads a clock: a run is a
//! function of its inputs.

pub mod autoscaler;
mod bucket;
pub mod chance;
pub mod conform;
pub mod control_plane;
pub mod edge;
mod instances;
pub mod orchestrator;
pub mod outcome;
mod queue;
pub mod rollout;
mod seed;
mod time;

pub use instances::Instances;
pub use seed::{Seed, Stream};
pub use time::{Span, Tick};
