//! `unused-let`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every `let` is used somewhere, as `$name` or as `${name}` in a string.
    /// ## Why
    /// A number that nothing uses looks as if it decided something.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// let pool 10
    /// ```
    ///
    /// ```loadline,good
    /// let tag "1.0.0"
    /// service api {
    ///   image  "ghcr.io/acme/api:${tag}"
    ///   memory 512Mi
    /// }
    /// ```
    17 "unused-let" Warning
}
