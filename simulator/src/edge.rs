//! What a caller does around a call: wait before it tries again, stop trying, stop calling.
//!
//! Each is a few integers that one caller keeps for one edge of the call graph; nothing here draws, allocates or looks at a
//! clock unless it is handed in.

mod backoff;
mod breaker;
mod budget;
mod window;

pub use backoff::Backoff;
pub use breaker::{Breaker, Settings as BreakerSettings, State as BreakerState};
pub use budget::{RESERVE as RETRY_RESERVE, RetryBudget};
