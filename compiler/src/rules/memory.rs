//! LL3: memory and processor.

mod cores;
pub mod cpu_request_missing;
mod default_heap;
pub mod flag_after_script;
mod heap_flag;
pub mod heap_not_capped;
pub mod host_overcommit;
pub mod limit_below_request;
pub mod memory_headroom;
pub mod memory_limit_missing;
pub mod memory_overcommit;
pub mod processes_exceed_cores;
pub mod restart_threshold_misplaced;
mod sum;
pub mod surge_unplaceable;
pub mod threadpool_exceeds_cores;
