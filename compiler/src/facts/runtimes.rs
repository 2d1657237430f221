//! Memory that a process needs besides its heap, per runtime.

use super::node;
use crate::model::{Language, Runtime};
use crate::quantity::Bytes;

/// Whether threads of a process see the same objects, and so the same pool. Worker threads of Node do not: each has a heap and
/// modules of its own (Node's documentation, "Worker threads").
#[must_use]
pub const fn threads_share_memory(language: Language) -> bool {
    match language {
        Language::Python | Language::Jvm | Language::Go | Language::Dotnet | Language::Rust => true,
        Language::Node | Language::Binary => false,
    }
}

/// What an idle process takes besides its heap; `None` where nothing was measured: declare `native` then.
#[must_use]
pub fn baseline(runtime: &Runtime) -> Option<(Bytes, &'static str)> {
    match runtime.language.value {
        Language::Node => Some((node::BASELINE, "idle Node process, measured on 18 to 26")),
        _ => None,
    }
}
