//! `duplicate-name`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every thing of a project has a name of its own. Templates, policies, scenarios, changes and environments have a namespace each.
    /// ## Why
    /// Names become hosts, objects and units; two of the same name overwrite each other.
    /// ## Source
    /// RFC 1123 labels; the namespaces are in `docs/language/`.
    ///
    /// ```loadline,bad
    /// cache sessions { engine redis 7 }
    /// queue sessions { engine rabbitmq 3.13 }
    /// ```
    ///
    /// ```loadline,good
    /// cache sessions { engine redis 7 }
    /// queue mail { engine rabbitmq 3.13 }
    /// ```
    4 "duplicate-name" Error
}
