//! LL6: how instances stop.

pub mod drain_shorter_than_longest_request;
pub mod grace_shorter_than_drain;
pub mod shell_or_package_manager_entrypoint;
