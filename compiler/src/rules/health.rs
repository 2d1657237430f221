//! LL5: what the platform asks an instance, and what follows from the answers.

mod asked;
pub mod liveness_checks_dependency;
pub mod liveness_equals_readiness;
pub mod liveness_missing;
pub mod probe_port_not_served;
pub mod probe_timeout_below_latency;
pub mod probe_timeout_exceeds_period;
pub mod readiness_cascade;
pub mod readiness_missing;
pub mod readiness_slower_than_settle;
pub mod restart_limit_never_reached;
pub mod startup_shorter_than_boot;
