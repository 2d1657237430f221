//! LL6: how instances stop.

pub mod drain_shorter_than_longest_request;
pub mod grace_shorter_than_drain;
pub mod keepalive_shorter_than_proxy_idle;
pub mod proxy_timeout_shorter_than_request;
pub mod settle_missing;
pub mod shell_or_package_manager_entrypoint;
pub mod signal_not_handled;
pub mod worker_drain_exceeds_visibility;
pub mod zero_margin_shutdown;
