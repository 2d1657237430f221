//! `limit-below-request`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// What an instance may take of processor and memory at most is no less than what it is promised.
    /// ## Why
    /// Such a pod is refused: no node can promise more than it then forbids.
    /// ## Source
    /// Kubernetes, validation of resource requirements: "must be less than or equal to … limit".
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 1Gi..512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi..1Gi
    /// }
    /// ```
    306 "limit-below-request" Error
}
