//! `scenario-expects-nothing`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A scenario has an expectation.
    /// ## Why
    /// Without one it shows what happens, and never fails: it is no test that a pipeline could run.
    /// ## Source
    /// `expect` in [the scenario reference](../language/scenario.md).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 0s  { traffic api 200/s }
    ///   at 30s { kill api }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// scenario crash {
    ///   at 0s  { traffic api 200/s }
    ///   at 30s { kill api }
    ///   expect availability api >= 99%
    /// }
    /// ```
    1005 "scenario-expects-nothing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for scenario in context
        .model
        .scenarios
        .iter()
        .filter(|scenario| scenario.expect.is_empty())
    {
        let message = format!("scenario `{}` expects nothing, so it cannot fail", scenario.name.value);
        let diagnostic = Diagnostic::new(&RULE, message, scenario.span, "without `expect`")
            .help("write for example `expect availability >= 99.5%`")
            .on("scenario");
        found.push(diagnostic);
    }
}
