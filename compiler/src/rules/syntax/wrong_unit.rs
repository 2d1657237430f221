//! `wrong-unit`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// A value is of the kind that its setting takes, with a unit where one exists.
    /// ## Why
    /// `memory 512` may mean bytes or mebibytes, `timeout 30` seconds or milliseconds; every platform guesses differently.
    /// ## Source
    /// Units are in `docs/language/`. Kubernetes reads `512M` as 512,000,000 and `100m` of memory as a tenth of a byte.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    /// }
    /// ```
    7 "wrong-unit" Error
}
