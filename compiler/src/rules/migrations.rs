//! LL4: schema changes beside running code.

pub mod backfill_unbatched;
pub mod blocking_statement;
pub mod column_not_there;
pub mod concurrent_if_not_exists;
pub mod concurrent_in_transaction;
pub mod contract_before_last_use;
pub mod destructive_with_deploy;
pub mod index_not_concurrent;
pub mod migrate_on_start;
pub mod no_lock_timeout;
pub mod no_migration_timeout;
pub mod not_null_without_default;
pub mod read_before_complete;
pub mod rename_in_place;
pub mod rollback_target_lost;
mod safe_form;
pub mod sql_not_understood;
mod statement;
pub mod statement_not_expand;
pub mod step_cycle;
mod tell;
pub mod type_narrowing;
pub mod undecided;
pub mod version_not_in_change;
pub mod write_skew;
