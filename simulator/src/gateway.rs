//! How nginx passes requests on: to which server, over which connection, and whether to another one when that fails.
//!
//! As it is written for gateways on hosts: all worker processes share one `zone`, so there is one count of failures and of
//! requests. Idle connections are each worker's own; they are taken together here.

mod balance;
mod keepalive;
mod upstream;

pub(crate) use balance::score;
pub use keepalive::{IdleConnections, Reused};
pub use upstream::{Balance, Failure, Request, Settings as UpstreamSettings, Upstream};
