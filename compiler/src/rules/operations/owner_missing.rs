//! `owner-missing`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The project says which team answers for it. A note; a warning in production. Specs that name neither owner nor
    /// runbook yet are not asked.
    /// ## Why
    /// When it fails at night, whoever sees it first must know whom to wake.
    /// ## Source
    /// kube-linter `required-label-owner`; Google SRE Book, "Being On-Call".
    ///
    /// ```loadline,bad
    /// project shop { runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   logs   { format json }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   logs   { format json }
    /// }
    /// ```
    917 "owner-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let project = &context.model.project;
    if project.owner.is_some() || context.model.workloads.is_empty() || context.is_sketch() {
        return;
    }
    let message = format!("nobody answers for `{}`", project.name());
    found.push(
        Diagnostic::new(&RULE, message, context.project_span(), "no `owner`")
            .at(context.missing())
            .help("write `owner \"team-name\"` in `project`: it becomes a label on everything"),
    );
}
