//! `template-cycle`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Templates and things do not extend each other in a circle.
    /// ## Why
    /// There is no order in which they could be merged.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// template a { extends b }
    /// template b { extends a }
    /// service api {
    ///   extends a
    ///   image   "ghcr.io/acme/api:1.0.0"
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// template base { memory 512Mi }
    /// template web { extends base }
    /// service api {
    ///   extends web
    ///   image   "ghcr.io/acme/api:1.0.0"
    /// }
    /// ```
    10 "template-cycle" Error
}
