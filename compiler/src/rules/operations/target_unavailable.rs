//! `target-unavailable`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// No output is to be changed by a `patch` block or a folder of `templates`, which this version does not read. Found by
    /// `compile`.
    /// ## Why
    /// An override that is not applied, in silence, is missed when it is needed.
    /// ## Source
    /// `docs/targets.md` lists the targets.
    922 "target-unavailable" Error
}
