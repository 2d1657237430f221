//! `syntax-error`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// The text is entries, blocks and values: `key value* { … }`.
    /// ## Why
    /// What cannot be read cannot be judged. Each mistake is reported at its own place, and the rest of the file is still read.
    /// ## Source
    /// The lexical grammar in `docs/language/`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image = "ghcr.io/acme/api:1"
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
    1 "syntax-error" Error
}
