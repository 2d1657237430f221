//! `unknown-block`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Everything on the top level is a block or statement of the language.
    /// ## Why
    /// A misspelt block would be dropped in silence, and with it whatever it declares.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// servce api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    /// }
    /// ```
    2 "unknown-block" Error
}
