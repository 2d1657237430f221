//! LL7: rollouts.

pub mod no_progress_possible;
