//! `production-env-missing`

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Model, Template, Workload};
use crate::rules::{Context, rule};
use crate::values::Val;

const NAME: &str = "NODE_ENV";

rule! {
    /// ## What it checks
    /// A Node program that runs in production is told so: `NODE_ENV` is `production`.
    ///
    /// Images that are built here have it from their Dockerfile. What an image from elsewhere has is not known: a note.
    /// ## Why
    /// Without it Express answers errors with stack traces and compiles templates for every request, React renders
    /// with its checks of development, and packages that are only for development are loaded.
    /// ## Source
    /// docker-node, docs/BestPractices.md; Express, "Best practices: performance".
    ///
    /// ```loadline,bad
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// policy strict { require production }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    ///   cpu     250m..1
    ///   env     NODE_ENV development
    ///   logs    { format json; redact ["password"] }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop" }
    /// policy strict { require production }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   memory  512Mi { heap auto }
    ///   cpu     250m..1
    ///   env     NODE_ENV production
    ///   logs    { format json; redact ["password"] }
    /// }
    /// ```
    907 "production-env-missing" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    // Elsewhere people may want to see more.
    if !model.is_production() {
        return;
    }
    for workload in &model.workloads {
        if !workload.runtime.as_ref().is_some_and(crate::model::Runtime::is_node) {
            continue;
        }
        let name = &workload.name.value;
        let on_host = model.platform(workload).is_host();
        let (message, span, label, severity) = match told(model, workload) {
            Some(value) => match value.as_text() {
                Some(text) if text != "production" => (
                    format!("`{name}` runs in production with {NAME}={text}"),
                    value.span,
                    "not production",
                    Severity::Warning,
                ),
                _ => continue,
            },
            None if on_host => (
                format!("nothing tells `{name}` that it runs in production"),
                workload.span,
                "no `NODE_ENV`",
                Severity::Warning,
            ),
            None if workload.build.is_some() => continue,
            None => {
                let label = "no `NODE_ENV`, unless the image sets it";
                (
                    format!("nothing tells `{name}` that it runs in production"),
                    workload.span,
                    label,
                    Severity::Note,
                )
            }
        };
        let diagnostic = Diagnostic::new(&RULE, message, span, label)
            .at(severity)
            .help("write `env NODE_ENV production`")
            .about(workload.id);
        found.push(diagnostic);
    }
}

/// The workload's own value, that of the last shared set, the default of a declaration.
fn told<'m>(model: &'m Model, workload: &'m Workload) -> Option<&'m Val<Template>> {
    let sets = workload
        .env_from
        .iter()
        .rev()
        .filter_map(|set| model.config_set(set.id));
    let declared = workload.config.iter().find(|config| config.name.0 == NAME);
    let mut shared = sets.filter_map(|set| set.env.get(NAME));
    workload
        .env
        .get(NAME)
        .or_else(|| shared.next())
        .or_else(|| declared.and_then(|config| config.default.as_ref()))
}
