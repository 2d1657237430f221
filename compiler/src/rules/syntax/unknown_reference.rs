//! `unknown-reference`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// What a name refers to exists and is of the right kind: things, templates, listeners, `let`s, files, values.
    /// ## Why
    /// A reference to nothing is found when the instance starts, or later.
    /// ## Source
    /// The namespaces are in `docs/language/`.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    ///   uses   orders_db { pool 5 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api:1.0.0"
    ///   memory 512Mi
    ///   uses   orders-db { pool 5 }
    /// }
    /// ```
    6 "unknown-reference" Error
}
