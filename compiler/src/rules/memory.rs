//! LL3: memory and processor.

mod heap_flag;
pub mod heap_not_capped;
pub mod host_overcommit;
pub mod memory_headroom;
pub mod memory_limit_missing;
pub mod memory_overcommit;
pub mod processes_exceed_cores;
mod sum;
