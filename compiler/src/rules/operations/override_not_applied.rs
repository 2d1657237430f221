//! `override-not-applied`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every `patch` finds its object and fits it, and every file of the folder of `templates` is a template of Loadline's that renders.
    /// Found by `compile`.
    /// ## Why
    /// An override that is not applied in silence is missed when it is needed; one that half fits writes something that nobody meant.
    /// ## Source
    /// `docs/guides/own-templates.md`. Patches are JSON merge patches: RFC 7396.
    926 "override-not-applied" Error
}
