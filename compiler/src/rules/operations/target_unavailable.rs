//! `target-unavailable`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every target that is asked for can be written by this version. Found by `compile`.
    /// ## Why
    /// An output that is left out in silence is missed when it is needed.
    /// ## Source
    /// `docs/targets.md` lists the targets.
    922 "target-unavailable" Error
}
