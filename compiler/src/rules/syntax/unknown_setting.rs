//! `unknown-setting`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every setting exists in its block.
    /// ## Why
    /// A misspelt setting leaves its default in force, which is noticed in production.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image "ghcr.io/acme/api:1.0.0"
    ///   memmory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    /// }
    /// ```
    3 "unknown-setting" Error
}
