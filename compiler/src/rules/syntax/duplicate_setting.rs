//! `duplicate-setting`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// A setting that holds one value stands once in a block; a repeatable one once for each name.
    /// ## Why
    /// Of two values only one can hold, and a reader cannot see which.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image "ghcr.io/acme/api:1.0.0"
    ///   memory 256Mi
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 256Mi..512Mi
    /// }
    /// ```
    5 "duplicate-setting" Error
}
