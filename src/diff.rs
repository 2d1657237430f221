//! What changes between two texts.

use similar::TextDiff;

/// A unified diff with three lines of context; empty when nothing changes.
pub(crate) fn unified(old: &str, new: &str, name: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}
