//! `path-outside-project`

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Imports, SQL files and mounted files lie inside the project: no absolute paths, no `..` that leaves it, no links that do.
    /// ## Why
    /// A spec that reads the machine it is compiled on gives another result on every machine.
    /// ## Source
    /// The command line never reads outside the project root: `docs/cli.md`.
    ///
    /// ```loadline,bad
    /// import "../secrets.load"
    /// ```
    ///
    /// ```loadline,good
    /// import "parts/../cache.load"
    /// ```
    ///
    /// ```loadline,file
    /// # file: cache.load
    /// cache sessions { engine redis 7 }
    /// ```
    11 "path-outside-project" Error
}

/// A path that is absolute or leaves the project.
pub(crate) fn found(path: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        &RULE,
        format!("`{path}` is outside the project"),
        span,
        "must be relative and stay inside",
    )
    .help("write a path relative to the project's root, without `..` that leaves it")
}
