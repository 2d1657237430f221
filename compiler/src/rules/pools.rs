//! LL2: connections.

pub(crate) mod autoscale_outgrows_pool;
pub(crate) mod cache_clients_overcommit;
pub(crate) mod pool_near_limit;
pub(crate) mod pool_not_declared;
pub(crate) mod pool_overcommit;
pub(crate) mod reserve_missing;
mod sum;
