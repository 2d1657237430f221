//! LL9: security, runtime, operations; and what targets find when they write.

pub mod not_expressible;
pub mod target_unavailable;
pub mod value_not_writable;
