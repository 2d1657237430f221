//! LL1: who depends on whom, and what a failure at one end does at the other.

pub mod dependency_cycle;
pub mod missing_timeout;
pub mod no_breaker_on_external;
pub mod orphan_datastore;
pub mod quota_exceeded;
pub mod retry_amplification;
pub mod retry_not_idempotent;
pub mod retry_without_budget;
pub mod single_point_of_failure;
pub mod timeout_inversion;
