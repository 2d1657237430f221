//! `not-expressible`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// What the spec says can be said in the format of a target. Found by `compile`, for the targets that are written.
    /// ## Why
    /// A setting that is dropped in silence looks as if it held.
    /// ## Source
    /// The documentation of each platform; `docs/targets.md` lists what is carried where.
    921 "not-expressible" Warning
}
