//! LL9: security, runtime, operations; and what targets find when they write.

pub mod alert_without_slo;
pub mod backup_missing;
pub mod config_missing_in_environment;
mod config_values;
pub mod config_wrong_type;
pub mod egress_open;
pub mod env_drift;
pub mod image_not_pinned;
pub mod logs_not_structured;
pub mod not_expressible;
pub mod override_not_applied;
pub mod owner_missing;
pub mod port_exposed;
pub mod production_env_missing;
pub mod redaction_missing;
pub mod root_user;
pub mod runbook_missing;
pub mod runtime_end_of_life;
pub mod runtime_not_lts;
pub mod secret_in_build;
pub mod secret_literal;
mod secrets;
pub mod tls_too_old;
pub mod value_not_writable;
pub mod variable_set_twice;
pub mod writable_root;
