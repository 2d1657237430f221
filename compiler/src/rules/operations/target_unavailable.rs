//! `target-unavailable`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every target that is asked for can be written by this version, and no output is to be changed by a `patch` block or
    /// a folder of `templates`, which this version does not read. Found by `compile`.
    /// ## Why
    /// An output that is left out, or an override that is not applied, in silence is missed when it is needed.
    /// ## Source
    /// `docs/targets.md` lists the targets.
    922 "target-unavailable" Error
}
