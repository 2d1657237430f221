//! LL0: what is read before anything is judged. Raised while parsing and resolving.

pub mod allow_without_reason;
pub mod duplicate_name;
pub mod duplicate_setting;
pub mod import_cycle;
pub mod missing_first_revision;
pub mod missing_setting;
pub mod path_outside_project;
pub mod syntax_error;
pub mod template_cycle;
pub mod unknown_block;
pub mod unknown_reference;
pub mod unknown_setting;
pub mod unused_allow;
pub mod unused_let;
pub mod unused_template;
pub mod value_out_of_range;
pub mod wrong_unit;
