//! `value-out-of-range`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// A value is one that its setting can have: a word of its list, a port, a name that can be a host name, a range that runs upwards.
    /// ## Why
    /// The platform would refuse it, or take something else.
    /// ## Source
    /// The reference in `docs/language/`; RFC 1123 for names.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   listen http 70000
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    ///   listen http 7000
    ///   health { ready "/readyz" }
    /// }
    /// ```
    8 "value-out-of-range" Error
}
