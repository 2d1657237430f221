//! `runbook-missing`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The project says where its runbooks are. A note; a warning in production. Specs that name neither owner nor
    /// runbook yet are not asked.
    /// ## Why
    /// Whoever is on call has to find out within minutes what the system does and how it is taken back. It is too late to look
    /// for the page then.
    /// ## Source
    /// Google SRE Book, "Being On-Call"; Prometheus, alerting practices: link alerts to a page that says what to do.
    ///
    /// ```loadline,bad
    /// project shop { owner "team-shop" }
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
    918 "runbook-missing" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let project = &context.model.project;
    if project.runbook.is_some() || context.model.workloads.is_empty() || context.is_sketch() {
        return;
    }
    let message = format!("nothing says what to do when `{}` fails", project.name());
    found.push(
        Diagnostic::new(&RULE, message, context.project_span(), "no `runbook`")
            .at(context.missing())
            .help("write `runbook \"https://…\"` in `project`"),
    );
}
