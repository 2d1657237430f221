//! LL0: what is read before anything is judged. Raised while parsing and resolving.

pub(crate) mod allow_without_reason;
pub(crate) mod duplicate_name;
pub(crate) mod duplicate_setting;
pub(crate) mod import_cycle;
pub(crate) mod missing_first_revision;
pub(crate) mod missing_setting;
pub(crate) mod path_outside_project;
pub(crate) mod syntax_error;
pub(crate) mod template_cycle;
pub(crate) mod unknown_block;
pub(crate) mod unknown_reference;
pub(crate) mod unknown_setting;
pub(crate) mod unused_allow;
pub(crate) mod unused_let;
pub(crate) mod unused_template;
pub(crate) mod value_out_of_range;
pub(crate) mod wrong_unit;
