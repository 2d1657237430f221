//! `unused-allow`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every `allow` silences something.
    /// ## Why
    /// One that silences nothing hides the next finding of its rule, which nobody looked at.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// database orders-db {
    ///   engine          postgres 16
    ///   max_connections 100
    ///   reserve         10
    ///   allow           reserve-missing "a sandbox that nobody administers"
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db {
    ///   engine          postgres 16
    ///   max_connections 100
    ///   allow           reserve-missing "a sandbox that nobody administers"
    /// }
    /// ```
    15 "unused-allow" Warning
}
