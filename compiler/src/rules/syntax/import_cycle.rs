//! `import-cycle`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Files do not import each other in a circle.
    /// ## Why
    /// There is no order in which they could be read.
    /// ## Source
    /// The reference in `docs/language/`.
    ///
    /// ```loadline,bad
    /// import "other.load"
    /// ```
    ///
    /// ```loadline,file
    /// # file: other.load
    /// import "loadline.load"
    /// ```
    ///
    /// ```loadline,good
    /// import "cache.load"
    /// ```
    ///
    /// ```loadline,file
    /// # file: cache.load
    /// cache sessions { engine redis 7 }
    /// ```
    9 "import-cycle" Error
}
