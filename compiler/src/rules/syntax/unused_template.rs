//! `unused-template`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every template is extended somewhere.
    /// ## Why
    /// A template that nothing extends looks as if it did something.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// template web { memory 512Mi }
    /// ```
    ///
    /// ```loadline,good
    /// template web { memory 512Mi }
    /// service api {
    ///   extends web
    ///   image   "ghcr.io/acme/api:1.0.0"
    /// }
    /// ```
    16 "unused-template" Warning
}
