//! Memory that a process needs besides its heap, per runtime.

use super::node;
use crate::model::{Language, Runtime};
use crate::quantity::Bytes;

/// What an idle process takes besides its heap; `None` where nothing was measured: declare `native` then.
#[must_use]
pub fn baseline(runtime: &Runtime) -> Option<(Bytes, &'static str)> {
    match runtime.language.value {
        Language::Node => Some((node::BASELINE, "idle Node process, measured on 18 to 26")),
        _ => None,
    }
}
