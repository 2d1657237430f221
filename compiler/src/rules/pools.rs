//! LL2: connections.

pub mod acquire_timeout_exceeds_request;
pub mod acquire_waits_forever;
pub mod autoscale_outgrows_pool;
pub mod cache_clients_overcommit;
mod infeasible;
pub mod pool_below_load;
pub mod pool_near_limit;
pub mod pool_not_declared;
pub mod pool_overcommit;
pub mod pool_unbounded;
pub mod pooler_mode_conflict;
pub mod reconnect_storm;
pub mod reserve_missing;
mod sum;
mod what_if;
