//! `allow-without-reason`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// `allow RULE "reason"` and `off RULE "reason"` give their reason.
    /// ## Why
    /// A silenced finding without a reason cannot be reviewed: nobody knows when it may go.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// database orders-db {
    ///   engine          postgres 16
    ///   max_connections 100
    ///   allow           reserve-missing
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
    12 "allow-without-reason" Error
}
