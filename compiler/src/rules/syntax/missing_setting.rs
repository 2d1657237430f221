//! `missing-setting`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// What a block cannot do without is there.
    /// ## Why
    /// There is no value that could be assumed.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   scale 2
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    ///   scale  2
    /// }
    /// ```
    13 "missing-setting" Error
}
