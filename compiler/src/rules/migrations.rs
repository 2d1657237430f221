//! LL4: schema changes beside running code.

pub mod column_not_there;
pub mod contract_before_last_use;
pub mod destructive_with_deploy;
pub mod migrate_on_start;
pub mod not_null_without_default;
pub mod read_before_complete;
pub mod rollback_target_lost;
pub mod sql_not_understood;
pub mod step_cycle;
mod tell;
pub mod version_not_in_change;
pub mod write_skew;
