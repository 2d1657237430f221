//! What-if rollouts as discrete events.
//!
//! [`scenario`] turns a model and a scenario of it into a [`system`] and what happens to it, [`engine`] runs that once, and
//! [`study`] puts many runs together, which [`report`] shows. What orchestrators do is decided in [`rollout`], [`orchestrator`]
//! and [`autoscaler`]; [`control_plane`] runs the controllers of Kubernetes as events, and [`conform`](mod@conform) holds that
//! against recordings of a real one. Nothing in here reads a clock: a run is a function of its inputs.

pub mod autoscaler;
pub mod broker;
mod bucket;
pub mod chance;
pub mod conform;
pub mod control_plane;
pub mod disruption;
pub mod edge;
pub mod engine;
pub mod gateway;
mod instances;
pub mod kubelet;
pub mod memory;
pub mod orchestrator;
pub mod outcome;
pub mod placement;
mod queue;
pub mod report;
pub mod rollout;
pub mod scenario;
mod seed;
pub mod statistics;
pub mod study;
pub mod sweep;
pub mod system;
#[cfg(test)]
mod testing;
mod time;

pub use instances::Instances;
pub use seed::{Seed, Stream};
pub use time::{Span, Tick};
