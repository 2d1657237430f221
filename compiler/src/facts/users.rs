//! What people do in front of their screens.

use crate::quantity::Duration;

/// How often a user asks while at work with something: think times in TPC-W have a mean of 7 to 8 seconds.
/// Source: TPC Benchmark W (Web Commerce), version 1.8, clause 5.3.1.1.
pub const ASKS_EVERY: Duration = Duration::seconds(7);
