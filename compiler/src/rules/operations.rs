//! LL9: security, runtime, operations; and what targets find when they write.

pub mod config_missing_in_environment;
mod config_values;
pub mod config_wrong_type;
pub mod image_not_pinned;
pub mod not_checked;
pub mod not_expressible;
pub mod runtime_end_of_life;
pub mod secret_literal;
pub mod target_unavailable;
pub mod value_not_writable;
pub mod variable_set_twice;
